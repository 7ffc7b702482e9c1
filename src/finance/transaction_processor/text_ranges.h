// Where a search finds every row that there is: the totals of such days are kept sums, and no row is looked at.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "finance/ledger/date.h"
#include "finance/ledger/user_id.h"
#include "sql/database.h"

namespace finance::transaction_processor {

namespace base = awry::base;
namespace sql = awry::sql;

// `text` as a phrase for MATCH of the trigrams, which find it anywhere in a text. At least three characters.
std::string TrigramPhrase(std::string_view text);

// The smallest place among the trigrams that a row of this day can have; see ledger_schema.
int64_t FirstPlaceOf(ledger::Date day);

// The rows behind hits, for FROM. CROSS JOIN keeps SQLite from turning the order around, and by another index it
// would look at every row of a user for every hit as soon as it is told of days.
inline constexpr std::string_view kRowsOfText =
    "transaction_text CROSS JOIN transactions INDEXED BY transactions_by_seq ON transactions.seq = (transaction_text.rowid & 4294967295)";

struct TextRange {
  ledger::Date from, to;  // included
  bool everywhere;        // in every row of these days that is no part of a split, and none of the user's is one
};
// The days from `from` to `to` on which `user` has rows, oldest first, whole months where possible. A few months
// tell whether the phrase is frequent enough to go on; when not, what is left is one range. SQLite only.
base::Result<std::vector<TextRange>> RangesOfText(sql::Connection& connection, const ledger::UserId& user, std::optional<ledger::Date> from,
                                                  std::optional<ledger::Date> to, const std::string& phrase);

}  // namespace finance::transaction_processor
