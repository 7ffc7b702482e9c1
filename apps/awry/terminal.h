// What the commands share in talking to a person.
#pragma once

#include <string>
#include <string_view>

#include "base/status.h"
#include "codec/json.h"

namespace awry::app {

// `text` with control characters made visible: what a stranger put into a trace cannot drive the
// terminal.
std::string Visible(std::string_view text);

// Adds "start" and "end" to an object, of what a person gave as --since and --until; "" adds
// nothing.
base::Status AppendWindow(const std::string& since, const std::string& until,
                          codec::JsonWriter& json);

// "1,912".
std::string Grouped(uint64_t number);

}  // namespace awry::app
