// What a rule says of amount, day, account and status is asked of the database, which has it in an index; SQLite is
// also asked whether a text holds a word. What else a rule says of texts is decided here, on the rows that hold its
// longest word (by the trigrams, SQLite) or on all that are left. Where nothing is left to decide here, no row is
// read: SQLite counts, and gives the rows to show.
#include "finance/transaction_processor/rule_rows.h"

#include <fmt/format.h>

#include <algorithm>

#include "finance/ledger/clean_description.h"
#include "finance/transaction_processor/text_ranges.h"

namespace finance::transaction_processor {
namespace {

constexpr int64_t kChunkRows = 2000;

bool IsText(const RuleCondition& condition) {
  return condition.field == RuleField::kDescription || condition.field == RuleField::kMerchant;
}

// Blanks are folded before texts are compared; without one, lower case is all that differs. Both fold ASCII only.
bool IsOneWord(const RuleCondition& condition) {
  return IsText(condition) && condition.op == RuleOp::kContains && ledger::FoldText(condition.text).find(' ') == std::string::npos;
}

// Whether the database knows of every condition.
bool IsInSql(const Rule& rule, bool sqlite) {
  return std::all_of(rule.conditions.begin(), rule.conditions.end(),
                     [sqlite](const RuleCondition& one) { return !IsText(one) || (sqlite && IsOneWord(one)); });
}

std::string_view NumberOp(RuleOp op) {
  switch (op) {
    case RuleOp::kAbove: return ">";
    case RuleOp::kBelow: return "<";
    case RuleOp::kFrom: return ">=";
    case RuleOp::kUntil: return "<=";
    default: return "=";
  }
}

// The text after WHERE, and the values of its placeholders.
struct Where {
  std::string text = "user_id = $1 AND deleted_ns = 0 AND parent = ''";
  std::vector<sql::SqlValue> values;

  std::string Bind(sql::SqlValue value) {
    values.push_back(std::move(value));
    return "$" + std::to_string(values.size());
  }
};

std::string SqlOf(const RuleCondition& condition, Where& where) {
  switch (condition.field) {
    case RuleField::kDescription: return fmt::format("instr(lower(raw_description), {}) > 0", where.Bind(ledger::FoldText(condition.text)));
    case RuleField::kMerchant: return fmt::format("instr(lower(description), {}) > 0", where.Bind(ledger::FoldText(condition.text)));
    case RuleField::kAccount: return "account = " + where.Bind(condition.text);
    case RuleField::kStatus:
      return "status = " + where.Bind(static_cast<int64_t>(condition.text == "pending" ? ledger::BankStatus::kPending : ledger::BankStatus::kBooked));
    case RuleField::kAmount: return fmt::format("amount_minor {} {}", NumberOp(condition.op), where.Bind(condition.number));
    case RuleField::kDirection: return condition.text == "out" ? "amount_minor < 0" : "amount_minor >= 0";
    default: return fmt::format("day {} {}", NumberOp(condition.op), where.Bind(condition.number));
  }
}

// Exact for a rule that IsInSql; else rows that do not match are among those that fit.
Where WhereOf(const ledger::UserId& user, const Rule& rule, bool sqlite) {
  Where where;
  where.values.emplace_back(user.str());
  if (!rule.match_all && !IsInSql(rule, sqlite)) return where;
  std::string conditions;
  for (const RuleCondition& condition : rule.conditions) {
    if (IsText(condition) && !(sqlite && IsOneWord(condition))) continue;
    if (!conditions.empty()) conditions += rule.match_all ? " AND " : " OR ";
    conditions += SqlOf(condition, where);
  }
  if (!conditions.empty()) where.text += " AND (" + conditions + ")";
  return where;
}

// The longest word that every matching row holds, as a phrase for the trigrams; "" when there is none of three letters.
std::string PhraseOf(const Rule& rule) {
  std::string longest;
  if (!rule.match_all && rule.conditions.size() > 1) return longest;
  for (const RuleCondition& condition : rule.conditions) {
    if (!IsText(condition)) continue;
    const std::string folded = ledger::FoldText(condition.text);
    for (size_t at = 0; at < folded.size();) {
      const size_t end = std::min(folded.find(' ', at), folded.size());
      if (end - at > longest.size()) longest = folded.substr(at, end - at);
      at = end + 1;
    }
  }
  const auto letters = std::count_if(longest.begin(), longest.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; });
  if (letters < 3) return {};
  return TrigramPhrase(longest);
}

// The columns that ReadRow reads; texts that the rule does not look at are left out.
std::string ColumnsOf(const Rule& rule) {
  const auto looks_at = [&](RuleField field) {
    return std::any_of(rule.conditions.begin(), rule.conditions.end(), [field](const RuleCondition& one) { return one.field == field; });
  };
  const auto if_needed = [](bool needed, std::string_view column) { return needed ? column : std::string_view("''"); };
  return fmt::format("id, account, day, amount_minor, status, {}, {}, category, category_source, transfer_id, reconciled, {}, {}, currency",
                     if_needed(looks_at(RuleField::kDescription), "raw_description"),
                     if_needed(looks_at(RuleField::kMerchant) || rule.merchant, "description"), if_needed(rule.note.has_value(), "note"),
                     if_needed(rule.tag.has_value(), "tags"));
}
constexpr size_t kColumnCount = 14;

// What to read from, and the order of its rows.
struct Source {
  std::string_view table = "transactions";
  std::string_view order = "day, id";
  bool by_text = false;
};

// With a phrase: by its trigrams, whose places are in the order of days, too; adds the phrase to `where`.
Source SourceOf(const std::string& phrase, bool sqlite, Where& where) {
  if (!sqlite) return {};
  // SQLite would rather take the index of the amounts, and put all that it finds in order.
  if (phrase.empty()) return {.table = "transactions INDEXED BY transactions_page"};
  where.text += " AND transaction_text MATCH " + where.Bind(phrase);
  return {kRowsOfText, "transaction_text.rowid", true};
}

base::Result<StoredTransaction> ReadRow(const sql::Row& row, const ledger::UserId& user) {
  ASSIGN_OR_RETURN(const ledger::Currency currency, ledger::Currency::Parse(row.Text(13)));
  StoredTransaction stored{.row = {.id = row.Text(0),
                                   .account = row.Text(1),
                                   .user_id = user,
                                   .date = ledger::Date::FromDays(static_cast<int32_t>(row.Int(2))),
                                   .amount = {row.Int(3), currency},
                                   .raw_description = row.Text(5),
                                   .description = row.Text(6)}};
  stored.row.status = static_cast<ledger::BankStatus>(row.Int(4));
  stored.row.category = ledger::CategoryFromNumber(row.Int(7)).value_or(ledger::Category::kUncategorized);
  stored.row.category_source = static_cast<ledger::CategorySource>(row.Int(8));
  stored.transfer_id = row.Text(9);
  stored.reconciled = row.Int(10) != 0;
  stored.note = row.Text(11);
  stored.tags = SplitTags(row.Text(12));
  return stored;
}

// Rows that fit, page by page.
class Walk {
 public:
  Walk(Where where, std::string columns, const Source& source)
      : where_(std::move(where)), columns_(std::move(columns)), source_(source) {}

  // At most kChunkRows; none at the end. Behind `columns` is the place.
  base::Result<sql::Rows> Next(sql::Connection& connection) {
    Where where = where_;
    if (started_ && source_.by_text) {
      where.text += " AND transaction_text.rowid > " + where.Bind(place_);
    } else if (started_) {
      const std::string day = where.Bind(place_);
      where.text += fmt::format(" AND day >= {0} AND (day > {0} OR id > {1})", day, where.Bind(id_));
    }
    const std::string limit = where.Bind(kChunkRows);
    ASSIGN_OR_RETURN(sql::Rows rows,
                     connection.Query(fmt::format("SELECT {}, {} FROM {} WHERE {} ORDER BY {} LIMIT {}", columns_,
                                                  source_.by_text ? "transaction_text.rowid" : "day", source_.table, where.text,
                                                  source_.order, limit),
                                      where.values));
    if (!rows.empty()) {
      place_ = rows.back().Int(kColumnCount);
      id_ = rows.back().Text(0);
      started_ = true;
    }
    return rows;
  }

 private:
  const Where where_;
  const std::string columns_;
  const Source source_;
  bool started_ = false;
  int64_t place_ = 0;
  std::string id_;
};

// Whether Permitted leaves anything of the rule, in SQL.
std::string PermittedSql(const Rule& rule, Where& where) {
  std::string any = "1 = 0";
  if (rule.category) {
    const auto category = static_cast<int>(*rule.category);
    any += fmt::format(" OR (category_source <> {} AND transfer_id = '' AND reconciled = 0 AND NOT (category = {} AND category_source = {}))",
                       static_cast<int>(ledger::CategorySource::kUser), category, static_cast<int>(ledger::CategorySource::kRule));
  }
  if (rule.note) any += " OR (note = '' AND reconciled = 0)";
  if (rule.merchant) any += " OR (reconciled = 0 AND description <> " + where.Bind(*rule.merchant) + ")";
  if (rule.tag) any += fmt::format(" OR instr(tags, {}) = 0", where.Bind("," + *rule.tag + ","));
  return "(" + any + ")";
}

base::Result<RulePreview> PreviewBySql(sql::Connection& connection, const ledger::UserId& user, const Rule& rule, size_t rows_max) {
  Where where = WhereOf(user, rule, true);
  const Source source = SourceOf(PhraseOf(rule), true, where);
  const std::string permitted = PermittedSql(rule, where);
  ASSIGN_OR_RETURN(const sql::Rows counts,
                   connection.Query(fmt::format("SELECT COUNT(*), COALESCE(SUM(CASE WHEN {} THEN 1 ELSE 0 END), 0) FROM {} WHERE {}", permitted,
                                                source.table, where.text),
                                    where.values));
  RulePreview preview{counts[0].Int(0), counts[0].Int(1), {}};
  const std::string limit = where.Bind(static_cast<int64_t>(rows_max));
  ASSIGN_OR_RETURN(const sql::Rows rows,
                   connection.Query(fmt::format("SELECT {} FROM {} WHERE {} AND {} ORDER BY {} LIMIT {}", TransactionColumns(), source.table,
                                                where.text, permitted, source.order, limit),
                                    where.values));
  for (const sql::Row& row : rows) {
    ASSIGN_OR_RETURN(StoredTransaction stored, ReadTransaction(row));
    preview.rows.push_back(std::move(stored));
  }
  return preview;
}

}  // namespace

base::Status VisitMatches(sql::Connection& connection, std::string_view sql_system, const ledger::UserId& user, const Rule& rule,
                          const std::function<base::Status(StoredTransaction&)>& visit) {
  const bool sqlite = sql_system == "sqlite";
  Where where = WhereOf(user, rule, sqlite);
  const Source source = SourceOf(PhraseOf(rule), sqlite, where);
  Walk walk(std::move(where), ColumnsOf(rule), source);
  while (true) {
    ASSIGN_OR_RETURN(const sql::Rows rows, walk.Next(connection));
    for (const sql::Row& row : rows) {
      ASSIGN_OR_RETURN(StoredTransaction stored, ReadRow(row, user));
      if (Matches(rule, stored)) RETURN_IF_ERROR(visit(stored));
    }
    if (rows.size() < static_cast<size_t>(kChunkRows)) return {};
  }
}

base::Result<RulePreview> PreviewOf(sql::Connection& connection, std::string_view sql_system, const ledger::UserId& user,
                                    const Rule& rule, size_t rows_max) {
  if (sql_system == "sqlite" && IsInSql(rule, true)) return PreviewBySql(connection, user, rule, rows_max);
  RulePreview preview;
  const std::vector<Rule> rules = {rule};
  std::optional<Change> change;  // the same for every row
  RETURN_IF_ERROR(VisitMatches(connection, sql_system, user, rule, [&](StoredTransaction& stored) -> base::Status {
    ++preview.matched;
    if (!change) change = ApplyRules(rules, stored);
    if (!change || !Permitted(*change, stored)) return {};
    if (++preview.changed > static_cast<int64_t>(rows_max)) return {};
    ASSIGN_OR_RETURN(std::optional<StoredTransaction> whole, FindTransaction(connection, stored.row.id));
    if (whole) preview.rows.push_back(std::move(*whole));
    return {};
  }));
  return preview;
}

}  // namespace finance::transaction_processor
