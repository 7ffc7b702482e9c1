// The answer of why for a terminal: sentence first, then its evidence.
#pragma once

#include <string>

#include "codec/json.h"

namespace awry::app {

// `answer` is what POST /api/v1/why gives.
std::string WhyText(codec::JsonValue answer);

}  // namespace awry::app
