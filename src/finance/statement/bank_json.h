// Reads JSON: our own export, and what bank interfaces answer (SimpleFIN, GoCardless, Plaid's sandbox
// users), told apart by their members.
#pragma once

#include <string_view>

#include "finance/statement/statement.h"

namespace finance::statement {

// Value of "schema" in our own export.
inline constexpr std::string_view kOwnSchema = "awry.finance.transactions/1";

bool LooksLikeJson(std::string_view text);
base::Status ParseBankJson(std::string_view text, const Profile& profile, ledger::Date today, Statement& out);

}  // namespace finance::statement
