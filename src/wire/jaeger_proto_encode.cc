// The layout of gogo's generated code, which Jaeger's own clients expect: ids, times and durations
// always stand, also when they are zero; everything else only when it is not.
#include <bit>
#include <vector>

#include "wire/any_value.h"
#include "wire/jaeger_proto.h"
#include "wire/jaeger_tags.h"

namespace awry::wire {
namespace {

using trace::ValueKind;
using trace::ValueView;

constexpr int64_t kNsPerSecond = 1'000'000'000;

enum TagType : uint32_t { kString = 0, kBool = 1, kInt64 = 2, kFloat64 = 3, kBinary = 4 };

void PutText(uint32_t field, std::string_view text, std::string& out) {
  if (!text.empty()) AppendBytesField(field, text, out);
}

template <typename Id>
void PutId(uint32_t field, const Id& id, std::string& out) {
  std::string bytes;
  trace::AppendBytes(id, bytes);
  AppendBytesField(field, bytes, out);
}

// A Timestamp counts nanoseconds upwards, also before 1970.
void PutTime(uint32_t field, int64_t ns, std::string& out) {
  int64_t seconds = ns / kNsPerSecond;
  int64_t nanos = ns % kNsPerSecond;
  if (nanos < 0) {
    nanos += kNsPerSecond;
    --seconds;
  }
  std::string bytes;
  if (seconds != 0) AppendVarintField(1, static_cast<uint64_t>(seconds), bytes);
  if (nanos != 0) AppendVarintField(2, static_cast<uint64_t>(nanos), bytes);
  AppendBytesField(field, bytes, out);
}

void PutTag(uint32_t field, const StagedAttribute& tag, std::string& out) {
  std::string bytes;
  PutText(1, tag.key, bytes);
  const ValueView& value = tag.value;
  const auto type = [&](TagType number) {
    if (number != kString) AppendVarintField(2, number, bytes);
  };
  switch (value.kind) {
    case ValueKind::kBool:
      type(kBool);
      if (value.boolean) AppendVarintField(4, 1, bytes);
      break;
    case ValueKind::kInt:
      type(kInt64);
      if (value.integer != 0) AppendVarintField(5, static_cast<uint64_t>(value.integer), bytes);
      break;
    case ValueKind::kDouble:
      type(kFloat64);
      if (const auto bits = std::bit_cast<uint64_t>(value.real); bits != 0)
        AppendFixed64Field(6, bits, bytes);
      break;
    case ValueKind::kBytes:
      type(kBinary);
      PutText(7, value.bytes, bytes);
      break;
    case ValueKind::kString:
      PutText(3, value.bytes, bytes);
      break;
    default:  // arrays and maps as JSON text
      PutText(3, trace::ToText(value), bytes);
  }
  AppendBytesField(field, bytes, out);
}

void PutReference(bool is_child_of, const trace::TraceId& trace_id, trace::SpanId span_id,
                  std::string& out) {
  std::string bytes;
  PutId(1, trace_id, bytes);
  PutId(2, span_id, bytes);
  if (!is_child_of) AppendVarintField(3, 1, bytes);
  AppendBytesField(4, bytes, out);
}

void PutLog(const trace::Event& event, std::vector<StagedAttribute>& fields, std::string& out) {
  std::string bytes;
  PutTime(1, event.time_ns, bytes);
  JaegerLogFields(event, fields);
  for (const StagedAttribute& field : fields) PutTag(2, field, bytes);
  AppendBytesField(9, bytes, out);
}

void PutProcess(const trace::Resource& resource, std::vector<StagedAttribute>& tags,
                std::string& out) {
  std::string bytes;
  PutText(1, resource.service, bytes);
  tags.clear();
  AppendTagsByKey(resource.attributes, tags);
  for (const StagedAttribute& tag : tags) PutTag(2, tag, bytes);
  AppendBytesField(10, bytes, out);
}

}  // namespace

void AppendJaegerProtoSpan(const trace::Span& span, std::string& out) {
  std::vector<StagedAttribute> tags;
  PutId(1, span.trace_id, out);
  PutId(2, span.span_id, out);
  PutText(3, span.name, out);
  if (span.parent_id != 0) PutReference(true, span.trace_id, span.parent_id, out);
  for (const trace::Link& link : span.links)
    PutReference(IsChildOf(link), link.trace_id, link.span_id, out);
  if (const uint32_t flags = span.flags & 0xff; flags != 0) AppendVarintField(5, flags, out);
  PutTime(6, span.start_ns, out);
  PutTime(7, span.duration_ns(), out);
  JaegerSpanTags(span, tags);
  for (const StagedAttribute& tag : tags) PutTag(8, tag, out);
  for (const trace::Event& event : span.events) PutLog(event, tags, out);
  PutProcess(*span.resource, tags, out);
  for (const std::string& warning : span.warnings) AppendBytesField(12, warning, out);
}

std::string EncodeJaegerProtoSpan(const trace::Span& span) {
  std::string out;
  AppendJaegerProtoSpan(span, out);
  return out;
}

std::string EncodeJaegerProtoSpans(std::span<const trace::Span> spans) {
  std::string out;
  for (const trace::Span& span : spans) AppendBytesField(1, EncodeJaegerProtoSpan(span), out);
  return out;
}

}  // namespace awry::wire
