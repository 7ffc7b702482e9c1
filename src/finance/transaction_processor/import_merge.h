// A row of a file that met a stored one: the bank's values are taken over, the user's stay.
#pragma once

#include <string>
#include <vector>

#include "base/status.h"
#include "finance/transaction_processor/import_plan.h"
#include "finance/transaction_processor/import_table.h"
#include "sql/database.h"

namespace finance::transaction_processor {

// Takes date, id, raw text and status over; both ids and both contents are known from then on.
base::Status MergeRow(sql::Connection& connection, const Import& import, const PlannedRow& planned);

// Notes that a row of the file is known under this content and id too, and changes nothing else.
base::Status NoteIds(sql::Connection& connection, const Import& import, const PlannedRow& planned);

// Gives rows back what an import has taken over. `changed` gets their ids.
base::Status UndoMerges(sql::Connection& connection, const std::string& import_id, std::vector<std::string>& changed);

}  // namespace finance::transaction_processor
