// SHA-256 for fingerprints and file hashes.
#pragma once

#include <string>
#include <string_view>

namespace finance::ledger {

// 64 lower-case hex digits.
std::string Sha256Hex(std::string_view bytes);

}  // namespace finance::ledger
