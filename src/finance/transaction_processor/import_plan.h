// What an import will write: each row of a file with its outcome, and the draft that waits for the
// confirmation.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "finance/ledger/transaction.h"
#include "finance/statement/statement.h"
#include "finance/transaction_processor/ledger_table.h"
#include "sql/database.h"

namespace finance::transaction_processor {

enum class RowOutcome { kNew, kDuplicate, kMatch };

struct PlannedRow {
  statement::StatementRow row;
  std::string fingerprint;
  int occurrence = 1;
  RowOutcome outcome = RowOutcome::kNew;
  std::string reason;   // of an outcome other than kNew, or a warning
  std::string matched;  // id of the pending transaction that this row books, for kMatch
};

// Gives each row its fingerprint and occurrence, and finds those that the account has already. First
// by the bank's own id, when amount and date agree with it: a pending row that is booked now is a
// match. Then the n-th equal row of the file is a duplicate when n equal rows are stored. So
// importing a file again adds nothing, and true repeats stay.
base::Result<std::vector<PlannedRow>> PlanRows(sql::Connection& connection, const Account& account,
                                               const statement::Statement& statement);

// The draft as text, and back; duplicates are decided again when it is confirmed.
std::string DraftJson(const std::vector<PlannedRow>& rows);
base::Result<statement::Statement> ReadDraftJson(std::string_view json);

// The answer of POST /imports.
std::string PreviewJson(const std::string& import_id, const Account& account, const statement::Statement& statement,
                        const std::vector<PlannedRow>& rows);

}  // namespace finance::transaction_processor
