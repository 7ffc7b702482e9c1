#include "finance/transaction_processor/ledger_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "codec/base64.h"
#include "finance/jobs/job_queue.h"
#include "finance/ledger/sha256.h"
#include "finance/transaction_processor/import_table.h"

namespace finance::transaction_processor {
namespace {

using ledger::Category;
using ledger::Currency;
using ledger::Processing;
using ledger::Transaction;
using ledger::UserId;

constexpr std::string_view kLedgerSteps[] = {
    "CREATE TABLE accounts (id TEXT PRIMARY KEY, user_id TEXT NOT NULL, name TEXT NOT NULL, kind TEXT NOT NULL,"
    " currency TEXT NOT NULL, zone TEXT NOT NULL)",
    "CREATE INDEX accounts_by_user ON accounts (user_id, id)",
    "CREATE TABLE transactions (id TEXT PRIMARY KEY, account TEXT NOT NULL, user_id TEXT NOT NULL,"
    " day INTEGER NOT NULL, amount_minor BIGINT NOT NULL, currency TEXT NOT NULL, raw_description TEXT NOT NULL,"
    " description TEXT NOT NULL, mcc INTEGER, booked_at_ns BIGINT, status INTEGER NOT NULL,"
    " category INTEGER NOT NULL, category_source INTEGER NOT NULL, confidence DOUBLE PRECISION NOT NULL,"
    " model_version TEXT NOT NULL, processing INTEGER NOT NULL, trace_id TEXT NOT NULL, import_id TEXT NOT NULL,"
    " fingerprint TEXT NOT NULL, occurrence INTEGER NOT NULL, predicted INTEGER, alternatives TEXT NOT NULL,"
    " revision BIGINT NOT NULL, span_id TEXT NOT NULL DEFAULT '')",
    "CREATE INDEX transactions_by_user ON transactions (user_id, day, id)",
    "CREATE INDEX transactions_by_fingerprint ON transactions (account, fingerprint)",
    "CREATE INDEX transactions_by_import ON transactions (import_id) WHERE import_id <> ''"};
// After those of the other tables, which databases out there have already.
constexpr std::string_view kLaterSteps[] = {
    "ALTER TABLE transactions ADD COLUMN external_id TEXT NOT NULL DEFAULT ''",
    "CREATE INDEX transactions_by_external_id ON transactions (account, external_id) WHERE external_id <> ''"};

constexpr std::string_view kColumns =
    "id, account, user_id, day, amount_minor, currency, raw_description, description, mcc, booked_at_ns, status,"
    " category, category_source, confidence, model_version, processing, trace_id, import_id, fingerprint, occurrence,"
    " predicted, alternatives, revision, external_id";

base::Result<StoredTransaction> ReadTransaction(const sql::Row& row) {
  ASSIGN_OR_RETURN(const UserId user, UserId::Parse(row.Text(2)));
  ASSIGN_OR_RETURN(const Currency currency, Currency::Parse(row.Text(5)));
  StoredTransaction stored{.row = {.id = row.Text(0),
                                   .account = row.Text(1),
                                   .user_id = user,
                                   .date = ledger::Date::FromDays(static_cast<int32_t>(row.Int(3))),
                                   .amount = {row.Int(4), currency},
                                   .raw_description = row.Text(6),
                                   .description = row.Text(7)}};
  Transaction& t = stored.row;
  if (!row.is_null(8)) t.mcc = static_cast<int>(row.Int(8));
  if (!row.is_null(9)) t.booked_at_ns = row.Int(9);
  t.status = static_cast<ledger::BankStatus>(row.Int(10));
  t.category = ledger::CategoryFromNumber(row.Int(11)).value_or(Category::kUncategorized);
  t.category_source = static_cast<ledger::CategorySource>(row.Int(12));
  t.confidence = row.Real(13);
  t.model_version = row.Text(14);
  t.processing = static_cast<Processing>(row.Int(15));
  t.trace_id = row.Text(16);
  t.import_id = row.Text(17);
  t.fingerprint = row.Text(18);
  t.occurrence = static_cast<int>(row.Int(19));
  if (!row.is_null(20)) stored.predicted = ledger::CategoryFromNumber(row.Int(20));
  stored.alternatives_json = row.Text(21);
  stored.revision = row.Int(22);
  t.external_id = row.Text(23);
  return stored;
}

base::Result<Account> ReadAccount(const sql::Row& row) {
  ASSIGN_OR_RETURN(UserId user, UserId::Parse(row.Text(1)));
  ASSIGN_OR_RETURN(const Currency currency, Currency::Parse(row.Text(4)));
  return Account{row.Text(0), std::move(user), row.Text(2), row.Text(3), currency, row.Text(5)};
}

// "DAY:ID" as base64: opaque for callers.
std::string CursorOf(const Transaction& row) {
  return awry::codec::Base64UrlEncode(fmt::format("{}:{}", row.date.days(), row.id));
}

struct Position {
  int64_t day = 0;
  std::string id;
};
base::Result<Position> ReadCursor(const std::string& cursor) {
  const auto text = awry::codec::Base64Decode(cursor);
  const auto bad = [] { return base::InvalidArgument("cursor is none of ours: start without one"); };
  if (!text.ok()) return bad();
  const size_t colon = text->find(':');
  if (colon == std::string::npos) return bad();
  Position position;
  const auto [end, error] = std::from_chars(text->data(), text->data() + colon, position.day);
  if (error != std::errc() || end != text->data() + colon) return bad();
  position.id = text->substr(colon + 1);
  return position;
}

std::string LikePattern(std::string_view text) {
  std::string pattern = "%";
  for (char c : text) {
    if (c == '%' || c == '_' || c == '\\') pattern += '\\';
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
    pattern += c;
  }
  return pattern + "%";
}

// Collects conditions and their values.
class Conditions {
 public:
  // `condition` with one '?' for the value.
  void Add(std::string_view condition, sql::SqlValue value) {
    values_.push_back(std::move(value));
    const size_t mark = condition.find('?');
    text_ += text_.empty() ? " WHERE " : " AND ";
    text_ += fmt::format("{}${}{}", condition.substr(0, mark), values_.size(), condition.substr(mark + 1));
  }
  // Placeholder for a further value.
  std::string Bind(sql::SqlValue value) {
    values_.push_back(std::move(value));
    return "$" + std::to_string(values_.size());
  }
  void AddText(const std::string& condition) { text_ += (text_.empty() ? " WHERE " : " AND ") + condition; }
  const std::string& text() const { return text_; }
  std::span<const sql::SqlValue> values() const { return values_; }

 private:
  std::string text_;
  std::vector<sql::SqlValue> values_;
};

base::Result<Conditions> ConditionsOf(const TransactionFilter& filter) {
  Conditions where;
  where.Add("user_id = ?", filter.user.str());
  if (filter.from) where.Add("day >= ?", int64_t{filter.from->days()});
  if (filter.to) where.Add("day <= ?", int64_t{filter.to->days()});
  if (filter.category) where.Add("category = ?", static_cast<int64_t>(*filter.category));
  if (filter.processing) where.Add("processing = ?", static_cast<int64_t>(*filter.processing));
  if (!filter.account.empty()) where.Add("account = ?", filter.account);
  if (!filter.import_id.empty()) where.Add("import_id = ?", filter.import_id);
  if (!filter.text.empty()) where.Add("LOWER(raw_description) LIKE ? ESCAPE '\\'", LikePattern(filter.text));
  if (!filter.cursor.empty()) {
    ASSIGN_OR_RETURN(Position after, ReadCursor(filter.cursor));
    const std::string day = where.Bind(after.day);
    const std::string id = where.Bind(std::move(after.id));
    where.AddText(fmt::format("(day < {0} OR (day = {0} AND id < {1}))", day, id));
  }
  return where;
}

}  // namespace

base::Status MigrateLedger(sql::Database& database) {
  std::vector<std::string> steps(std::begin(kLedgerSteps), std::end(kLedgerSteps));
  for (std::string& step : ImportTableSteps()) steps.push_back(std::move(step));
  for (std::string& step : jobs::JobQueue::MigrationSteps(database.system())) steps.push_back(std::move(step));
  for (const std::string_view step : kLaterSteps) steps.emplace_back(step);
  const std::vector<std::string_view> views(steps.begin(), steps.end());
  return database.Migrate(views);
}

base::Result<std::optional<Account>> FindAccount(sql::Connection& connection, const std::string& id) {
  ASSIGN_OR_RETURN(const sql::Rows rows,
                   connection.Query("SELECT id, user_id, name, kind, currency, zone FROM accounts WHERE id = $1", {id}));
  if (rows.empty()) return std::optional<Account>();
  ASSIGN_OR_RETURN(Account account, ReadAccount(rows[0]));
  return std::optional<Account>(std::move(account));
}

base::Result<std::vector<Account>> ReadAccounts(sql::Connection& connection, const UserId& user) {
  ASSIGN_OR_RETURN(const sql::Rows rows,
                   connection.Query("SELECT id, user_id, name, kind, currency, zone FROM accounts WHERE user_id = $1"
                                    " ORDER BY id",
                                    {user.str()}));
  std::vector<Account> accounts;
  for (const sql::Row& row : rows) {
    ASSIGN_OR_RETURN(Account account, ReadAccount(row));
    accounts.push_back(std::move(account));
  }
  return accounts;
}

base::Status StoreAccount(sql::Connection& connection, const Account& account) {
  ASSIGN_OR_RETURN(const std::optional<Account> known, FindAccount(connection, account.id));
  if (known && known->user_id != account.user_id) {
    return base::AlreadyExists("account id is another user's, choose another one: " + account.id);
  }
  return connection
      .Execute("INSERT INTO accounts (id, user_id, name, kind, currency, zone) VALUES ($1, $2, $3, $4, $5, $6)"
               " ON CONFLICT (id) DO UPDATE SET name = excluded.name, kind = excluded.kind,"
               " currency = excluded.currency, zone = excluded.zone",
               {account.id, account.user_id.str(), account.name, account.kind, std::string(account.currency.str()),
                account.zone})
      .status();
}

base::Result<Account> DefaultAccount(sql::Connection& connection, const UserId& user, Currency currency) {
  // A digest, since a user id may fill all of an account id's length by itself.
  const std::string id = "default-" + ledger::Sha256Hex(user.str()).substr(0, 32);
  ASSIGN_OR_RETURN(std::optional<Account> known, FindAccount(connection, id));
  if (known) return std::move(*known);
  Account account{id, user, "Everyday", "checking", currency, ""};
  RETURN_IF_ERROR(StoreAccount(connection, account));
  return account;
}

base::Result<std::optional<StoredTransaction>> FindTransaction(sql::Connection& connection, const std::string& id) {
  static const std::string kStatement = fmt::format("SELECT {} FROM transactions WHERE id = $1", kColumns);
  ASSIGN_OR_RETURN(const sql::Rows rows, connection.Query(kStatement, {id}));
  if (rows.empty()) return std::optional<StoredTransaction>();
  ASSIGN_OR_RETURN(StoredTransaction stored, ReadTransaction(rows[0]));
  return std::optional<StoredTransaction>(std::move(stored));
}

base::Result<std::optional<StoredTransaction>> FindExternal(sql::Connection& connection, const std::string& account,
                                                            const std::string& external_id) {
  static const std::string kStatement =
      fmt::format("SELECT {} FROM transactions WHERE account = $1 AND external_id = $2 AND external_id <> ''"
                  " ORDER BY day DESC LIMIT 1", kColumns);
  ASSIGN_OR_RETURN(const sql::Rows rows, connection.Query(kStatement, {account, external_id}));
  if (rows.empty()) return std::optional<StoredTransaction>();
  ASSIGN_OR_RETURN(StoredTransaction stored, ReadTransaction(rows[0]));
  return std::optional<StoredTransaction>(std::move(stored));
}

base::Status MarkBooked(sql::Connection& connection, const std::string& id) {
  return connection
      .Execute("UPDATE transactions SET status = $2 WHERE id = $1",
               {id, static_cast<int64_t>(ledger::BankStatus::kBooked)})
      .status();
}

base::Status InsertTransaction(sql::Connection& connection, const Transaction& row) {
  static const std::string kStatement = fmt::format(
      "INSERT INTO transactions ({}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16,"
      " $17, $18, $19, $20, NULL, '', 0, $21)",
      kColumns);
  return connection
      .Execute(kStatement,
               {row.id, row.account, row.user_id.str(), int64_t{row.date.days()}, row.amount.minor,
                std::string(row.amount.currency.str()), row.raw_description, row.description,
                row.mcc ? sql::SqlValue(int64_t{*row.mcc}) : sql::SqlValue(),
                row.booked_at_ns ? sql::SqlValue(*row.booked_at_ns) : sql::SqlValue(),
                static_cast<int64_t>(row.status), static_cast<int64_t>(row.category),
                static_cast<int64_t>(row.category_source), row.confidence, row.model_version,
                static_cast<int64_t>(row.processing), row.trace_id, row.import_id, row.fingerprint,
                int64_t{row.occurrence}, row.external_id})
      .status();
}

base::Result<int64_t> CountFingerprint(sql::Connection& connection, const std::string& account,
                                       const std::string& fingerprint) {
  ASSIGN_OR_RETURN(const sql::Rows rows,
                   connection.Query("SELECT COUNT(*) FROM transactions WHERE account = $1 AND fingerprint = $2",
                                    {account, fingerprint}));
  return rows[0].Int(0);
}

base::Result<TransactionPage> ListTransactions(sql::Connection& connection, const TransactionFilter& filter) {
  ASSIGN_OR_RETURN(Conditions where, ConditionsOf(filter));
  const std::string limit = where.Bind(int64_t{filter.limit} + 1);
  const std::string statement = fmt::format("SELECT {} FROM transactions{} ORDER BY day DESC, id DESC LIMIT {}", kColumns,
                                            where.text(), limit);
  ASSIGN_OR_RETURN(const sql::Rows rows, connection.Query(statement, where.values()));
  TransactionPage page;
  for (const sql::Row& row : rows) {
    if (page.rows.size() == static_cast<size_t>(filter.limit)) {
      page.next_cursor = CursorOf(page.rows.back().row);
      break;
    }
    ASSIGN_OR_RETURN(StoredTransaction stored, ReadTransaction(row));
    page.rows.push_back(std::move(stored));
  }
  return page;
}

base::Result<bool> StoreOutcome(sql::Connection& connection, const Outcome& outcome) {
  if (outcome.predicted) {
    const auto category = static_cast<int64_t>(*outcome.predicted);
    RETURN_IF_ERROR(connection
                        .Execute("UPDATE transactions SET predicted = $2, model_version = $3, alternatives = $4,"
                                 " category = CASE WHEN category_source = 1 THEN category ELSE $2 END,"
                                 " confidence = CASE WHEN category_source = 1 THEN confidence ELSE $5 END,"
                                 " category_source = CASE WHEN category_source = 1 THEN 1 ELSE 3 END WHERE id = $1",
                                 {outcome.id, category, outcome.model_version, outcome.alternatives_json,
                                  outcome.confidence})
                        .status());
  }
  ASSIGN_OR_RETURN(const int64_t changed,
                   connection.Execute("UPDATE transactions SET processing = $2,"
                                      " span_id = CASE WHEN trace_id = '' THEN $4 ELSE span_id END,"
                                      " trace_id = CASE WHEN trace_id = '' THEN $3 ELSE trace_id END"
                                      " WHERE id = $1 AND processing = 0",
                                      {outcome.id, static_cast<int64_t>(outcome.processing), outcome.trace_id,
                                       outcome.span_id}));
  return changed > 0 && outcome.processing != Processing::kQueued;
}

base::Result<StoredTransaction> StoreCorrection(sql::Connection& connection, const std::string& id, Category category) {
  RETURN_IF_ERROR(connection
                      .Execute("UPDATE transactions SET category = $2, category_source = 1, confidence = 1,"
                               " revision = revision + 1 WHERE id = $1",
                               {id, static_cast<int64_t>(category)})
                      .status());
  ASSIGN_OR_RETURN(std::optional<StoredTransaction> stored, FindTransaction(connection, id));
  if (!stored) return base::NotFound("no transaction has this id: " + id.substr(0, 128));
  return std::move(*stored);
}

}  // namespace finance::transaction_processor
