// Violations and findings as JSON, for the API and the webhook.
#pragma once

#include <string>
#include <string_view>

#include "awry/check/ledger.h"
#include "codec/json.h"

namespace awry::check {

// {"id","check","severity","trace_id","at_ns","span"?}, into an array of `json`.
void AppendViolation(const Violation& violation, codec::JsonWriter& json);

// {"type":"violation", … as above, "at", "never"?|"always"?, "description"?}. `check` may be null.
std::string ViolationEvent(const Violation& violation, const Check* check);
// {"type":"finding","state","finding"}; `finding` is JSON.
std::string FindingEvent(std::string_view state, std::string_view finding);

}  // namespace awry::check
