// Rows as files: bank statements, the truth beside them, budgets.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "sample/stream.h"

namespace sample {

// How a bank writes its CSV.
enum class Layout { kIsoSigned, kGerman, kDebitCredit, kDutch };

// The layout of a person's bank, by the id.
Layout LayoutOf(const std::string& user_id);

std::string WriteStatement(const std::vector<Row>& rows, Layout layout, int64_t opening_minor);

// One JSON line a row: user_id, date, description (as in the statement), clean (as the ledger
// cleans it), amount_minor, category, kind. For tests alone.
std::string WriteTruth(const std::string& user_id, const std::vector<Row>& rows);

// The body of PUT /budgets/{user_id}: monthly limits, some of which the rows of the last month
// reach by 80 % and by 100 %.
std::string WriteBudgets(const std::vector<Row>& rows, finance::ledger::Date end);

}  // namespace sample
