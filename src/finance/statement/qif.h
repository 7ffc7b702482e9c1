// Reads QIF, the Quicken Interchange Format: records of one letter and a text per line, ended by '^'.
#pragma once

#include <string_view>

#include "finance/statement/statement.h"

namespace finance::statement {

bool LooksLikeQif(std::string_view text);

// `text` is decoded. Dates and amounts are decided over the whole file.
base::Status ParseQif(std::string_view text, const Profile& profile, ledger::Date today, Statement& out);

}  // namespace finance::statement
