// The SDK's own way into a Context: baggage with its metadata.
#pragma once

#include <vector>

#include "awry/sdk/context.h"
#include "wire/propagation.h"

namespace awry::sdk {

class ContextAccess {
 public:
  static std::vector<wire::BaggageEntry> Baggage(const Context& context);
  static void SetBaggage(Context& context, std::vector<wire::BaggageEntry> entries);
};

}  // namespace awry::sdk
