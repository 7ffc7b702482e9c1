#include <map>
#include <string>
#include <vector>

#include "codec/base64.h"
#include "codec/json.h"
#include "wire/jaeger_json.h"
#include "wire/jaeger_tags.h"

namespace awry::wire {
namespace {

using codec::JsonWriter;
using trace::ValueKind;
using trace::ValueView;

constexpr int64_t kExactInDouble = (int64_t{1} << 53) - 1;

void WriteTag(JsonWriter& json, std::string_view key, const ValueView& value) {
  json.BeginObject().Key("key").String(key).Key("type");
  switch (value.kind) {
    case ValueKind::kBool:
      json.String("bool").Key("value").Bool(value.boolean);
      break;
    case ValueKind::kInt:
      json.String("int64").Key("value");
      if (value.integer > kExactInDouble || value.integer < -kExactInDouble) {
        json.String(std::to_string(value.integer));
      } else {
        json.Int(value.integer);
      }
      break;
    case ValueKind::kDouble:
      json.String("float64").Key("value").Double(value.real);
      break;
    case ValueKind::kBytes:
      json.String("binary").Key("value").String(codec::Base64Encode(value.bytes));
      break;
    case ValueKind::kString:
      json.String("string").Key("value").String(value.bytes);
      break;
    default:
      json.String("string").Key("value").String(trace::ToText(value));
  }
  json.EndObject();
}

// `tags` are the writer's own buffer, kept from use to use.
void WriteTags(JsonWriter& json, std::string_view key, const std::vector<StagedAttribute>& tags) {
  json.Key(key).BeginArray();
  for (const StagedAttribute& tag : tags) WriteTag(json, tag.key, tag.value);
  json.EndArray();
}

void WriteReference(JsonWriter& json, bool is_child_of, const trace::TraceId& trace_id,
                    trace::SpanId span_id) {
  json.BeginObject().Key("refType").String(is_child_of ? "CHILD_OF" : "FOLLOWS_FROM");
  json.Key("traceID").String(JaegerTraceIdText(trace_id));
  json.Key("spanID").String(trace::SpanIdToHex(span_id)).EndObject();
}

void WriteReferences(JsonWriter& json, const trace::Span& span) {
  json.Key("references").BeginArray();
  if (span.parent_id != 0) WriteReference(json, true, span.trace_id, span.parent_id);
  for (const trace::Link& link : span.links)
    WriteReference(json, IsChildOf(link), link.trace_id, link.span_id);
  json.EndArray();
}

void WriteLogs(JsonWriter& json, const std::vector<trace::Event>& events,
               std::vector<StagedAttribute>& fields) {
  json.Key("logs").BeginArray();
  for (const trace::Event& event : events) {
    json.BeginObject().Key("timestamp").Int(event.time_ns / 1000);
    JaegerLogFields(event, fields);
    WriteTags(json, "fields", fields);
    json.EndObject();
  }
  json.EndArray();
}

void WriteWarnings(JsonWriter& json, const std::vector<std::string>& warnings) {
  json.Key("warnings");
  if (warnings.empty()) {
    json.Null();
    return;
  }
  json.BeginArray();
  for (const std::string& warning : warnings) json.String(warning);
  json.EndArray();
}

// Numbers distinct (service, tags) by first appearance: p1, p2, …
class Processes {
 public:
  size_t NumberOf(const std::shared_ptr<const trace::Resource>& resource) {
    if (const auto known = by_pointer_.find(resource); known != by_pointer_.end())
      return known->second;
    if (by_pointer_.size() >= kPointersMax) by_pointer_.clear();
    size_t number = 0;
    while (number < list_.size() && !Same(*list_[number], *resource)) ++number;
    if (number == list_.size()) list_.push_back(resource);
    return by_pointer_[resource] = number + 1;
  }
  void Write(JsonWriter& json) const {
    json.Key("processes").BeginObject();
    std::vector<StagedAttribute> tags;
    for (size_t i = 0; i < list_.size(); ++i) {
      json.Key("p" + std::to_string(i + 1))
          .BeginObject()
          .Key("serviceName")
          .String(list_[i]->service);
      tags.clear();
      AppendTagsByKey(list_[i]->attributes, tags);
      WriteTags(json, "tags", tags);
      json.EndObject();
    }
    json.EndObject();
  }

 private:
  static bool Same(const trace::Resource& a, const trace::Resource& b) {
    return a.service == b.service && a.attributes == b.attributes;
  }
  static constexpr size_t kPointersMax = 1'024;  // they keep their resources
  std::map<std::shared_ptr<const trace::Resource>, size_t> by_pointer_;
  std::vector<std::shared_ptr<const trace::Resource>> list_;
};

void WriteSpan(JsonWriter& json, const trace::Span& span, size_t process,
               std::vector<StagedAttribute>& tags) {
  json.BeginObject().Key("traceID").String(JaegerTraceIdText(span.trace_id));
  json.Key("spanID").String(trace::SpanIdToHex(span.span_id));
  if (const uint32_t flags = span.flags & 0xff; flags != 0) json.Key("flags").UInt(flags);
  json.Key("operationName").String(span.name);
  WriteReferences(json, span);
  json.Key("startTime").Int(span.start_ns / 1000);
  json.Key("duration").Int(span.duration_ns() / 1000);
  JaegerSpanTags(span, tags);
  WriteTags(json, "tags", tags);
  WriteLogs(json, span.events, tags);
  json.Key("processID").String("p" + std::to_string(process));
  WriteWarnings(json, span.warnings);
  json.EndObject();
}

}  // namespace

std::string JaegerTraceIdText(const trace::TraceId& id) {
  return id.high == 0 ? trace::SpanIdToHex(id.low) : trace::ToHex(id);
}

struct JaegerTraceJson::Impl {
  explicit Impl(std::string& out) : json(out) {}
  JsonWriter json;
  Processes processes;
  std::vector<StagedAttribute> tags;
};

JaegerTraceJson::JaegerTraceJson(const trace::TraceId& id, std::string& out)
    : impl_(std::make_unique<Impl>(out)) {
  impl_->json.BeginObject().Key("traceID").String(JaegerTraceIdText(id)).Key("spans").BeginArray();
}

JaegerTraceJson::~JaegerTraceJson() = default;

void JaegerTraceJson::Add(const trace::Span& span) {
  WriteSpan(impl_->json, span, impl_->processes.NumberOf(span.resource), impl_->tags);
}

void JaegerTraceJson::Finish() {
  impl_->json.EndArray();
  impl_->processes.Write(impl_->json);
  impl_->json.Key("warnings").Null().EndObject();
}

void AppendJaegerTraceJson(const trace::Trace& trace, std::string& out) {
  JaegerTraceJson json(trace.id, out);
  for (const trace::Span& span : trace.spans) json.Add(span);
  json.Finish();
}

}  // namespace awry::wire
