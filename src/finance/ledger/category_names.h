// What other programs and people call our categories.
#pragma once

#include <optional>
#include <string_view>

#include "finance/ledger/category.h"

namespace finance::ledger {

// The category with this id or name, in English or German ("Groceries", "Essen & Trinken", "taxes_giving"). Case,
// "&", "and" and punctuation do not count. Of a path ("Food:Groceries", "Auto > Fuel") the last part that is known
// tells, by what stands before it ("Auto:Gas" is no utility). Nothing for a name that nobody knows.
std::optional<Category> CategoryFromName(std::string_view name);

}  // namespace finance::ledger
