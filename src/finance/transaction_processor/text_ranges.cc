// The trigrams count the hits of a range of days without a look at the rows, and their table of sizes counts all rows
// of that range, deleted ones and other users' among them, which both sides know alike. Where the counts are equal,
// every row is a hit.
#include "finance/transaction_processor/text_ranges.h"

#include <algorithm>

#include "finance/transaction_processor/sum_tables.h"

namespace finance::transaction_processor {
namespace {

using ledger::Date;

constexpr int kMonthsTried = 3;  // in vain, beyond those that were not

base::Result<int64_t> CountOf(sql::Connection& connection, std::string_view query, std::initializer_list<sql::SqlValue> values) {
  ASSIGN_OR_RETURN(const sql::Rows rows, connection.Query(query, values));
  return rows[0].Int(0);
}

// `rows_min`: how many there are at least.
base::Result<bool> IsEverywhere(sql::Connection& connection, Date from, Date to, int64_t rows_min, const std::string& phrase) {
  const int64_t first = FirstPlaceOf(from), end = FirstPlaceOf(to.AddDays(1));
  ASSIGN_OR_RETURN(const int64_t hits, CountOf(connection, "SELECT COUNT(*) FROM transaction_text WHERE transaction_text MATCH $1 AND rowid >= $2 AND rowid < $3",
                                               {phrase, first, end}));
  if (hits < rows_min) return false;
  ASSIGN_OR_RETURN(const int64_t all, CountOf(connection, "SELECT COUNT(*) FROM transaction_text_docsize WHERE id >= $1 AND id < $2", {first, end}));
  return hits == all;
}

}  // namespace

std::string TrigramPhrase(std::string_view text) {
  std::string phrase = "\"";
  for (const char c : text) phrase.append(c == '"' ? 2 : 1, c);
  return phrase + "\"";
}

int64_t FirstPlaceOf(Date day) { return int64_t{day.days()} * (int64_t{1} << 32); }

base::Result<std::vector<TextRange>> RangesOfText(sql::Connection& connection, const ledger::UserId& user, std::optional<Date> from,
                                                  std::optional<Date> to, const std::string& phrase) {
  ASSIGN_OR_RETURN(const sql::Rows months,
                   connection.Query("SELECT month, SUM(rows), SUM(balance_rows) FROM month_sums WHERE user_id = $1 GROUP BY month"
                                    " HAVING SUM(balance_rows) > 0 ORDER BY month",
                                    {user.str()}));
  std::vector<TextRange> ranges;
  int in_vain = 0, found = 0;
  for (const sql::Row& month : months) {
    TextRange range{FirstDayOfMonth(month.Int(0)), FirstDayOfMonth(month.Int(0) + 1).AddDays(-1), false};
    const bool whole = (!from || range.from >= *from) && (!to || range.to <= *to);
    if (from) range.from = std::max(range.from, *from);
    if (to) range.to = std::min(range.to, *to);
    if (range.from > range.to) continue;
    // Parts, two or more to a split row, are in the sums, but their texts are not among the trigrams.
    if (month.Int(1) == month.Int(2) && in_vain < kMonthsTried + found) {
      ASSIGN_OR_RETURN(range.everywhere, IsEverywhere(connection, range.from, range.to, whole ? month.Int(2) : 0, phrase));
      ++(range.everywhere ? found : in_vain);
    }
    if (!ranges.empty() && ranges.back().everywhere == range.everywhere) {
      ranges.back().to = range.to;
    } else {
      ranges.push_back(range);
    }
  }
  return ranges;
}

}  // namespace finance::transaction_processor
