#include "finance/bank_connection/simplefin.h"

#include <fmt/format.h>

#include <map>

#include "codec/base64.h"
#include "codec/json.h"
#include "finance/ledger/money.h"

namespace finance::bank_connection {
namespace {

using awry::codec::JsonDocument;
using awry::codec::JsonValue;
using awry::codec::JsonWriter;

constexpr size_t kTokenBytesMax = 4'096;
constexpr size_t kMessageBytesMax = 300;
constexpr size_t kMessagesMax = 20;
constexpr size_t kAnswerBytesMax = 64 << 20;

std::string_view Trimmed(std::string_view text) {
  const auto blank = [](char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; };
  while (!text.empty() && blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && blank(text.back())) text.remove_suffix(1);
  return text;
}

// What a stranger's server says becomes one short line of text.
std::string Sanitized(std::string_view text) {
  std::string out;
  for (const char c : Trimmed(text)) {
    const bool control = static_cast<unsigned char>(c) < 0x20 || c == 0x7F;
    out += control ? ' ' : c;
  }
  if (out.size() <= kMessageBytesMax) return out;
  size_t length = kMessageBytesMax;
  while (length > 0 && (static_cast<unsigned char>(out[length]) & 0xC0) == 0x80) --length;
  return out.substr(0, length);
}

std::string TextOf(JsonValue object, std::string_view name) { return Sanitized(object.Find(name).AsString().value_or("")); }

// 1.0: strings; 2.0: objects with msg.
void ReadMessages(JsonValue list, AccountSet& set) {
  for (const JsonValue item : list.items()) {
    if (set.messages.size() >= kMessagesMax) return;
    std::string text = item.is_object() ? TextOf(item, "msg") : Sanitized(item.AsString().value_or(""));
    if (!text.empty()) set.messages.push_back(std::move(text));
  }
}

std::string OrgOf(JsonValue root, JsonValue account) {
  if (const JsonValue org = account.Find("org"); org.is_object()) {
    const std::string name = TextOf(org, "name");
    return name.empty() ? TextOf(org, "domain") : name;
  }
  const auto id = account.Find("conn_id").AsString();
  for (const JsonValue connection : root.Find("connections").items()) {
    if (id && connection.Find("conn_id").AsString() == id) return TextOf(connection, "name");
  }
  return {};
}

}  // namespace

size_t AccountSet::transactions() const {
  size_t sum = 0;
  for (const BankAccount& account : accounts) sum += account.transactions;
  return sum;
}

base::Result<std::string> ParseSetupToken(std::string_view token, bool allow_local) {
  const auto refuse = [] { return base::InvalidArgument("setup token is none: copy it whole from the page of your SimpleFIN server"); };
  token = Trimmed(token);
  if (token.empty() || token.size() > kTokenBytesMax) return refuse();
  const auto decoded = awry::codec::Base64Decode(token);
  if (!decoded.ok()) return refuse();
  const auto url = outbound::ParseUrl(std::string(Trimmed(*decoded)));
  if (!url.ok() || !url->user.empty() || !url->password.empty()) return refuse();
  if (url->scheme != "https" && !allow_local) return base::InvalidArgument("setup token leads to an address without https");
  return std::string(Trimmed(*decoded));
}

base::Result<std::string> Claim(const std::string& claim_url, const outbound::Policy& policy) {
  ASSIGN_OR_RETURN(const outbound::Answer answer, outbound::Exchange({.method = "POST", .url = claim_url}, policy));
  if (answer.status == 403) {
    return base::PermissionDenied("setup token is unknown or was used before; if not by you, it may be compromised: disable it at "
                                  "your SimpleFIN server and make a new one");
  }
  if (answer.status != 200) return base::Unavailable(fmt::format("SimpleFIN server answered {} to the claim", answer.status));
  std::string access(Trimmed(answer.body));
  const auto url = outbound::ParseUrl(access);
  if (!url.ok() || url->user.empty()) return base::Unavailable("SimpleFIN server answered the claim without an access URL");
  if (url->scheme != "https" && !policy.allow_local) return base::Unavailable("SimpleFIN server gave an access URL without https");
  return access;
}

base::Result<AccountSet> ParseAccountSet(std::string_view json) {
  ASSIGN_OR_RETURN(const JsonDocument document, JsonDocument::Parse(json));
  const JsonValue root = document.root();
  const JsonValue list = root.Find("accounts");
  if (!list.is_array()) return base::InvalidArgument("SimpleFIN answer has no accounts");
  if (list.size() > kAccountsMax) return base::ResourceExhausted(fmt::format("SimpleFIN answer has too many accounts: {}", list.size()));
  AccountSet set;
  ReadMessages(root.Find("errors"), set);
  ReadMessages(root.Find("errlist"), set);
  for (const JsonValue item : list.items()) {
    BankAccount account{.id = std::string(item.Find("id").AsString().value_or("")),
                        .name = TextOf(item, "name"),
                        .org = OrgOf(root, item),
                        .currency = TextOf(item, "currency"),
                        .balance = TextOf(item, "balance"),
                        .balance_date_s = item.Find("balance-date").AsInt64().value_or(0),
                        .transactions = item.Find("transactions").size()};
    if (account.id.empty()) return base::InvalidArgument("SimpleFIN answer has an account without id");
    JsonWriter(account.json).Value(item);
    set.accounts.push_back(std::move(account));
  }
  return set;
}

namespace {

bool IsUrl(std::string_view currency) { return currency.starts_with("https://") || currency.starts_with("http://"); }

// The code, or why there is none.
base::Result<std::string> CurrencyAt(const std::string& url, const outbound::Policy& policy) {
  ASSIGN_OR_RETURN(const outbound::Answer answer, outbound::Exchange({.url = url}, policy));
  if (answer.status != 200) {
    const bool later = answer.status >= 500 || answer.status == 408 || answer.status == 429;
    return base::Status(later ? base::StatusCode::kUnavailable : base::StatusCode::kNotFound,
                        fmt::format("the address of its currency answered {}", answer.status));
  }
  ASSIGN_OR_RETURN(const JsonDocument document, JsonDocument::Parse(answer.body));
  const auto currency = ledger::Currency::Parse(document.root().Find("abbr").AsString().value_or(""));
  if (currency.ok()) return std::string(currency->str());
  return base::InvalidArgument(fmt::format("it is kept in \"{}\", which is no currency of ISO 4217", TextOf(document.root(), "name")));
}

// The same account in this currency; "" leaves its transactions out.
void SetCurrency(const std::string& currency, BankAccount& account) {
  const auto document = JsonDocument::Parse(account.json);
  if (!document.ok()) return;
  std::string out;
  JsonWriter json(out);
  json.BeginObject();
  for (const awry::codec::JsonMember& member : document->root().members()) {
    if (member.key == "currency" && !currency.empty()) json.Key("currency").String(currency);
    else if (member.key != "transactions" || !currency.empty()) json.Key(member.key).Value(member.value);
  }
  json.EndObject();
  account.json = std::move(out);
  if (currency.empty()) account.transactions = 0;
  else account.currency = currency;
}

bool IsForLater(base::StatusCode code) { return code == base::StatusCode::kUnavailable || code == base::StatusCode::kDeadlineExceeded; }

}  // namespace

void ResolveCurrencies(const outbound::Policy& policy, AccountSet& set) {
  std::map<std::string, base::Result<std::string>> known;
  for (BankAccount& account : set.accounts) {
    if (!IsUrl(account.currency)) continue;
    auto found = known.find(account.currency);
    if (found == known.end()) {
      auto code = known.size() < kCurrencyUrlsMax ? CurrencyAt(account.currency, policy)
                                                  : base::Result<std::string>(base::ResourceExhausted("the bank names too many units of its own"));
      found = known.emplace(account.currency, std::move(code)).first;
    }
    const base::Result<std::string>& code = found->second;
    if (!code.ok()) {
      const std::string message = Sanitized(fmt::format("rows of {} are left out: {}", account.name, code.status().message()));
      if (set.messages.size() < kMessagesMax) set.messages.push_back(message);
      if (IsForLater(code.status().code()) && set.later.ok()) set.later = base::Unavailable(message);
    }
    SetCurrency(code.ok() ? *code : std::string(), account);
  }
}

base::Result<AccountSet> Fetch(const std::string& access_url, const Window& window, const outbound::Policy& policy) {
  ASSIGN_OR_RETURN(const outbound::Url url, outbound::ParseUrl(access_url));
  std::string path = url.rest;
  while (path.ends_with('/')) path.pop_back();
  outbound::Policy longer = policy;
  longer.answer_bytes_max = kAnswerBytesMax;
  longer.timeout = std::chrono::seconds(60);
  ASSIGN_OR_RETURN(const outbound::Answer answer,
                   outbound::Exchange({.url = fmt::format("{}{}/accounts?start-date={}&end-date={}{}", url.Origin(), path, window.from_s,
                                                          window.until_s, window.pending ? "&pending=1" : ""),
                                       .user = url.user,
                                       .password = url.password},
                                      longer));
  switch (answer.status) {
    case 200: return ParseAccountSet(answer.body);
    case 402: return base::FailedPrecondition("SimpleFIN server wants to be paid before it gives data");
    case 403: return base::PermissionDenied("SimpleFIN access was revoked: connect again with a new setup token");
    case 429: return base::ResourceExhausted("SimpleFIN server wants fewer requests");
    default: return base::Unavailable(fmt::format("SimpleFIN server answered {}", answer.status));
  }
}

}  // namespace finance::bank_connection
