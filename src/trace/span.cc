#include "trace/span.h"

#include <array>
#include <unordered_set>

namespace awry::trace {

std::string_view SpanKindName(SpanKind kind) {
  constexpr std::array<std::string_view, 6> kNames{"",       "internal", "server",
                                                   "client", "producer", "consumer"};
  return kNames[static_cast<size_t>(kind)];
}

const Value* Find(const Attributes& attributes, std::string_view key) {
  for (const Attribute& attribute : attributes) {
    if (attribute.key == key) return &attribute.value;
  }
  return nullptr;
}

const Span* Root(const Trace& trace) {
  std::unordered_set<SpanId> ids;
  for (const Span& span : trace.spans) ids.insert(span.span_id);
  const Span* orphan = nullptr;
  for (const Span& span : trace.spans) {
    if (span.parent_id == 0) return &span;
    if (orphan == nullptr && !ids.contains(span.parent_id)) orphan = &span;
  }
  return orphan != nullptr || trace.spans.empty() ? orphan : &trace.spans.front();
}

}  // namespace awry::trace
