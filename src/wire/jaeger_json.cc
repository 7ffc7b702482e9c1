// A trace is read from a tree: `processes` stands behind `spans` and is needed first. Imports are
// rare.
#include "wire/jaeger_json.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "codec/base64.h"
#include "codec/json.h"
#include "wire/byte_arena.h"
#include "wire/jaeger_tags.h"

namespace awry::wire {
namespace {

using base::InvalidArgument;
using base::OkStatus;
using base::Status;
using codec::JsonValue;
using trace::ValueView;

Status Wrong(std::string_view what) {
  return InvalidArgument("malformed Jaeger JSON: " + std::string(what));
}

std::string_view Text(JsonValue value) { return value.AsString().value_or(std::string_view()); }

// A number, or its digits as a string; microseconds may have a fraction, which is rounded.
int64_t Integer(JsonValue value) {
  if (const auto number = value.AsInt64()) return *number;
  if (const auto real = value.AsDouble()) {
    return static_cast<int64_t>(std::llround(std::clamp(*real, -9.2e18, 9.2e18)));
  }
  const std::string_view text = Text(value);
  int64_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

double Real(JsonValue value) {
  if (const auto real = value.AsDouble()) return *real;
  const std::string_view text = Text(value);
  if (text == "NaN") return std::nan("");
  if (text == "Infinity" || text == "+Inf") return INFINITY;
  if (text == "-Infinity" || text == "-Inf") return -INFINITY;
  double real = 0;
  std::from_chars(text.data(), text.data() + text.size(), real);
  return real;
}

class Decoder {
 public:
  Decoder(trace::SpanSink& sink, DecodeReport& report) : sink_(sink), report_(report) {}

  Status Document(JsonValue root) {
    if (root.is_object() && root.Find("data").is_array()) root = root.Find("data");
    if (root.is_object()) return Trace(root);
    if (!root.is_array())
      return Wrong("expected an object with data, a trace, or an array of traces");
    for (const JsonValue trace : root.items()) RETURN_IF_ERROR(Trace(trace));
    return OkStatus();
  }

 private:
  // Spans are grouped by process, since each process is a resource of its own.
  Status Trace(JsonValue trace) {
    const JsonValue spans = trace.Find("spans");
    if (!spans.is_array()) return Wrong("a trace without spans");
    std::vector<std::string_view> done;
    for (const JsonValue span : spans.items()) {
      const std::string_view process_id = Text(span.Find("processID"));
      if (std::find(done.begin(), done.end(), process_id) != done.end()) continue;
      done.push_back(process_id);
      const JsonValue own = span.Find("process");
      RETURN_IF_ERROR(Process(own.is_object() ? own : trace.Find("processes").Find(process_id)));
      for (const JsonValue other : spans.items()) {
        if (Text(other.Find("processID")) == process_id) RETURN_IF_ERROR(Span(other));
      }
    }
    return OkStatus();
  }

  Status Process(JsonValue process) {
    arena_.Clear();
    tags_.clear();
    has_scope_ = false;
    if (!process.is_object()) {
      resource_.Clear();
    } else {
      RETURN_IF_ERROR(Tags(process.Find("tags"), tags_));
      MapJaegerProcess(Text(process.Find("serviceName")), tags_, arena_, resource_);
    }
    resource_.Deliver(sink_);
    return OkStatus();
  }

  Status Tags(JsonValue tags, std::vector<StagedAttribute>& out) {
    for (const JsonValue tag : tags.items()) {
      if (!tag.is_object()) return Wrong("a tag is no object");
      out.push_back({Text(tag.Find("key")), {}});
      RETURN_IF_ERROR(TagValue(tag, out.back().value));
    }
    return OkStatus();
  }

  Status TagValue(JsonValue tag, ValueView& out) {
    const std::string_view type = Text(tag.Find("type"));
    const JsonValue value = tag.Find("value");
    if (type == "bool") {
      out = ValueView::Bool(value.AsBool().value_or(Text(value) == "true"));
    } else if (type == "int64") {
      out = ValueView::Int(Integer(value));
    } else if (type == "float64") {
      out = ValueView::Double(Real(value));
    } else if (type == "binary") {
      const auto bytes = codec::Base64Decode(Text(value));
      if (!bytes.ok()) return Wrong("a binary tag is no base64");
      out = ValueView::Bytes(arena_.Copy(*bytes));
    } else if (value.is_bool()) {
      out = ValueView::Bool(*value.AsBool());
    } else if (value.is_number()) {
      out = value.AsInt64() ? ValueView::Int(*value.AsInt64()) : ValueView::Double(Real(value));
    } else {
      out = ValueView::String(Text(value));
    }
    return OkStatus();
  }

  Status Span(JsonValue span) {
    span_.Clear();
    span_.is_utf8 = false;
    references_.clear();
    trace::SpanFields& f = span_.fields;
    const auto trace_id = trace::TraceIdFromHex(Text(span.Find("traceID")));
    const auto span_id = trace::SpanIdFromHex(Text(span.Find("spanID")));
    if (!trace_id || !span_id || !trace_id->valid() || *span_id == 0) {
      report_.RejectSpan("span left out: traceID and spanID must be hex and not zero");
      return OkStatus();
    }
    f.trace_id = *trace_id;
    f.span_id = *span_id;
    f.parent_id = trace::SpanIdFromHex(Text(span.Find("parentSpanID"))).value_or(0);
    f.name = Text(span.Find("operationName"));
    f.flags = static_cast<uint32_t>(Integer(span.Find("flags")));
    f.start_ns = NsFromUs(Integer(span.Find("startTime")));
    if (__builtin_add_overflow(f.start_ns, NsFromUs(Integer(span.Find("duration"))), &f.end_ns))
      f.end_ns = f.start_ns;
    RETURN_IF_ERROR(Tags(span.Find("tags"), span_.attributes));
    for (const JsonValue log : span.Find("logs").items()) {
      const size_t first = span_.nested.size();
      RETURN_IF_ERROR(Tags(log.Find("fields"), span_.nested));
      MapJaegerLog(NsFromUs(Integer(log.Find("timestamp"))), first, span_);
    }
    for (const JsonValue reference : span.Find("references").items()) AddReference(reference);
    MapJaegerSpan(references_, span_, scope_);
    if (!has_scope_ || scope_.name != scope_name_ || scope_.version != scope_version_) {
      scope_.Deliver(sink_);
      scope_name_ = scope_.name;
      scope_version_ = scope_.version;
      has_scope_ = true;
    }
    ++report_.accepted;
    span_.Deliver(sink_);
    return OkStatus();
  }

  void AddReference(JsonValue reference) {
    const auto trace_id = trace::TraceIdFromHex(Text(reference.Find("traceID")));
    const auto span_id = trace::SpanIdFromHex(Text(reference.Find("spanID")));
    if (!trace_id || !span_id) {
      report_.DropValue("a reference without hex ids was dropped");
      return;
    }
    references_.push_back({.is_child_of = Text(reference.Find("refType")) != "FOLLOWS_FROM",
                           .trace_id = *trace_id,
                           .span_id = *span_id});
  }

  trace::SpanSink& sink_;
  DecodeReport& report_;
  ByteArena arena_;  // decoded bytes, until the next process
  ResourceStage resource_;
  ScopeStage scope_;
  SpanStage span_;
  std::vector<StagedAttribute> tags_;
  std::vector<JaegerReference> references_;
  std::string_view scope_name_, scope_version_;
  bool has_scope_ = false;
};

}  // namespace

Status DecodeJaegerJson(std::string_view json, trace::SpanSink& sink, DecodeReport& report) {
  ASSIGN_OR_RETURN(const codec::JsonDocument document,
                   codec::JsonDocument::Parse(json, {.bytes_max = size_t{4} << 30}));
  return Decoder(sink, report).Document(document.root());
}

}  // namespace awry::wire
