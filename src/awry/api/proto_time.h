// google.protobuf.Timestamp and Duration.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace awry::api {

// The bytes of a message, in ns; the nearest that fits. Go's zero time (the year 1) is none. False
// when the bytes are no such message.
bool ReadTimestamp(std::string_view bytes, std::optional<int64_t>& out_ns);
bool ReadDuration(std::string_view bytes, std::optional<int64_t>& out_ns);

}  // namespace awry::api
