// Which sign money out has in a CSV file, and whether its balances add up.
#pragma once

#include <optional>
#include <span>

#include "finance/statement/statement.h"

namespace finance::statement {

// `balances` has what the file says after each of `statement`'s rows. Turns all signs when `flip` says so. Unset, they are
// turned when the balances add up only then, or when it reads like a card's statement: most rows positive, and those that are
// negative payments to the card. That last is asked (`ambiguous_signs`), as is a file without any negative row.
// Where every row has a balance, `statement.balances` gets one entry.
void DecideSigns(Statement& statement, std::span<const std::optional<int64_t>> balances, std::optional<bool> flip);

}  // namespace finance::statement
