// OTLP-shaped spans → Jaeger's Thrift, compact. The reverse of wire-contract 3.5.
#include "codec/thrift.h"
#include "wire/jaeger_tags.h"
#include "wire/jaeger_thrift.h"

namespace awry::wire {
namespace {

using codec::ThriftCompactWriter;
using codec::ThriftType;
using trace::ValueKind;
using trace::ValueView;

struct Tag {
  std::string_view key;
  ValueView value;
};

void WriteTag(ThriftCompactWriter& w, const Tag& tag) {
  w.StructBegin();
  w.FieldBinary(1, tag.key);
  switch (tag.value.kind) {
    case ValueKind::kDouble:
      w.FieldI32(2, 1);
      w.FieldDouble(4, tag.value.real);
      break;
    case ValueKind::kBool:
      w.FieldI32(2, 2);
      w.FieldBool(5, tag.value.boolean);
      break;
    case ValueKind::kInt:
      w.FieldI32(2, 3);
      w.FieldI64(6, tag.value.integer);
      break;
    case ValueKind::kBytes:
      w.FieldI32(2, 4);
      w.FieldBinary(7, tag.value.bytes);
      break;
    case ValueKind::kString:
      w.FieldI32(2, 0);
      w.FieldBinary(3, tag.value.bytes);
      break;
    default:  // arrays and maps as JSON text
      w.FieldI32(2, 0);
      w.FieldBinary(3, trace::ToText(tag.value));
  }
  w.StructEnd();
}

void WriteTags(ThriftCompactWriter& w, int16_t id, const std::vector<Tag>& tags) {
  if (tags.empty()) return;
  w.FieldList(id, ThriftType::kStruct, tags.size());
  for (const Tag& tag : tags) WriteTag(w, tag);
}

std::vector<Tag> TagsOf(const trace::Attributes& attributes) {
  std::vector<Tag> tags;
  tags.reserve(attributes.size() + 8);
  for (const trace::Attribute& a : attributes) tags.push_back({a.key, a.value.view()});
  return tags;
}

// Span tags: the attributes, and what has no field of its own in Jaeger's model.
std::vector<Tag> SpanTags(const trace::Span& span) {
  std::vector<Tag> tags = TagsOf(span.attributes);
  const auto add_text = [&](std::string_view key, std::string_view text) {
    if (!text.empty()) tags.push_back({key, ValueView::String(text)});
  };
  add_text("otel.scope.name", span.scope->name);
  add_text("otel.scope.version", span.scope->version);
  add_text("span.kind", trace::SpanKindName(span.kind));
  if (span.status == trace::SpanStatus::kOk) add_text("otel.status_code", "OK");
  if (span.status == trace::SpanStatus::kError) {
    add_text("otel.status_code", "ERROR");
    tags.push_back({"error", ValueView::Bool(true)});
  }
  add_text("otel.status_description", span.status_message);
  add_text("w3c.tracestate", span.trace_state);
  const auto add_count = [&](std::string_view key, uint32_t count) {
    if (count != 0) tags.push_back({key, ValueView::Int(count)});
  };
  add_count("otel.dropped_attributes_count", span.dropped_attributes);
  add_count("otel.dropped_events_count", span.dropped_events);
  add_count("otel.dropped_links_count", span.dropped_links);
  return tags;
}

void WriteLink(ThriftCompactWriter& w, const trace::Link& link) {
  w.StructBegin();
  w.FieldI32(1, IsChildOf(link) ? 0 : 1);
  w.FieldI64(2, static_cast<int64_t>(link.trace_id.low));
  w.FieldI64(3, static_cast<int64_t>(link.trace_id.high));
  w.FieldI64(4, static_cast<int64_t>(link.span_id));
  w.StructEnd();
}

void WriteLog(ThriftCompactWriter& w, const trace::Event& event) {
  std::vector<Tag> fields;
  if (!event.name.empty()) fields.push_back({"event", ValueView::String(event.name)});
  for (const trace::Attribute& a : event.attributes) fields.push_back({a.key, a.value.view()});
  w.StructBegin();
  w.FieldI64(1, event.time_ns / 1000);
  w.FieldList(2, ThriftType::kStruct, fields.size());
  for (const Tag& field : fields) WriteTag(w, field);
  w.StructEnd();
}

}  // namespace

JaegerDatagramWriter::JaegerDatagramWriter(const trace::Resource& resource) {
  ThriftCompactWriter w(process_);
  w.StructBegin();
  w.FieldBinary(1, resource.service);
  WriteTags(w, 2, TagsOf(resource.attributes));
  w.StructEnd();
}

std::string JaegerDatagramWriter::EncodeSpan(const trace::Span& span) {
  std::string out;
  ThriftCompactWriter w(out);
  w.StructBegin();
  w.FieldI64(1, static_cast<int64_t>(span.trace_id.low));
  w.FieldI64(2, static_cast<int64_t>(span.trace_id.high));
  w.FieldI64(3, static_cast<int64_t>(span.span_id));
  w.FieldI64(4, static_cast<int64_t>(span.parent_id));
  w.FieldBinary(5, span.name);
  if (!span.links.empty()) {
    w.FieldList(6, ThriftType::kStruct, span.links.size());
    for (const trace::Link& link : span.links) WriteLink(w, link);
  }
  w.FieldI32(7, static_cast<int32_t>(span.flags & 0xff));
  w.FieldI64(8, span.start_ns / 1000);
  w.FieldI64(9, span.end_ns / 1000 - span.start_ns / 1000);
  WriteTags(w, 10, SpanTags(span));
  if (!span.events.empty()) {
    w.FieldList(11, ThriftType::kStruct, span.events.size());
    for (const trace::Event& event : span.events) WriteLog(w, event);
  }
  w.StructEnd();
  return out;
}

size_t JaegerDatagramWriter::DatagramBytes(size_t /*count*/, size_t spans_bytes) const {
  // Message header (2 + at most 5 + 10), args and batch headers, list header (at most 6), the ends.
  constexpr size_t kFrameBytesMax = 17 + 2 + 7 + 2;
  return kFrameBytesMax + process_.size() + spans_bytes;
}

std::string JaegerDatagramWriter::Datagram(std::span<const std::string> encoded_spans) {
  std::string out;
  ThriftCompactWriter w(out);
  w.Message("emitBatch", 4, ++sequence_);
  w.StructBegin();
  w.FieldStruct(1);
  w.StructBegin();
  w.FieldStruct(1);
  w.Raw(process_);
  w.FieldList(2, ThriftType::kStruct, encoded_spans.size());
  for (const std::string& span : encoded_spans) w.Raw(span);
  w.StructEnd();
  w.StructEnd();
  return out;
}

}  // namespace awry::wire
