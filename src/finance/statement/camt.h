// Reads ISO 20022 bank-to-customer messages: camt.052 (report), camt.053 (statement), camt.054
// (notification), in all their versions.
#pragma once

#include <string_view>

#include "finance/statement/statement.h"

namespace finance::statement {

// Both take UTF-8, whatever the XML declaration says of the file.
bool LooksLikeCamt(std::string_view bytes);
base::Status ParseCamt(std::string_view bytes, const Profile& profile, ledger::Date today, Statement& out);

}  // namespace finance::statement
