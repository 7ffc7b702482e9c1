// Amounts as people write them on a command line.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>

#include "base/status.h"

namespace awry::app {

// "50GB", "64MiB", "1048576": bytes. k, M, G, T are powers of 1000, with an i of 1024.
base::Result<uint64_t> ParseBytes(std::string_view text);
// "30d", "12h", "90m"; "" and "0" are none.
base::Result<std::chrono::seconds> ParseAge(std::string_view text);
// Nothing for "0" and "" (off); 0 for "auto"; else the port.
base::Result<std::optional<uint16_t>> ParsePort(std::string_view text);

}  // namespace awry::app
