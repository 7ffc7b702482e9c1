// Whatever parses must survive being written and read again unchanged.
#include <cstddef>
#include <cstdint>

#include "base/check.h"
#include "codec/json.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using awry::codec::JsonDocument;
  const auto first = JsonDocument::Parse({reinterpret_cast<const char*>(data), size});
  if (!first.ok()) return 0;
  std::string once;
  awry::codec::JsonWriter(once).Value(first->root());
  const auto second = JsonDocument::Parse(once);
  CHECK(second.ok());
  std::string twice;
  awry::codec::JsonWriter(twice).Value(second->root());
  CHECK(once == twice);
  (void)first->root().AsInt64();
  (void)first->root().AsUInt64();
  (void)first->root().AsDouble();
  return 0;
}
