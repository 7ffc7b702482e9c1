// {"resourceSpans":[{"resource":{…},"scopeSpans":[{"scope":{…},"spans":[…]}]}]}
#include <algorithm>
#include <string>
#include <vector>

#include "codec/base64.h"
#include "codec/json.h"
#include "wire/otlp_json.h"
#include "wire/pb_reader.h"

#include <bit>

namespace awry::wire {
namespace {

using codec::JsonWriter;
using trace::ValueKind;
using trace::ValueView;

void WriteAny(JsonWriter& json, const ValueView& value, int depth);

// `any` is the protobuf of an AnyValue; what cannot be read is written as a null value.
void WriteAnyProto(JsonWriter& json, std::string_view any, int depth) {
  PbReader reader(any);
  uint64_t number = 0;
  std::string_view bytes;
  ValueView value;
  if (reader.Next()) {
    switch (reader.field()) {
      case 1:
        if (reader.Bytes(bytes)) value = ValueView::String(bytes);
        break;
      case 2:
        if (reader.Varint(number)) value = ValueView::Bool(number != 0);
        break;
      case 3:
        if (reader.Varint(number)) value = ValueView::Int(static_cast<int64_t>(number));
        break;
      case 4:
        if (reader.Fixed64(number)) value = ValueView::Double(std::bit_cast<double>(number));
        break;
      case 5:
        if (reader.Bytes(bytes)) value = ValueView::Array(bytes);
        break;
      case 6:
        if (reader.Bytes(bytes)) value = ValueView::Map(bytes);
        break;
      case 7:
        if (reader.Bytes(bytes)) value = ValueView::Bytes(bytes);
        break;
      default:
        break;
    }
  }
  WriteAny(json, value, depth);
}

void WriteNested(JsonWriter& json, const ValueView& value, int depth) {
  const bool is_map = value.kind == ValueKind::kMap;
  json.Key(is_map ? "kvlistValue" : "arrayValue").BeginObject().Key("values").BeginArray();
  PbReader reader(value.bytes);
  std::string_view item;
  while (depth < kNestingDepthMax && reader.Next() && reader.Bytes(item)) {
    std::string_view key, any = item;
    if (!is_map) {
      WriteAnyProto(json, any, depth + 1);
      continue;
    }
    any = {};
    if (!ReadKeyValuePair(item, key, any)) break;
    json.BeginObject().Key("key").String(key).Key("value");
    WriteAnyProto(json, any, depth + 1);
    json.EndObject();
  }
  json.EndArray().EndObject();
}

void WriteAny(JsonWriter& json, const ValueView& value, int depth) {
  json.BeginObject();
  switch (value.kind) {
    case ValueKind::kNull:
      break;
    case ValueKind::kString:
      json.Key("stringValue").String(value.bytes);
      break;
    case ValueKind::kBool:
      json.Key("boolValue").Bool(value.boolean);
      break;
    case ValueKind::kInt:
      json.Key("intValue").String(std::to_string(value.integer));
      break;
    case ValueKind::kDouble:
      json.Key("doubleValue").Double(value.real);
      break;
    case ValueKind::kBytes:
      json.Key("bytesValue").String(codec::Base64Encode(value.bytes));
      break;
    case ValueKind::kArray:
    case ValueKind::kMap:
      WriteNested(json, value, depth);
      break;
  }
  json.EndObject();
}

void WriteAttribute(JsonWriter& json, std::string_view key, const ValueView& value) {
  json.BeginObject().Key("key").String(key).Key("value");
  WriteAny(json, value, 0);
  json.EndObject();
}

// Sorted by key, as Jaeger writes them. Nothing when there are none.
void WriteAttributes(JsonWriter& json, const trace::Attributes& attributes,
                     const std::string* service = nullptr) {
  if (attributes.empty() && service == nullptr) return;
  std::vector<const trace::Attribute*> sorted;
  sorted.reserve(attributes.size());
  for (const trace::Attribute& a : attributes) sorted.push_back(&a);
  std::stable_sort(sorted.begin(), sorted.end(), [](auto* a, auto* b) { return a->key < b->key; });
  json.Key("attributes").BeginArray();
  bool service_is_due = service != nullptr;
  for (const trace::Attribute* a : sorted) {
    if (service_is_due && a->key > "service.name") {
      WriteAttribute(json, "service.name", ValueView::String(*service));
      service_is_due = false;
    }
    WriteAttribute(json, a->key, a->value.view());
  }
  if (service_is_due) WriteAttribute(json, "service.name", ValueView::String(*service));
  json.EndArray();
}

void WriteText(JsonWriter& json, std::string_view key, std::string_view text) {
  if (!text.empty()) json.Key(key).String(text);
}
void WriteCount(JsonWriter& json, std::string_view key, uint32_t count) {
  if (count != 0) json.Key(key).UInt(count);
}
void WriteTime(JsonWriter& json, std::string_view key, int64_t time_ns) {
  if (time_ns != 0) json.Key(key).String(std::to_string(time_ns));
}

void WriteEvent(JsonWriter& json, const trace::Event& event) {
  json.BeginObject();
  WriteTime(json, "timeUnixNano", event.time_ns);
  WriteText(json, "name", event.name);
  WriteAttributes(json, event.attributes);
  WriteCount(json, "droppedAttributesCount", event.dropped_attributes);
  json.EndObject();
}

void WriteLink(JsonWriter& json, const trace::Link& link) {
  json.BeginObject().Key("traceId").String(trace::ToHex(link.trace_id));
  json.Key("spanId").String(trace::SpanIdToHex(link.span_id));
  WriteText(json, "traceState", link.trace_state);
  WriteAttributes(json, link.attributes);
  WriteCount(json, "droppedAttributesCount", link.dropped_attributes);
  WriteCount(json, "flags", link.flags);
  json.EndObject();
}

void WriteSpan(JsonWriter& json, const trace::Span& span) {
  json.BeginObject().Key("traceId").String(trace::ToHex(span.trace_id));
  json.Key("spanId").String(trace::SpanIdToHex(span.span_id));
  WriteText(json, "traceState", span.trace_state);
  if (span.parent_id != 0) json.Key("parentSpanId").String(trace::SpanIdToHex(span.parent_id));
  WriteCount(json, "flags", span.flags);
  WriteText(json, "name", span.name);
  WriteCount(json, "kind", static_cast<uint32_t>(span.kind));
  WriteTime(json, "startTimeUnixNano", span.start_ns);
  WriteTime(json, "endTimeUnixNano", span.end_ns);
  WriteAttributes(json, span.attributes);
  WriteCount(json, "droppedAttributesCount", span.dropped_attributes);
  if (!span.events.empty()) {
    json.Key("events").BeginArray();
    for (const trace::Event& event : span.events) WriteEvent(json, event);
    json.EndArray();
  }
  WriteCount(json, "droppedEventsCount", span.dropped_events);
  if (!span.links.empty()) {
    json.Key("links").BeginArray();
    for (const trace::Link& link : span.links) WriteLink(json, link);
    json.EndArray();
  }
  WriteCount(json, "droppedLinksCount", span.dropped_links);
  json.Key("status").BeginObject();
  WriteText(json, "message", span.status_message);
  WriteCount(json, "code", static_cast<uint32_t>(span.status));
  json.EndObject().EndObject();
}

void OpenResource(JsonWriter& json, const trace::Resource& resource) {
  json.BeginObject().Key("resource").BeginObject();
  WriteAttributes(json, resource.attributes, &resource.service);
  WriteCount(json, "droppedAttributesCount", resource.dropped_attributes);
  json.EndObject().Key("scopeSpans").BeginArray();
}

void CloseResource(JsonWriter& json, const trace::Resource& resource) {
  json.EndArray();
  WriteText(json, "schemaUrl", resource.schema_url);
  json.EndObject();
}

void OpenScope(JsonWriter& json, const trace::Scope& scope) {
  json.BeginObject().Key("scope").BeginObject();
  WriteText(json, "name", scope.name);
  WriteText(json, "version", scope.version);
  WriteAttributes(json, scope.attributes);
  WriteCount(json, "droppedAttributesCount", scope.dropped_attributes);
  json.EndObject().Key("spans").BeginArray();
}

void CloseScope(JsonWriter& json, const trace::Scope& scope) {
  json.EndArray();
  WriteText(json, "schemaUrl", scope.schema_url);
  json.EndObject();
}

template <typename T>
bool SameValue(const T* a, const T* b) {
  return a == b || (a != nullptr && *a == *b);
}

}  // namespace

// Keeps what the last span shares with the next one.
struct OtlpSpansJson::Impl {
  explicit Impl(std::string& out) : json(out) {}
  JsonWriter json;
  std::shared_ptr<const trace::Resource> resource;
  std::shared_ptr<const trace::Scope> scope;
};

OtlpSpansJson::OtlpSpansJson(std::string& out) : impl_(std::make_unique<Impl>(out)) {
  impl_->json.BeginObject().Key("resourceSpans").BeginArray();
}

OtlpSpansJson::~OtlpSpansJson() = default;

void OtlpSpansJson::Add(const trace::Span& span) {
  auto& [json, resource, scope] = *impl_;
  const bool same_resource = resource != nullptr && SameValue(resource.get(), span.resource.get());
  if (!same_resource || !SameValue(scope.get(), span.scope.get())) {
    if (scope != nullptr) CloseScope(json, *scope);
    if (!same_resource) {
      if (resource != nullptr) CloseResource(json, *resource);
      resource = span.resource;
      OpenResource(json, *resource);
    }
    scope = span.scope;
    OpenScope(json, *scope);
  }
  WriteSpan(json, span);
}

void OtlpSpansJson::Finish() {
  auto& [json, resource, scope] = *impl_;
  if (scope != nullptr) CloseScope(json, *scope);
  if (resource != nullptr) CloseResource(json, *resource);
  json.EndArray().EndObject();
}

void AppendOtlpJson(std::span<const trace::Span> spans, std::string& out) {
  OtlpSpansJson json(out);
  for (const trace::Span& span : spans) json.Add(span);
  json.Finish();
}

std::string EncodeOtlpJson(std::span<const trace::Span> spans) {
  std::string out;
  AppendOtlpJson(spans, out);
  return out;
}

std::string EncodeOtlpResponseJson(const DecodeReport& report) {
  if (report.clean()) return "{}";
  std::string out;
  JsonWriter json(out);
  json.BeginObject().Key("partialSuccess").BeginObject();
  if (report.rejected != 0) json.Key("rejectedSpans").String(std::to_string(report.rejected));
  json.Key("errorMessage").String(report.message).EndObject().EndObject();
  return out;
}

std::string EncodeRpcStatusJson(const base::Status& status) {
  std::string out;
  JsonWriter json(out);
  json.BeginObject().Key("code").Int(static_cast<int>(status.code()));
  json.Key("message").String(status.message()).EndObject();
  return out;
}

}  // namespace awry::wire
