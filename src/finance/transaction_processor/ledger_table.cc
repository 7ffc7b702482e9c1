#include "finance/transaction_processor/ledger_table.h"

#include <fmt/format.h>

#include "finance/transaction_processor/ledger_schema.h"

namespace finance::transaction_processor {
namespace {

using ledger::Category;
using ledger::Currency;
using ledger::Processing;
using ledger::Transaction;
using ledger::UserId;

base::Result<std::optional<StoredTransaction>> FirstOf(const base::Result<sql::Rows>& rows) {
  if (!rows.ok()) return rows.status();
  if (rows->empty()) return std::optional<StoredTransaction>();
  ASSIGN_OR_RETURN(StoredTransaction stored, ReadTransaction((*rows)[0]));
  return std::optional<StoredTransaction>(std::move(stored));
}

template <typename T>
sql::SqlValue OrNull(const std::optional<T>& value) {
  return value ? sql::SqlValue(static_cast<int64_t>(*value)) : sql::SqlValue();
}

}  // namespace

base::Status MigrateLedger(sql::Database& database) {
  const std::vector<std::string> steps = LedgerSteps(database.system());
  const std::vector<std::string_view> views(steps.begin(), steps.end());
  return database.Migrate(views);
}

std::string_view TransactionColumns() {
  return "id, account, user_id, day, amount_minor, currency, raw_description, description, mcc, booked_at_ns, status,"
         " category, category_source, confidence, model_version, processing, trace_id, import_id, fingerprint, occurrence,"
         " predicted, alternatives, revision, external_id, seq, parent, part_count, note, tags, deleted_ns, reconciled,"
         " transfer_id, source, rule_id, original_minor, original_currency";
}

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
  stored.seq = row.Int(24);
  stored.parent = row.Text(25);
  stored.part_count = static_cast<int>(row.Int(26));
  stored.note = row.Text(27);
  stored.tags = SplitTags(row.Text(28));
  stored.deleted_ns = row.Int(29);
  stored.reconciled = row.Int(30) != 0;
  stored.transfer_id = row.Text(31);
  stored.source = row.Text(32);
  stored.rule_id = row.Text(33);
  if (!row.is_null(34)) {
    ASSIGN_OR_RETURN(const Currency original, Currency::Parse(row.Text(35)));
    stored.original = ledger::Money{row.Int(34), original};
  }
  return stored;
}

base::Result<std::optional<StoredTransaction>> FindTransaction(sql::Connection& connection, const std::string& id) {
  static const std::string kStatement = fmt::format("SELECT {} FROM transactions WHERE id = $1", TransactionColumns());
  return FirstOf(connection.Query(kStatement, {id}));
}

base::Result<std::vector<StoredTransaction>> ReadParts(sql::Connection& connection, const std::string& parent) {
  static const std::string kStatement =
      fmt::format("SELECT {} FROM transactions WHERE parent = $1 AND parent <> '' ORDER BY seq", TransactionColumns());
  ASSIGN_OR_RETURN(const sql::Rows rows, connection.Query(kStatement, {parent}));
  std::vector<StoredTransaction> parts;
  for (const sql::Row& row : rows) {
    ASSIGN_OR_RETURN(StoredTransaction part, ReadTransaction(row));
    parts.push_back(std::move(part));
  }
  return parts;
}

base::Status LoadDetails(sql::Connection& connection, StoredTransaction& stored) {
  ASSIGN_OR_RETURN(const sql::Rows pairs,
                   connection.Query("SELECT id, state, how, out_id, in_id FROM transfers WHERE (out_id = $1 OR in_id = $1)"
                                    " AND state < 2 ORDER BY state DESC, id LIMIT 1",
                                    {stored.row.id}));
  if (!pairs.empty()) {
    const sql::Row& pair = pairs[0];
    stored.transfer = {pair.Text(0), pair.Int(1) == 1, pair.Int(2) == 1, pair.Text(3) == stored.row.id ? pair.Text(4) : pair.Text(3)};
  }
  if (stored.part_count == 0) return {};
  ASSIGN_OR_RETURN(const std::vector<StoredTransaction> parts, ReadParts(connection, stored.row.id));
  for (const StoredTransaction& part : parts) {
    stored.parts.push_back({part.row.id, part.row.amount.minor, part.row.category, part.note});
  }
  return {};
}

base::Status InsertTransaction(sql::Connection& connection, const StoredTransaction& stored) {
  static const std::string kStatement = fmt::format(
      "INSERT INTO transactions ({}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16,"
      " $17, $18, $19, $20, $21, $22, $23, $24, (SELECT COALESCE(MAX(seq), 0) + 1 FROM transactions), $25, $26, $27,"
      " $28, $29, $30, $31, $32, $33, $34, $35)",
      TransactionColumns());
  const Transaction& row = stored.row;
  return connection
      .Execute(kStatement,
               {row.id, row.account, row.user_id.str(), int64_t{row.date.days()}, row.amount.minor,
                std::string(row.amount.currency.str()), row.raw_description, row.description, OrNull(row.mcc),
                OrNull(row.booked_at_ns), static_cast<int64_t>(row.status), static_cast<int64_t>(row.category),
                static_cast<int64_t>(row.category_source), row.confidence, row.model_version,
                static_cast<int64_t>(row.processing), row.trace_id, row.import_id, row.fingerprint,
                int64_t{row.occurrence}, OrNull(stored.predicted), stored.alternatives_json, stored.revision,
                row.external_id, stored.parent, int64_t{stored.part_count}, stored.note, JoinTags(stored.tags),
                stored.deleted_ns, int64_t{stored.reconciled ? 1 : 0}, stored.transfer_id, stored.source, stored.rule_id,
                stored.original ? sql::SqlValue(stored.original->minor) : sql::SqlValue(), std::string(stored.original ? stored.original->currency.str() : "")})
      .status();
}

base::Status UpdateTransaction(sql::Connection& connection, const StoredTransaction& stored) {
  const Transaction& row = stored.row;
  return connection
      .Execute("UPDATE transactions SET day = $2, amount_minor = $3, raw_description = $4, description = $5, mcc = $6,"
               " booked_at_ns = $7, status = $8, category = $9, category_source = $10, confidence = $11, external_id = $12,"
               " part_count = $13, note = $14, tags = $15, deleted_ns = $16, reconciled = $17, transfer_id = $18,"
               " source = $19, rule_id = $20, revision = $21 WHERE id = $1",
               {row.id, int64_t{row.date.days()}, row.amount.minor, row.raw_description, row.description, OrNull(row.mcc),
                OrNull(row.booked_at_ns), static_cast<int64_t>(row.status), static_cast<int64_t>(row.category),
                static_cast<int64_t>(row.category_source), row.confidence, row.external_id, int64_t{stored.part_count},
                stored.note, JoinTags(stored.tags), stored.deleted_ns, int64_t{stored.reconciled ? 1 : 0},
                stored.transfer_id, stored.source, stored.rule_id, stored.revision})
      .status();
}

base::Status DeleteTransaction(sql::Connection& connection, const std::string& id) {
  return connection.Execute("DELETE FROM transactions WHERE id = $1", {id}).status();
}

base::Result<int64_t> CountFingerprint(sql::Connection& connection, const std::string& account,
                                       const std::string& fingerprint) {
  ASSIGN_OR_RETURN(const sql::Rows rows,
                   connection.Query("SELECT (SELECT COUNT(*) FROM transactions WHERE account = $1 AND fingerprint = $2)"
                                    " + (SELECT COUNT(*) FROM merged_ids WHERE account = $1 AND fingerprint = $2)",
                                    {account, fingerprint}));
  return rows[0].Int(0);
}

base::Result<std::optional<StoredTransaction>> FindExternal(sql::Connection& connection, const std::string& account,
                                                            const std::string& external_id) {
  static const std::string kStatement =
      fmt::format("SELECT {} FROM transactions WHERE account = $1 AND external_id = $2 AND external_id <> ''"
                  " ORDER BY day DESC LIMIT 1", TransactionColumns());
  ASSIGN_OR_RETURN(auto found, FirstOf(connection.Query(kStatement, {account, external_id})));
  if (found) return found;
  ASSIGN_OR_RETURN(const sql::Rows merged,
                   connection.Query("SELECT transaction_id FROM merged_ids WHERE account = $1 AND external_id = $2"
                                    " AND external_id <> '' LIMIT 1",
                                    {account, external_id}));
  if (merged.empty()) return std::optional<StoredTransaction>();
  return FindTransaction(connection, merged[0].Text(0));
}

// One statement for a row that is waiting: each moves its entry in the index of the pages.
base::Result<bool> StoreOutcome(sql::Connection& connection, const Outcome& outcome) {
  // Source 0 is nobody, 3 the model.
  constexpr std::string_view kPredicted =
      "predicted = $2, model_version = $3, alternatives = $4,"
      " category = CASE WHEN category_source IN (0, 3) THEN $2 ELSE category END,"
      " confidence = CASE WHEN category_source IN (0, 3) THEN $5 ELSE confidence END,"
      " category_source = CASE WHEN category_source IN (0, 3) THEN 3 ELSE category_source END";
  static const std::string both = fmt::format(
      "UPDATE transactions SET {}, processing = $6, span_id = CASE WHEN trace_id = '' THEN $8 ELSE span_id END,"
      " trace_id = CASE WHEN trace_id = '' THEN $7 ELSE trace_id END WHERE id = $1 AND processing = 0",
      kPredicted);
  static const std::string predicted_only = fmt::format("UPDATE transactions SET {} WHERE id = $1", kPredicted);
  const auto processing = static_cast<int64_t>(outcome.processing);
  int64_t changed = 0;
  if (outcome.predicted) {
    const auto category = static_cast<int64_t>(*outcome.predicted);
    ASSIGN_OR_RETURN(changed, connection.Execute(both, {outcome.id, category, outcome.model_version, outcome.alternatives_json,
                                                        outcome.confidence, processing, outcome.trace_id, outcome.span_id}));
    if (changed > 0) return outcome.processing != Processing::kQueued;
    RETURN_IF_ERROR(connection
                        .Execute(predicted_only, {outcome.id, category, outcome.model_version, outcome.alternatives_json, outcome.confidence})
                        .status());
    return false;
  }
  ASSIGN_OR_RETURN(changed, connection.Execute("UPDATE transactions SET processing = $2,"
                                               " span_id = CASE WHEN trace_id = '' THEN $4 ELSE span_id END,"
                                               " trace_id = CASE WHEN trace_id = '' THEN $3 ELSE trace_id END"
                                               " WHERE id = $1 AND processing = 0",
                                               {outcome.id, processing, outcome.trace_id, outcome.span_id}));
  return changed > 0 && outcome.processing != Processing::kQueued;
}

std::string JoinTags(const std::vector<std::string>& tags) {
  if (tags.empty()) return {};
  std::string text = ",";
  for (const std::string& tag : tags) text += tag + ",";
  return text;
}

std::vector<std::string> SplitTags(std::string_view text) {
  std::vector<std::string> tags;
  while (!text.empty()) {
    const size_t comma = std::min(text.find(','), text.size());
    if (comma > 0) tags.emplace_back(text.substr(0, comma));
    text.remove_prefix(std::min(comma + 1, text.size()));
  }
  return tags;
}

}  // namespace finance::transaction_processor
