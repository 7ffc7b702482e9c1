// Reads OFX 1.x (SGML), OFX 2.x (XML) and QFX. Which of them it is does not matter here: leaf tags may
// be closed or not in all.
#pragma once

#include <string_view>

#include "finance/statement/statement.h"

namespace finance::statement {

bool LooksLikeOfx(std::string_view text);

// `text` is decoded. Sets rows, errors and balances of `out`.
base::Status ParseOfx(std::string_view text, const Profile& profile, ledger::Date today, Statement& out);

}  // namespace finance::statement
