#include "awry/api/trace_id_text.h"

#include "codec/base64.h"

namespace awry::api {

std::optional<trace::TraceId> ParseTraceId(std::string_view text) {
  if (auto id = trace::TraceIdFromHex(text)) return id->valid() ? id : std::nullopt;
  if (text.size() > 24) return std::nullopt;
  const auto bytes = codec::Base64Decode(text);
  if (!bytes.ok() || (bytes->size() != 8 && bytes->size() != 16)) return std::nullopt;
  auto id = trace::TraceIdFromBytes(*bytes);
  return id.has_value() && id->valid() ? id : std::nullopt;
}

}  // namespace awry::api
