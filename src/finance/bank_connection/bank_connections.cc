#include "finance/bank_connection/bank_connections.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/log.h"
#include "base/random.h"
#include "codec/json.h"
#include "finance/jobs/erase_route.h"
#include "finance/jobs/request_check.h"
#include "finance/ledger/sha256.h"
#include "finance/ledger/user_id.h"

namespace finance::bank_connection {
namespace {

using awry::codec::JsonDocument;
using awry::codec::JsonValue;
using awry::codec::JsonWriter;
using ledger::UserId;
using net::ErrorResponse;
using net::HttpRequest;
using net::HttpResponse;

constexpr int64_t kNsPerSecond = 1'000'000'000;
constexpr int64_t kDayS = 86'400;
constexpr int64_t kDayNs = kDayS * kNsPerSecond;
constexpr int64_t kBackOffFirstNs = 900 * kNsPerSecond;
constexpr std::chrono::seconds kPollEvery(60);

constexpr std::string_view kSteps[] = {
    "CREATE TABLE bank_connections (id TEXT PRIMARY KEY, user_id TEXT NOT NULL, host TEXT NOT NULL, sealed TEXT NOT NULL,"
    " state TEXT NOT NULL, created_ns BIGINT NOT NULL, last_sync_ns BIGINT NOT NULL, next_sync_ns BIGINT NOT NULL,"
    " failures BIGINT NOT NULL, history_until_s BIGINT NOT NULL, day BIGINT NOT NULL, requests BIGINT NOT NULL,"
    " rows_new BIGINT NOT NULL, messages TEXT NOT NULL, accounts TEXT NOT NULL)",
    "CREATE INDEX bank_connections_by_user ON bank_connections (user_id)",
    "ALTER TABLE bank_connections ADD COLUMN problem TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE bank_connections ADD COLUMN links TEXT NOT NULL DEFAULT '{}'"};

// The same for the same account of the same server, also when it is connected anew: its rows are known again.
// Never another user's.
std::string AccountId(const std::string& user, const std::string& host, const std::string& bank_account) {
  return "bank-" + ledger::Sha256Hex(user + "\n" + host + "\n" + bank_account).substr(0, 20);
}

std::string TextList(const std::vector<std::string>& texts) {
  std::string out;
  JsonWriter json(out);
  json.BeginArray();
  for (const std::string& text : texts) json.String(text);
  json.EndArray();
  return out;
}

std::string AccountList(const AccountSet& set) {
  std::string out;
  JsonWriter json(out);
  json.BeginArray();
  for (const BankAccount& account : set.accounts) {
    json.BeginObject().Key("id").String(account.id).Key("name").String(account.name).Key("org").String(account.org);
    json.Key("currency").String(account.currency).Key("balance").String(account.balance);
    json.Key("balance_date_s").Int(account.balance_date_s).EndObject();
  }
  json.EndArray();
  return out;
}

// One import holds one account.
std::string ImportBody(const BankAccount& account) {
  std::string out;
  JsonWriter(out).BeginObject().Key("errors").BeginArray().EndArray().Key("accounts").BeginArray().Raw(account.json).EndArray().EndObject();
  return out;
}

}  // namespace

base::Result<std::unique_ptr<BankConnections>> BankConnections::Create(sql::Database& database, net::HttpClient& processor,
                                                                       const BankConnectionsOptions& options) {
  RETURN_IF_ERROR(database.Migrate(kSteps));
  ASSIGN_OR_RETURN(std::unique_ptr<Vault> vault, Vault::Open(options.key_file));
  std::unique_ptr<BankConnections> connections(new BankConnections(database, processor, options, std::move(vault)));
  if (options.poll) connections->poller_ = std::jthread([raw = connections.get()] { raw->Poll(); });
  return connections;
}

BankConnections::~BankConnections() {
  {
    base::MutexLock lock(mutex_);
    stopping_ = true;
    wake_.NotifyAll();
  }
  if (poller_.joinable()) poller_.join();
}

void BankConnections::AddRoutes(net::Router& router) {
  router.Add("POST", "/connections", jobs::ForJson(jobs::Bound(this, &BankConnections::Connect)));
  router.Add("GET", "/connections", jobs::Bound(this, &BankConnections::List));
  router.Add("POST", "/connections/{id}/sync", jobs::Bound(this, &BankConnections::SyncNow));
  router.Add("PUT", "/connections/{id}/accounts", jobs::ForJson(jobs::Bound(this, &BankConnections::LinkAccount)));
  router.Add("DELETE", "/connections/{id}", jobs::Bound(this, &BankConnections::Disconnect));
  jobs::AddEraseRoute(router, database_, {{"DELETE FROM bank_connections WHERE user_id = $1"}, [this](const std::string&) {
                                            // A sync that runs delivers no row any more once this is answered.
                                            base::MutexLock lock(sync_mutex_);
                                          }});
}

// --- table ---

base::Result<std::vector<BankConnections::Connection>> BankConnections::Read(const std::string& where, const sql::SqlValue& value) {
  ASSIGN_OR_RETURN(const sql::Rows rows,
                   database_.Query("SELECT id, user_id, host, sealed, state, created_ns, last_sync_ns, next_sync_ns, failures,"
                                   " history_until_s, day, requests, rows_new, messages, accounts, problem, links FROM bank_connections WHERE " +
                                       where + " ORDER BY created_ns, id",
                                   {value}));
  std::vector<Connection> connections;
  for (const sql::Row& row : rows) {
    connections.push_back({row.Text(0), row.Text(1), row.Text(2), row.Text(3), row.Text(4), row.Int(5), row.Int(6), row.Int(7),
                           row.Int(8), row.Int(9), row.Int(10), row.Int(11), row.Int(12), row.Text(13), row.Text(14),
                           row.Text(15), row.Text(16)});
  }
  return connections;
}

base::Status BankConnections::Store(const Connection& c) {
  return database_
      .Execute("UPDATE bank_connections SET state = $2, last_sync_ns = $3, next_sync_ns = $4, failures = $5, history_until_s = $6,"
               " day = $7, requests = $8, rows_new = $9, messages = $10, accounts = $11, problem = $12 WHERE id = $1",
               {c.id, c.state, c.last_sync_ns, c.next_sync_ns, c.failures, c.history_until_s, c.day, c.requests, c.rows_new, c.messages,
                c.accounts, c.problem})
      .status();
}

base::Result<BankConnections::Connection> BankConnections::Find(const HttpRequest& request) {
  const std::string* user = request.query_param("user_id");
  if (user == nullptr) return base::InvalidArgument("query parameter is missing: user_id");
  ASSIGN_OR_RETURN(std::vector<Connection> found, Read("id = $1", std::string(request.path_param("id"))));
  if (found.empty() || found[0].user != *user) return base::NotFound("no connection of this user has this id");
  return std::move(found[0]);
}

// --- routes ---

std::string BankConnections::FilledBy(const Connection& c, const std::string& bank_account) {
  const auto links = JsonDocument::Parse(c.links);
  const auto chosen = links.ok() ? links->root().Find(bank_account).AsString() : std::nullopt;
  return chosen ? std::string(*chosen) : AccountId(c.user, c.host, bank_account);
}

std::string BankConnections::ToJson(const Connection& c) {
  std::string out;
  JsonWriter json(out);
  json.BeginObject().Key("id").String(c.id).Key("kind").String("simplefin").Key("host").String(c.host).Key("state").String(c.state);
  json.Key("created_ns").Int(c.created_ns).Key("last_sync_ns").Int(c.last_sync_ns).Key("next_sync_ns").Int(c.next_sync_ns);
  json.Key("rows_new").Int(c.rows_new).Key("problem").String(c.problem).Key("messages").Raw(c.messages).Key("accounts").BeginArray();
  const auto accounts = JsonDocument::Parse(c.accounts);
  if (accounts.ok()) {
    for (const JsonValue account : accounts->root().items()) {
      json.BeginObject();
      for (const awry::codec::JsonMember member : account.members()) {
        if (member.key != "account") json.Key(member.key).Value(member.value);
      }
      const std::string filled = FilledBy(c, std::string(account.Find("id").AsString().value_or("")));
      json.Key("account");
      if (filled.empty()) json.Null(); else json.String(filled);
      json.EndObject();
    }
  }
  json.EndArray().EndObject();
  return out;
}

HttpResponse BankConnections::Connect(const HttpRequest& request) {
  const auto document = JsonDocument::Parse(request.body);
  if (!document.ok()) return ErrorResponse(document.status());
  const auto user = UserId::Parse(document->root().Find("user_id").AsString().value_or(""));
  if (!user.ok()) return ErrorResponse(user.status());
  const auto claim = ParseSetupToken(document->root().Find("setup_token").AsString().value_or(""), options_.policy.allow_local);
  if (!claim.ok()) return ErrorResponse(claim.status());
  const auto access = Claim(*claim, options_.policy);
  if (!access.ok()) return ErrorResponse(access.status());
  const auto url = outbound::ParseUrl(*access);
  if (!url.ok()) return ErrorResponse(url.status());
  Connection c{.id = fmt::format("conn-{:016x}", base::EntropySeed()), .user = user->str(), .host = url->host, .state = "active", .created_ns = Now()};
  const base::Status stored =
      database_
          .Execute("INSERT INTO bank_connections (id, user_id, host, sealed, state, created_ns, last_sync_ns, next_sync_ns, failures,"
                   " history_until_s, day, requests, rows_new, messages, accounts)"
                   " VALUES ($1, $2, $3, $4, $5, $6, 0, 0, 0, 0, 0, 0, 0, '[]', '[]')",
                   {c.id, c.user, c.host, vault_->Seal(*access, c.id), c.state, c.created_ns})
          .status();
  if (!stored.ok()) return ErrorResponse(stored);
  base::MutexLock lock(mutex_);
  wake_.NotifyAll();
  return net::JsonResponse(201, ToJson(c));
}

HttpResponse BankConnections::List(const HttpRequest& request) {
  const std::string* user = request.query_param("user_id");
  if (user == nullptr) return ErrorResponse(base::InvalidArgument("query parameter is missing: user_id"));
  const auto connections = Read("user_id = $1", *user);
  if (!connections.ok()) return ErrorResponse(connections.status());
  std::string out;
  JsonWriter json(out);
  json.BeginObject().Key("connections").BeginArray();
  for (const Connection& c : *connections) json.Raw(ToJson(c));
  json.EndArray().EndObject();
  return net::JsonResponse(200, std::move(out));
}

HttpResponse BankConnections::SyncNow(const HttpRequest& request) {
  auto found = Find(request);
  if (!found.ok()) return ErrorResponse(found.status());
  Connection c;
  {
    base::MutexLock lock(sync_mutex_);
    found = Find(request);  // as the sync before left it
    if (!found.ok()) return ErrorResponse(found.status());
    c = std::move(*found);
    Sync(c);
  }
  return net::JsonResponse(200, ToJson(c));
}

HttpResponse BankConnections::Disconnect(const HttpRequest& request) {
  const auto found = Find(request);
  if (!found.ok()) return ErrorResponse(found.status());
  const auto gone = database_.Execute("DELETE FROM bank_connections WHERE id = $1", {found->id});
  return gone.ok() ? net::JsonResponse(200, "{}") : ErrorResponse(gone.status());
}

// {"id": account of the bank, "account": account of the tracker, or null to leave it out}.
HttpResponse BankConnections::LinkAccount(const HttpRequest& request) {
  auto found = Find(request);
  if (!found.ok()) return ErrorResponse(found.status());
  const auto document = JsonDocument::Parse(request.body);
  if (!document.ok()) return ErrorResponse(document.status());
  const auto bank_account = document->root().Find("id").AsString();
  const JsonValue account = document->root().Find("account");
  if (!bank_account || !account.exists() || !(account.is_null() || account.is_string())) {
    return ErrorResponse(base::InvalidArgument("send {\"id\": account of the bank, \"account\": account id or null}"));
  }
  const std::string filled(account.AsString().value_or(""));
  if (account.is_string()) {
    if (const base::Status valid = ledger::CheckOpaqueId(filled, "account"); !valid.ok()) return ErrorResponse(valid);
  }
  const auto known = JsonDocument::Parse(found->accounts);
  const auto is_it = [&](const JsonValue& one) { return one.Find("id").AsString() == bank_account; };
  const bool exists = known.ok() && std::ranges::any_of(known->root().items(), is_it);
  if (!exists) return ErrorResponse(base::NotFound("the bank showed no account with this id: " + std::string(bank_account->substr(0, 128))));
  std::string links;
  JsonWriter json(links);
  json.BeginObject();
  const auto old = JsonDocument::Parse(found->links);
  if (old.ok()) {
    for (const awry::codec::JsonMember member : old->root().members()) {
      if (member.key != *bank_account) json.Key(member.key).Value(member.value);
    }
  }
  json.Key(*bank_account).String(filled).EndObject();
  const auto stored = database_.Execute("UPDATE bank_connections SET links = $2 WHERE id = $1", {found->id, links});
  if (!stored.ok()) return ErrorResponse(stored.status());
  found->links = links;
  return net::JsonResponse(200, ToJson(*found));
}

// --- sync ---

base::Result<AccountSet> BankConnections::Ask(Connection& c, const std::string& access, const Window& window) {
  const int64_t today = Now() / kDayNs;
  if (c.day != today) {
    c.day = today;
    c.requests = 0;
  }
  if (c.requests >= kRequestsPerDay) return base::ResourceExhausted("the day's requests to the bank are used up; it goes on tomorrow");
  ++c.requests;
  RETURN_IF_ERROR(Store(c));  // counted before it is made
  ASSIGN_OR_RETURN(AccountSet set, Fetch(access, window, options_.policy));
  ResolveCurrencies(options_.policy, set);
  return set;
}

base::Result<HttpResponse> BankConnections::Call(const char* method, const std::string& target, const std::string& body) {
  HttpRequest request{.method = method, .target = target, .headers = options_.headers, .body = body};
  request.headers.emplace_back("content-type", "application/json");
  return processor_.Send(std::move(request));
}

base::Result<std::string> BankConnections::Post(const std::string& target, const std::string& body) {
  ASSIGN_OR_RETURN(HttpResponse response, Call("POST", target, body));
  if (response.status >= 200 && response.status < 300) return std::move(response.body);
  return base::Unavailable(fmt::format("transaction processor answered {} to rows of the bank", response.status));
}

// Before its first rows an account gets the bank's name for it; from then on it is the person's.
base::Status BankConnections::NameAccount(const Connection& c, const BankAccount& account) {
  const std::string id = AccountId(c.user, c.host, account.id);
  const std::string target = "/accounts/" + id;
  ASSIGN_OR_RETURN(const HttpResponse known, Call("GET", target, ""));
  if (known.status != 404 || account.currency.size() != 3) return {};
  std::string body;
  JsonWriter(body).BeginObject().Key("user_id").String(c.user).Key("name").String(account.org.empty() ? account.name : account.org + ", " + account.name)
      .Key("kind").String("checking").Key("currency").String(account.currency).EndObject();
  ASSIGN_OR_RETURN(const HttpResponse made, Call("PUT", target, body));
  if (made.status >= 500) return base::Unavailable(fmt::format("transaction processor answered {} to an account of the bank", made.status));
  return {};  // a name or currency that it does not take: the account is made by its first rows
}

// An error for rows that may be had later as well: the window is not through until they are delivered.
base::Status BankConnections::Deliver(Connection& c, const AccountSet& set) {
  for (const BankAccount& account : set.accounts) {
    const std::string filled = FilledBy(c, account.id);
    if (account.transactions == 0 || filled.empty()) continue;
    if (filled == AccountId(c.user, c.host, account.id)) RETURN_IF_ERROR(NameAccount(c, account));
    ASSIGN_OR_RETURN(const std::string preview,
                     Post(fmt::format("/imports?user_id={}&account={}", net::UrlEncode(c.user), net::UrlEncode(filled)), ImportBody(account)));
    ASSIGN_OR_RETURN(const JsonDocument document, JsonDocument::Parse(preview));
    const auto id = document.root().Find("import_id").AsString();
    if (!id) return base::Unavailable("transaction processor gave a preview without id");
    c.rows_new += document.root().Find("counts").Find("new").AsInt64().value_or(0);
    RETURN_IF_ERROR(Post("/imports/" + net::UrlEncode(*id) + "/confirm", "{}").status());
  }
  return set.later;
}

base::Status BankConnections::SyncWindows(Connection& c, const std::string& access) {
  const int64_t now_s = Now() / kNsPerSecond;
  const bool first = c.last_sync_ns == 0;
  const int64_t newest_from = first ? now_s - kWindowDays * kDayS
                                    : std::max(c.last_sync_ns / kNsPerSecond - kOverlapDays * kDayS, now_s - kWindowDays * kDayS);
  ASSIGN_OR_RETURN(const AccountSet newest, Ask(c, access, {newest_from, now_s + kDayS, true}));
  c.messages = TextList(newest.messages);
  c.accounts = AccountList(newest);
  RETURN_IF_ERROR(Deliver(c, newest));
  int empty = newest.transactions() == 0 ? 1 : 0;
  if (first) c.history_until_s = newest_from;
  while (c.history_until_s > 0 && empty < kEmptyWindowsEnd) {
    const Window window{c.history_until_s - kWindowDays * kDayS, c.history_until_s, false};
    if (window.from_s <= 0) break;
    const auto older = Ask(c, access, window);
    if (older.status().code() == base::StatusCode::kResourceExhausted) return {};  // history_until_s says where to go on
    if (!older.ok()) return older.status();
    RETURN_IF_ERROR(Deliver(c, *older));
    empty = older->transactions() == 0 ? empty + 1 : 0;
    c.history_until_s = window.from_s;
  }
  c.history_until_s = 0;
  return {};
}

void BankConnections::Sync(Connection& c) {
  c.rows_new = 0;
  const auto access = vault_->Unseal(c.sealed, c.id);
  const base::Status status = access.ok() ? SyncWindows(c, *access) : access.status();
  if (status.ok()) {
    c.state = "active";
    c.problem.clear();
    c.failures = 0;
    c.last_sync_ns = Now();
    c.next_sync_ns = Now() + kDayNs;
  } else {
    const bool revoked = status.code() == base::StatusCode::kPermissionDenied;
    const bool waits = revoked || status.code() == base::StatusCode::kFailedPrecondition || status.code() == base::StatusCode::kDataLoss;
    if (waits) c.state = revoked ? "revoked" : "needs_attention";
    c.problem = base::StatusCodeName(status.code());
    c.messages = TextList({status.message()});
    c.failures = std::min<int64_t>(c.failures + 1, 10);
    c.next_sync_ns = Now() + (waits ? kDayNs : std::min(kDayNs, kBackOffFirstNs << (c.failures - 1)));
  }
  if (const base::Status stored = Store(c); !stored.ok()) awry::base::LogWarning("bank connection cannot be stored: {}", stored.ToString());
}

void BankConnections::SyncDue() {
  const auto due = Read("next_sync_ns <= $1 AND state <> 'revoked'", Now());
  if (!due.ok()) {
    awry::base::LogWarning("bank connections cannot be read: {}", due.status().ToString());
    return;
  }
  for (const Connection& known : *due) {
    {
      base::MutexLock lock(mutex_);
      if (stopping_) return;
    }
    base::MutexLock lock(sync_mutex_);
    auto fresh = Read("id = $1", known.id);
    if (fresh.ok() && !fresh->empty() && fresh->front().next_sync_ns <= Now()) Sync(fresh->front());
  }
}

void BankConnections::Poll() {
  while (true) {
    SyncDue();
    base::MutexLock lock(mutex_);
    if (!stopping_) wake_.WaitFor(mutex_, kPollEvery);
    if (stopping_) return;
  }
}

}  // namespace finance::bank_connection
