#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "wire/propagation.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace awry::wire;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  (void)NormalizeTraceState(text);
  if (const auto parent = ParseTraceParent(text);
      parent && ParseTraceParent(FormatTraceParent(*parent)) != parent)
    abort();
  if (const auto parent = ParseUberTraceId(text);
      parent && ParseUberTraceId(FormatUberTraceId(*parent)) != parent)
    abort();
  const auto entries = ParseBaggage(text);
  if (ParseBaggage(FormatBaggage(entries)).size() > entries.size()) abort();
  return 0;
}
