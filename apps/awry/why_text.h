// The answer of why for a terminal: sentence first, then its evidence.
#pragma once

#include <string>

#include "codec/json.h"

namespace awry::app {

enum class Asked { kLabelled, kSingle, kOnset };

// `answer` is what POST /api/v1/why gives to that question.
std::string WhyText(codec::JsonValue answer, Asked asked);

}  // namespace awry::app
