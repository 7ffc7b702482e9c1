// Any bytes as a request of the query services or of reflection.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "awry/api/descriptors.h"
#include "awry/api/query_requests.h"
#include "awry/api/v3_query.h"
#include "base/check.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size) {
  using namespace awry::api;
  static const DescriptorIndex index(kDescriptorSet);
  const std::string_view text(reinterpret_cast<const char*>(bytes), size);
  (void)DecodeTraceRequestV2(text);
  (void)DecodeTraceRequestV3(text);
  (void)DecodeOperationsRequest(text);
  (void)DecodeDependenciesRequest(text);
  if (const auto query = QueryOf(text); query.ok()) {
    for (const bool has_filter : {false, true}) {
      auto parameters = DecodeTraceQuery(*query, has_filter);
      if (parameters.ok()) (void)CheckParameters(*std::move(parameters), has_filter);
    }
  }
  // Bytes of a descriptor set that are none.
  (void)DescriptorIndex(text).services();
  CHECK(!AnswerReflection(index, text).empty() || size == 0);
  return 0;
}
