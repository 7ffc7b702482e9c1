// Takes personal details out of a transaction's text before a model or a span sees it.
#pragma once

#include <string>
#include <string_view>

namespace finance::ledger {

// Replaces, deterministically and idempotently:
//   the name after a transfer word ("transfer to JANE DOE" → "transfer to [name]"),
//   IBANs ("DE89370400440532013000" → "[iban]"),
//   card numbers that pass Luhn, grouped or not, and partly starred ones (→ "[card]"),
//   runs of 6 or more digits ("41400673" → "[number]").
// Everything else stays to the byte; merchants' short store numbers are kept on purpose.
std::string MaskText(std::string_view text);

}  // namespace finance::ledger
