// The index transactions_page holds all columns of the conditions but import, tags and text, so a
// filter reads the table for the rows of its answer only. Text goes by the trigrams first, whose rowid
// is ordered as the page is; texts under three characters are looked for row by row, among the newest.
#include "finance/transaction_processor/row_query.h"

#include <fmt/format.h>

#include <charconv>
#include <map>

#include "codec/base64.h"
#include "finance/transaction_processor/sum_tables.h"
#include "finance/transaction_processor/text_ranges.h"

namespace finance::transaction_processor {
namespace {

using ledger::Category;

struct Position {
  int64_t first = 0;  // day, or the place among the trigrams
  std::string id;     // "" among the trigrams
};

// "DAY:ID" or "PLACE:" as base64: opaque for callers.
std::string CursorOf(const StoredTransaction& stored, bool by_text) {
  const int64_t day = stored.row.date.days();
  return awry::codec::Base64UrlEncode(by_text ? fmt::format("{}:", day * (int64_t{1} << 32) + stored.seq)
                                              : fmt::format("{}:{}", day, stored.row.id));
}

base::Result<Position> ReadCursor(const std::string& cursor) {
  const auto text = awry::codec::Base64Decode(cursor);
  const auto bad = [] { return base::InvalidArgument("cursor is none of ours: start without one"); };
  if (!text.ok()) return bad();
  const size_t colon = text->find(':');
  if (colon == std::string::npos) return bad();
  Position position;
  const auto [end, error] = std::from_chars(text->data(), text->data() + colon, position.first);
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

size_t CharacterCount(std::string_view text) {
  size_t count = 0;
  for (const char c : text) count += (static_cast<unsigned char>(c) & 0xC0) != 0x80 ? 1 : 0;
  return count;
}

constexpr size_t kTrigram = 3;

bool ByTrigrams(const TransactionFilter& filter) { return filter.trigrams && CharacterCount(filter.text) >= kTrigram; }

// Collects conditions and their values.
class Conditions {
 public:
  // `condition` with one '?' for the value.
  void Add(std::string_view condition, sql::SqlValue value) {
    values_.push_back(std::move(value));
    const size_t mark = condition.find('?');
    AddText(fmt::format("{}${}{}", condition.substr(0, mark), values_.size(), condition.substr(mark + 1)));
  }
  // Placeholder for a further value.
  std::string Bind(sql::SqlValue value) {
    values_.push_back(std::move(value));
    return "$" + std::to_string(values_.size());
  }
  void AddText(const std::string& condition) { text_ += (text_.empty() ? " WHERE " : " AND ") + condition; }
  // These as a condition by themselves, inside `outer` where it says {}.
  Conditions Inside(std::string_view outer) const {
    Conditions where;
    where.text_ = " WHERE " + fmt::format(fmt::runtime(outer), text_);
    where.values_ = values_;
    return where;
  }
  const std::string& text() const { return text_; }
  std::span<const sql::SqlValue> values() const { return values_; }

 private:
  std::string text_;
  std::vector<sql::SqlValue> values_;
};

// A part is found by the texts of its whole, as among the trigrams; but for the note they are its own as well.
constexpr std::string_view kNoteOfWhole =
    "CASE WHEN parent = '' THEN note ELSE (SELECT whole.note FROM transactions whole WHERE whole.id = transactions.parent) END";

// `where` begins with the user.
void AddTextCondition(Conditions& where, const TransactionFilter& filter) {
  if (ByTrigrams(filter)) {
    where.Add("transaction_text MATCH ?", TrigramPhrase(filter.text));
  } else if (!filter.text.empty()) {
    if (CharacterCount(filter.text) < kTrigram) {
      const std::string newest = where.Bind(kShortTextRows);
      where.AddText("day >= COALESCE((SELECT newer.day FROM transactions newer WHERE newer.user_id = $1 ORDER BY newer.day DESC LIMIT 1 OFFSET " +
                    newest + "), -1000000)");
    }
    const std::string pattern = where.Bind(LikePattern(filter.text));
    where.AddText(fmt::format("(LOWER(raw_description) LIKE {0} ESCAPE '\\' OR LOWER(description) LIKE {0} ESCAPE '\\' OR LOWER({1}) LIKE {0} ESCAPE '\\')",
                              pattern, kNoteOfWhole));
  }
}

void AddMarkConditions(Conditions& where, const TransactionFilter& filter) {
  if (filter.processing) where.Add("processing = ?", static_cast<int64_t>(*filter.processing));
  if (filter.status) where.Add("status = ?", static_cast<int64_t>(*filter.status));
  if (filter.reconciled) where.Add("reconciled = ?", int64_t{*filter.reconciled ? 1 : 0});
  if (filter.transfer) where.AddText(*filter.transfer ? "transfer_id <> ''" : "transfer_id = ''");
  if (filter.review) where.AddText(fmt::format("category_source = 3 AND confidence < {} AND transfer_id = ''", kSureConfidence));
  where.AddText(filter.deleted ? "deleted_ns <> 0" : "deleted_ns = 0");
}

void AddAmounts(Conditions& where, const TransactionFilter& filter) {
  if (filter.amount_min) where.Add("amount_minor >= ?", *filter.amount_min);
  if (filter.amount_max) where.Add("amount_minor <= ?", *filter.amount_max);
}

void AddDays(Conditions& where, const TransactionFilter& filter) {
  if (ByTrigrams(filter)) {  // the place says the day, without the row
    if (filter.from) where.Add("transaction_text.rowid >= ?", FirstPlaceOf(*filter.from));
    if (filter.to) where.Add("transaction_text.rowid < ?", FirstPlaceOf(filter.to->AddDays(1)));
  } else {
    if (filter.from) where.Add("day >= ?", int64_t{filter.from->days()});
    if (filter.to) where.Add("day <= ?", int64_t{filter.to->days()});
  }
}

// What is asked of the row itself, wherever it is found.
void AddOwnConditions(Conditions& where, const TransactionFilter& filter) {
  if (filter.category) where.Add("category = ?", static_cast<int64_t>(*filter.category));
  AddAmounts(where, filter);
  if (!filter.account.empty()) where.Add("account = ?", filter.account);
  if (!filter.import_id.empty()) where.Add("import_id = ?", filter.import_id);
  if (!filter.source.empty()) where.Add("source = ?", filter.source);
  if (!filter.tag.empty()) {
    where.AddText("tags <> ''");
    where.Add("LOWER(tags) LIKE ? ESCAPE '\\'", LikePattern("," + filter.tag + ","));
  }
  AddMarkConditions(where, filter);
}

Conditions ConditionsOf(const TransactionFilter& filter) {
  Conditions where;
  where.Add("user_id = ?", filter.user.str());
  AddDays(where, filter);
  AddOwnConditions(where, filter);
  AddTextCondition(where, filter);
  return where;
}

std::string TablesOf(const TransactionFilter& filter) {
  if (ByTrigrams(filter)) return std::string(kRowsOfText);
  if (filter.review && filter.trigrams && !filter.deleted) return "transactions INDEXED BY transactions_unsure";
  return "transactions";
}

// The same for a page of rows. SQLite does not know how many rows have an amount: a few of them are read and
// put in order; when they are many, the newest rows are tried until the page is full.
base::Result<std::string> PagedTablesOf(sql::Connection& connection, const TransactionFilter& filter) {
  constexpr int64_t kFewRows = 4000;
  if (!filter.trigrams || (!filter.amount_min && !filter.amount_max) || ByTrigrams(filter) || filter.review) return TablesOf(filter);
  Conditions where;
  where.Add("user_id = ?", filter.user.str());
  AddAmounts(where, filter);
  const std::string limit = where.Bind(kFewRows);
  ASSIGN_OR_RETURN(const sql::Rows rows,
                   connection.Query(fmt::format("SELECT COUNT(*) FROM (SELECT 1 FROM transactions INDEXED BY transactions_amounts{} LIMIT {})",
                                                where.text(), limit),
                                    where.values()));
  return std::string("transactions INDEXED BY ") + (rows[0].Int(0) < kFewRows ? "transactions_amounts" : "transactions_page");
}

base::Status AddCursor(Conditions& where, const TransactionFilter& filter) {
  if (filter.cursor.empty()) return {};
  ASSIGN_OR_RETURN(Position after, ReadCursor(filter.cursor));
  if (ByTrigrams(filter)) {
    where.Add("transaction_text.rowid < ?", after.first);
    return {};
  }
  const std::string day = where.Bind(after.first);
  const std::string id = where.Bind(std::move(after.id));
  // The first half bounds the walk over the index, the second is exact.
  where.AddText(fmt::format("day <= {0} AND (day < {0} OR id < {1})", day, id));
  return {};
}

// A part is found by its category, but it is its whole that a page shows. Only a question for a
// category can meet a part whose whole does not fit, so only then are parts shown by themselves.
std::string PartCondition(const TransactionFilter& filter) { return filter.category ? "part_count = 0" : "parent = ''"; }

base::Result<std::vector<Total>> ReadTotals(const sql::Rows& rows) {
  std::vector<Total> totals;
  for (const sql::Row& row : rows) totals.push_back({row.Text(0), row.Int(1), row.Int(2), row.Int(3)});
  return totals;
}

// Whether the kept sums know all that the filter asks for beside its text.
bool IsBySums(const TransactionFilter& filter) {
  return filter.tag.empty() && filter.import_id.empty() && filter.source.empty() && !filter.amount_min &&
         !filter.amount_max && !filter.processing && !filter.status && !filter.reconciled && !filter.transfer && !filter.review &&
         !filter.deleted;
}

base::Result<std::vector<Total>> TotalsBySums(sql::Connection& connection, const TransactionFilter& filter) {
  const SumSource source = SumsOf({.user = filter.user, .from = filter.from, .to = filter.to, .account = filter.account}, filter.category);
  const std::string_view transfers = filter.category == Category::kTransfer ? "" : " WHERE category <> 2";
  ASSIGN_OR_RETURN(const sql::Rows rows,
                   connection.Query(fmt::format("SELECT currency, SUM(in_minor), SUM(out_minor), SUM(rows) FROM {}{}"
                                                " GROUP BY currency HAVING SUM(rows) > 0 ORDER BY currency",
                                                source.table, transfers),
                                    source.values));
  return ReadTotals(rows);
}

// The currencies to ask for one by one; none when they are many, or not all are known. SQLite groups by sorting,
// which costs more than a second walk.
base::Result<std::vector<std::string>> FewCurrencies(sql::Connection& connection, const TransactionFilter& filter) {
  std::vector<std::string> currencies;
  if (!filter.trigrams || filter.deleted) return currencies;  // a deleted row is in no sum
  ASSIGN_OR_RETURN(const sql::Rows rows, connection.Query("SELECT DISTINCT currency FROM month_sums WHERE user_id = $1 ORDER BY currency",
                                                          {filter.user.str()}));
  if (rows.size() > 2) return currencies;
  for (const sql::Row& row : rows) currencies.push_back(row.Text(0));
  return currencies;
}

constexpr std::string_view kSums = "SUM(CASE WHEN amount_minor > 0 THEN amount_minor ELSE 0 END),"
                                   " SUM(CASE WHEN amount_minor < 0 THEN amount_minor ELSE 0 END), COUNT(*)";

void LeaveTransfersOut(Conditions& where, const TransactionFilter& filter) {
  if (filter.category != Category::kTransfer && filter.transfer != true) where.AddText("category <> 2");
}

base::Status AddTotals(const std::vector<Total>& more, std::map<std::string, Total>& sums) {
  for (const Total& one : more) {
    Total& total = sums.try_emplace(one.currency, Total{.currency = one.currency}).first->second;
    ASSIGN_OR_RETURN(total.in_minor, ledger::AddMinor(total.in_minor, one.in_minor));
    ASSIGN_OR_RETURN(total.out_minor, ledger::AddMinor(total.out_minor, one.out_minor));
    total.rows += one.rows;
  }
  return {};
}

std::vector<Total> InOrder(std::map<std::string, Total> sums) {
  std::vector<Total> totals;
  for (auto& [currency, total] : sums) totals.push_back(std::move(total));
  return totals;
}

// The sums tell whether the user has a row that is split; deleted rows are in none.
base::Result<bool> MayHaveParts(sql::Connection& connection, const TransactionFilter& filter) {
  if (filter.deleted) return true;
  ASSIGN_OR_RETURN(const sql::Rows months, connection.Query("SELECT 1 FROM month_sums WHERE user_id = $1 GROUP BY month"
                                                            " HAVING SUM(rows) <> SUM(balance_rows) LIMIT 1",
                                                            {filter.user.str()}));
  return !months.empty();
}

// Only wholes are among the trigrams: their parts are found by them.
base::Result<std::vector<Total>> TotalsOfParts(sql::Connection& connection, const TransactionFilter& filter) {
  ASSIGN_OR_RETURN(const bool any, MayHaveParts(connection, filter));
  if (!any) return std::vector<Total>();
  Conditions hits;
  AddDays(hits, filter);
  AddTextCondition(hits, filter);
  Conditions where = hits.Inside("parent <> '' AND (SELECT whole.seq FROM transactions AS whole WHERE whole.id = transactions.parent)"
                                 " IN (SELECT transaction_text.rowid & 4294967295 FROM transaction_text{})");
  where.Add("user_id = ?", filter.user.str());
  AddOwnConditions(where, filter);
  LeaveTransfersOut(where, filter);
  ASSIGN_OR_RETURN(const sql::Rows rows, connection.Query(fmt::format("SELECT currency, {} FROM transactions INDEXED BY transactions_by_parent{} GROUP BY currency", kSums, where.text()),
                                                          where.values()));
  return ReadTotals(rows);
}

base::Result<std::vector<Total>> TotalsOfWholes(sql::Connection& connection, const TransactionFilter& filter) {
  Conditions where = ConditionsOf(filter);
  where.AddText("part_count = 0");
  LeaveTransfersOut(where, filter);
  ASSIGN_OR_RETURN(const std::vector<std::string> few, FewCurrencies(connection, filter));
  if (few.empty()) {
    ASSIGN_OR_RETURN(const sql::Rows rows, connection.Query(fmt::format("SELECT currency, {} FROM {}{} GROUP BY currency ORDER BY currency", kSums,
                                                                        TablesOf(filter), where.text()),
                                                            where.values()));
    return ReadTotals(rows);
  }
  std::vector<Total> totals;
  for (const std::string& currency : few) {
    Conditions one = where;
    one.Add("currency = ?", currency);
    ASSIGN_OR_RETURN(const sql::Rows rows,
                     connection.Query(fmt::format("SELECT {} FROM {}{}", kSums, TablesOf(filter), one.text()), one.values()));
    if (rows[0].Int(2) > 0) totals.push_back({currency, rows[0].Int(0), rows[0].Int(1), rows[0].Int(2)});
  }
  return totals;
}

base::Result<std::vector<Total>> TotalsByRows(sql::Connection& connection, const TransactionFilter& filter) {
  ASSIGN_OR_RETURN(std::vector<Total> totals, TotalsOfWholes(connection, filter));
  if (!ByTrigrams(filter)) return totals;
  ASSIGN_OR_RETURN(const std::vector<Total> parts, TotalsOfParts(connection, filter));
  if (parts.empty()) return totals;
  std::map<std::string, Total> sums;
  RETURN_IF_ERROR(AddTotals(totals, sums));
  RETURN_IF_ERROR(AddTotals(parts, sums));
  return InOrder(std::move(sums));
}

// From the sums where every row holds the text, elsewhere from the rows.
base::Result<std::vector<Total>> TotalsByRanges(sql::Connection& connection, const TransactionFilter& filter) {
  ASSIGN_OR_RETURN(const std::vector<TextRange> ranges, RangesOfText(connection, filter.user, filter.from, filter.to, TrigramPhrase(filter.text)));
  std::map<std::string, Total> by_currency;
  for (const TextRange& range : ranges) {
    TransactionFilter part = filter;
    part.from = range.from;
    part.to = range.to;
    ASSIGN_OR_RETURN(const std::vector<Total> totals, range.everywhere ? TotalsBySums(connection, part) : TotalsByRows(connection, part));
    RETURN_IF_ERROR(AddTotals(totals, by_currency));
  }
  return InOrder(std::move(by_currency));
}

}  // namespace

base::Result<TransactionPage> ListTransactions(sql::Connection& connection, const TransactionFilter& filter) {
  const bool by_text = ByTrigrams(filter);
  Conditions where = ConditionsOf(filter);
  where.AddText(PartCondition(filter));
  RETURN_IF_ERROR(AddCursor(where, filter));
  const std::string limit = where.Bind(int64_t{filter.limit} + 1);
  ASSIGN_OR_RETURN(const std::string tables, PagedTablesOf(connection, filter));
  const std::string statement =
      fmt::format("SELECT {} FROM {}{} ORDER BY {} LIMIT {}", TransactionColumns(), tables, where.text(),
                  by_text ? "transaction_text.rowid DESC" : "day DESC, id DESC", limit);
  ASSIGN_OR_RETURN(const sql::Rows rows, connection.Query(statement, where.values()));
  TransactionPage page;
  for (const sql::Row& row : rows) {
    if (page.rows.size() == static_cast<size_t>(filter.limit)) {
      page.next_cursor = CursorOf(page.rows.back(), by_text);
      break;
    }
    ASSIGN_OR_RETURN(StoredTransaction stored, ReadTransaction(row));
    page.rows.push_back(std::move(stored));
  }
  return page;
}

base::Status VisitTransactions(sql::Connection& connection, TransactionFilter filter,
                               const std::function<base::Status(StoredTransaction&)>& visit) {
  constexpr int64_t kChunkRows = 2000;
  std::optional<Position> after;
  while (true) {
    Conditions where = ConditionsOf(filter);
    if (after) {
      const std::string day = where.Bind(after->first);
      const std::string id = where.Bind(after->id);
      where.AddText(fmt::format("day >= {0} AND (day > {0} OR id > {1})", day, id));
    }
    const std::string limit = where.Bind(kChunkRows);
    ASSIGN_OR_RETURN(const sql::Rows rows,
                     connection.Query(fmt::format("SELECT {} FROM {}{} ORDER BY day, id LIMIT {}", TransactionColumns(),
                                                  TablesOf(filter), where.text(), limit),
                                      where.values()));
    for (const sql::Row& row : rows) {
      ASSIGN_OR_RETURN(StoredTransaction stored, ReadTransaction(row));
      after = Position{stored.row.date.days(), stored.row.id};
      RETURN_IF_ERROR(visit(stored));
    }
    if (rows.size() < static_cast<size_t>(kChunkRows)) return {};
  }
}

base::Result<std::vector<Total>> TotalsOf(sql::Connection& connection, const TransactionFilter& filter) {
  if (!IsBySums(filter)) return TotalsByRows(connection, filter);
  if (filter.text.empty()) return TotalsBySums(connection, filter);
  return ByTrigrams(filter) ? TotalsByRanges(connection, filter) : TotalsByRows(connection, filter);
}

}  // namespace finance::transaction_processor
