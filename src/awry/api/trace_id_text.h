// Trace ids as people and clients write them in addresses.
#pragma once

#include <optional>
#include <string_view>

#include "trace/ids.h"

namespace awry::api {

// Hex of 1 to 32 digits, or base64 (standard or URL, padded or not) of 8 or 16 bytes.
std::optional<trace::TraceId> ParseTraceId(std::string_view text);

}  // namespace awry::api
