// The schema of the processor's database, as steps that are only ever appended to.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace finance::transaction_processor {

// `sql_system`: "sqlite" or "postgresql". Tables that others may read:
//   transactions   one row each, and one for each part of a split (`parent` names the whole)
//   day_sums       sums of the rows above by user, day, account, currency and category, kept by
//                  triggers: `in_minor`, `out_minor`, `rows` leave out deleted rows and split
//                  wholes; `balance_minor`, `balance_rows` leave out deleted rows and parts
//   month_sums     the same by month (months since year 0), see sum_tables.h
//   transaction_text  (SQLite) the words of a row by trigrams; its rowid is day · 2^32 + seq, so
//                  that the newest hits come first
std::vector<std::string> LedgerSteps(std::string_view sql_system);

}  // namespace finance::transaction_processor
