// A row of a file that met a stored one: the bank's values are taken over, the user's stay.
#pragma once

#include <string>
#include <vector>

#include "base/status.h"
#include "finance/transaction_processor/edit.h"
#include "finance/transaction_processor/import_plan.h"
#include "finance/transaction_processor/import_table.h"
#include "sql/database.h"

namespace finance::transaction_processor {

// Takes date, amount, id, raw text and status over; both ids and both contents are known from then on. With
// another amount the row is in no transfer any more. `changed` gets the ids of all rows that are not as they were.
base::Status MergeRow(sql::Connection& connection, const EditContext& context, const Import& import, const PlannedRow& planned,
                      std::vector<std::string>& changed);

// Notes that a row of the file is known under this content and id too, and changes nothing else.
base::Status NoteIds(sql::Connection& connection, const Import& import, const PlannedRow& planned);

// Gives rows back what an import has taken over. What was said of another amount since goes: transfers, parts, the
// mark of a reconciled row. `changed` gets their ids.
base::Status UndoMerges(sql::Connection& connection, const EditContext& context, const std::string& import_id,
                        std::vector<std::string>& changed);

}  // namespace finance::transaction_processor
