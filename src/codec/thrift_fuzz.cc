#include <cstddef>
#include <cstdint>
#include <string_view>

#include "codec/thrift.h"

// Walks any struct by skipping its fields.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace awry::codec;
  if (size == 0) return 0;
  const auto encoding = (data[0] & 1) != 0 ? ThriftEncoding::kBinary : ThriftEncoding::kCompact;
  ThriftReader reader(encoding,
                      std::string_view(reinterpret_cast<const char*>(data) + 1, size - 1));
  reader.StructBegin();
  for (ThriftField field; reader.NextField(field);) reader.Skip(field.type);
  reader.StructEnd();
  return 0;
}
