// Text that is the same in every span is appended as it is; keys and values are escaped.
#include <charconv>
#include <map>
#include <string>
#include <vector>

#include "codec/base64.h"
#include "codec/json.h"
#include "wire/jaeger_json.h"
#include "wire/jaeger_tags.h"

namespace awry::wire {
namespace {

using codec::AppendJsonString;
using codec::JsonWriter;
using trace::ValueKind;
using trace::ValueView;

constexpr int64_t kExactInDouble = (int64_t{1} << 53) - 1;

void AppendInteger(int64_t value, std::string& out) {
  char digits[20];
  out.append(digits, std::to_chars(digits, digits + sizeof(digits), value).ptr);
}

void AppendHex(uint64_t word, std::string& out) {
  constexpr char kDigits[] = "0123456789abcdef";
  char digits[16];
  for (size_t i = 0; i < sizeof(digits); ++i) digits[i] = kDigits[word >> (60 - 4 * i) & 15];
  out.append(digits, sizeof(digits));
}

// As JaegerTraceIdText.
void AppendTraceId(const trace::TraceId& id, std::string& out) {
  if (id.high != 0) AppendHex(id.high, out);
  AppendHex(id.low, out);
}

void AppendTagValue(const ValueView& value, std::string& out) {
  switch (value.kind) {
    case ValueKind::kBool:
      out.append(value.boolean ? "\"bool\",\"value\":true" : "\"bool\",\"value\":false");
      break;
    case ValueKind::kInt: {
      const bool exact = value.integer <= kExactInDouble && value.integer >= -kExactInDouble;
      out.append("\"int64\",\"value\":").append(exact ? "" : "\"");
      AppendInteger(value.integer, out);
      out.append(exact ? "" : "\"");
      break;
    }
    case ValueKind::kDouble:
      out.append("\"float64\",\"value\":");
      JsonWriter(out).Double(value.real);
      break;
    case ValueKind::kBytes:
      out.append("\"binary\",\"value\":");
      AppendJsonString(out, codec::Base64Encode(value.bytes));
      break;
    case ValueKind::kString:
      out.append("\"string\",\"value\":");
      AppendJsonString(out, value.bytes);
      break;
    default:
      out.append("\"string\",\"value\":");
      AppendJsonString(out, trace::ToText(value));
  }
}

// An array of what `append` makes of each.
template <typename Items, typename Append>
void AppendArray(const Items& items, std::string& out, const Append& append) {
  out.push_back('[');
  bool first = true;
  for (const auto& item : items) {
    if (!first) out.push_back(',');
    first = false;
    append(item);
  }
  out.push_back(']');
}

void AppendTags(const std::vector<StagedAttribute>& tags, std::string& out) {
  AppendArray(tags, out, [&](const StagedAttribute& tag) {
    out.append("{\"key\":");
    AppendJsonString(out, tag.key);
    out.append(",\"type\":");
    AppendTagValue(tag.value, out);
    out.push_back('}');
  });
}

void AppendReference(bool is_child_of, const trace::TraceId& trace_id, trace::SpanId span_id,
                     std::string& out) {
  out.append(is_child_of ? "{\"refType\":\"CHILD_OF\",\"traceID\":\"" : "{\"refType\":\"FOLLOWS_FROM\",\"traceID\":\"");
  AppendTraceId(trace_id, out);
  out.append("\",\"spanID\":\"");
  AppendHex(span_id, out);
  out.append("\"}");
}

void AppendReferences(const trace::Span& span, std::string& out) {
  out.append(",\"references\":[");
  if (span.parent_id != 0) AppendReference(true, span.trace_id, span.parent_id, out);
  for (const trace::Link& link : span.links) {
    if (out.back() != '[') out.push_back(',');
    AppendReference(IsChildOf(link), link.trace_id, link.span_id, out);
  }
  out.push_back(']');
}

void AppendLogs(const std::vector<trace::Event>& events, std::vector<StagedAttribute>& fields,
                std::string& out) {
  AppendArray(events, out, [&](const trace::Event& event) {
    out.append("{\"timestamp\":");
    AppendInteger(event.time_ns / 1000, out);
    JaegerLogFields(event, fields);
    out.append(",\"fields\":");
    AppendTags(fields, out);
    out.push_back('}');
  });
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
  void Append(std::string& out) const {
    std::vector<StagedAttribute> tags;
    out.push_back('{');
    for (size_t i = 0; i < list_.size(); ++i) {
      out.append(i == 0 ? "\"p" : ",\"p");
      AppendInteger(static_cast<int64_t>(i + 1), out);
      out.append("\":{\"serviceName\":");
      AppendJsonString(out, list_[i]->service);
      tags.clear();
      AppendTagsByKey(list_[i]->attributes, tags);
      out.append(",\"tags\":");
      AppendTags(tags, out);
      out.push_back('}');
    }
    out.push_back('}');
  }

 private:
  static bool Same(const trace::Resource& a, const trace::Resource& b) {
    return a.service == b.service && a.attributes == b.attributes;
  }
  static constexpr size_t kPointersMax = 1'024;  // they keep their resources
  std::map<std::shared_ptr<const trace::Resource>, size_t> by_pointer_;
  std::vector<std::shared_ptr<const trace::Resource>> list_;
};

// `tags` are the caller's buffer, kept from span to span.
void AppendSpan(const trace::Span& span, size_t process, std::vector<StagedAttribute>& tags,
                std::string& out) {
  out.append("{\"traceID\":\"");
  AppendTraceId(span.trace_id, out);
  out.append("\",\"spanID\":\"");
  AppendHex(span.span_id, out);
  out.push_back('"');
  if (const uint32_t flags = span.flags & 0xff; flags != 0) {
    out.append(",\"flags\":");
    AppendInteger(flags, out);
  }
  out.append(",\"operationName\":");
  AppendJsonString(out, span.name);
  AppendReferences(span, out);
  out.append(",\"startTime\":");
  AppendInteger(span.start_ns / 1000, out);
  out.append(",\"duration\":");
  AppendInteger(span.duration_ns() / 1000, out);
  JaegerSpanTags(span, tags);
  out.append(",\"tags\":");
  AppendTags(tags, out);
  out.append(",\"logs\":");
  AppendLogs(span.events, tags, out);
  out.append(",\"processID\":\"p");
  AppendInteger(static_cast<int64_t>(process), out);
  out.append("\",\"warnings\":");
  if (span.warnings.empty()) {
    out.append("null}");
    return;
  }
  AppendArray(span.warnings, out, [&](const std::string& warning) { AppendJsonString(out, warning); });
  out.push_back('}');
}

}  // namespace

std::string JaegerTraceIdText(const trace::TraceId& id) {
  return id.high == 0 ? trace::SpanIdToHex(id.low) : trace::ToHex(id);
}

struct JaegerTraceJson::Impl {
  std::string& out;
  bool any_span = false;
  Processes processes;
  std::vector<StagedAttribute> tags;
};

JaegerTraceJson::JaegerTraceJson(const trace::TraceId& id, std::string& out)
    : impl_(new Impl{.out = out}) {
  out.append("{\"traceID\":\"");
  AppendTraceId(id, out);
  out.append("\",\"spans\":[");
}

JaegerTraceJson::~JaegerTraceJson() = default;

void JaegerTraceJson::Add(const trace::Span& span) {
  if (impl_->any_span) impl_->out.push_back(',');
  impl_->any_span = true;
  AppendSpan(span, impl_->processes.NumberOf(span.resource), impl_->tags, impl_->out);
}

void JaegerTraceJson::Finish() {
  impl_->out.append("],\"processes\":");
  impl_->processes.Append(impl_->out);
  impl_->out.append(",\"warnings\":null}");
}

void AppendJaegerTraceJson(const trace::Trace& trace, std::string& out) {
  JaegerTraceJson json(trace.id, out);
  for (const trace::Span& span : trace.spans) json.Add(span);
  json.Finish();
}

}  // namespace awry::wire
