// Reads SWIFT MT940 and MT942 customer statements.
#pragma once

#include <string_view>

#include "finance/statement/statement.h"

namespace finance::statement {

bool LooksLikeMt940(std::string_view text);

// `text` is decoded.
base::Status ParseMt940(std::string_view text, const Profile& profile, ledger::Date today, Statement& out);

}  // namespace finance::statement
