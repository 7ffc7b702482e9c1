// What a file says of a row beside date, sum and text: how it becomes the row's own.
#pragma once

#include <string>
#include <vector>

#include "base/status.h"
#include "finance/jobs/job_queue.h"
#include "finance/statement/statement.h"
#include "finance/transaction_processor/edit.h"
#include "finance/transaction_processor/import_plan.h"
#include "finance/transaction_processor/ledger_table.h"
#include "sql/database.h"

namespace finance::transaction_processor {

// In words, what TakeDetails and DivideRow will not take over as it stands: a category of no known name, parts that
// cannot be read or do not sum to the row. "" when all is taken.
std::string RemarkOn(const statement::StatementRow& row);

// Category (source "import"), note, tags and original sum of a new row. A category of no known name becomes a tag.
void TakeDetails(const statement::StatementRow& row, StoredTransaction& out);

// Divides a stored row as the file does; nothing when the file does not, or its parts do not sum to the row.
base::Status DivideRow(sql::Connection& connection, const EditContext& context, const statement::StatementRow& row, StoredTransaction& stored);

// Links the pairs that the file names: rows with the same transfer of our own export, and rows that name an own
// account in which one row fits. `changed` gets the ids of rows that were linked.
base::Status LinkNamedTransfers(sql::Connection& connection, const std::vector<std::pair<const statement::StatementRow*, std::string>>& rows,
                                std::vector<std::string>& changed);

}  // namespace finance::transaction_processor
