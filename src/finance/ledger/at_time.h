// Points in time as people and programs write them.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/status.h"

namespace finance::ledger {

struct AtTime {
  int64_t unix_ns = 0;
  bool day_only = false;
};

// "2026-01-31T12:34:56.5Z", "…+01:00", or "2026-01-31": noon UTC of that day, `day_only`.
awry::base::Result<AtTime> ParseAt(std::string_view text);

}  // namespace finance::ledger
