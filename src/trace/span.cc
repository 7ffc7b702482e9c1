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

namespace {

// What a string holds beside itself, with the allocator's own share.
size_t HeapBytes(size_t bytes) {
  constexpr size_t kInside = 15, kOverhead = 17;
  return bytes <= kInside ? 0 : bytes + kOverhead;
}

size_t HeldBytes(const Attributes& attributes) {
  size_t bytes = attributes.capacity() * sizeof(Attribute);
  for (const Attribute& attribute : attributes)
    bytes += HeapBytes(attribute.key.size()) + HeapBytes(attribute.value.view().bytes.size());
  return bytes;
}

}  // namespace

size_t HeldBytes(const Span& span) {
  size_t bytes = sizeof(Span) + HeapBytes(span.name.size()) + HeapBytes(span.status_message.size()) +
                 HeapBytes(span.trace_state.size()) + HeldBytes(span.attributes);
  for (const Event& event : span.events)
    bytes += sizeof(Event) + HeapBytes(event.name.size()) + HeldBytes(event.attributes);
  for (const Link& link : span.links)
    bytes += sizeof(Link) + HeapBytes(link.trace_state.size()) + HeldBytes(link.attributes);
  for (const std::string& warning : span.warnings)
    bytes += sizeof(std::string) + HeapBytes(warning.size());
  return bytes;
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
