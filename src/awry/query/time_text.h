// Points in time as people and protocols write them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/status.h"

namespace awry::query {

// "2026-01-31T12:00:00.5Z": UTC, as many decimals as needed.
std::string TimeToText(int64_t unix_ns);

// RFC 3339 with any offset and up to 9 decimals, in Unix ns. kInvalidArgument, also before 1678
// and after 2261.
base::Result<int64_t> ParseRfc3339(std::string_view text);

// What a person gives as --since or --until: RFC 3339, a date "2026-01-31", "now", a duration
// before `now_ns` ("1h", also "2d"), or Unix seconds, ms, us or ns, told apart by their size.
base::Result<int64_t> ParseTime(std::string_view text, int64_t now_ns);

}  // namespace awry::query
