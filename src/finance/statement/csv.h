// Reads the CSV export of any bank: rows with exact amounts, and an error for every row that cannot
// be read. Decisions about dates and numbers are made by the whole column and reported.
#pragma once

#include <string_view>

#include "finance/statement/statement.h"

namespace finance::statement {

// `text` is decoded. kInvalidArgument when it has no columns of dates and amounts.
base::Result<Statement> ParseCsv(std::string_view text, const Profile& profile, ledger::Date today);

}  // namespace finance::statement
