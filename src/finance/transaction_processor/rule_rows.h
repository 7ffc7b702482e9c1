// Which of a user's rows a rule is about, without reading all of every row.
#pragma once

#include <functional>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "finance/transaction_processor/rule.h"
#include "sql/database.h"

namespace finance::transaction_processor {

// Calls `visit` for the rows that `rule` matches, oldest first; parts of splits and deleted rows never. Of a row
// only what rules look at is filled in: FindTransaction has the rest. `sql_system` as in LedgerSteps.
// Stops with what `visit` returns.
base::Status VisitMatches(sql::Connection& connection, std::string_view sql_system, const ledger::UserId& user, const Rule& rule,
                          const std::function<base::Status(StoredTransaction&)>& visit);

struct RulePreview {
  int64_t matched = 0;
  int64_t changed = 0;
  std::vector<StoredTransaction> rows;  // the oldest that would change, at most as many as asked for, whole
};
// What the rule would do to the rows that there are.
base::Result<RulePreview> PreviewOf(sql::Connection& connection, std::string_view sql_system, const ledger::UserId& user,
                                    const Rule& rule, size_t rows_max);

}  // namespace finance::transaction_processor
