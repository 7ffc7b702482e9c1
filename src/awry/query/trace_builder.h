// Small traces for tests, written in one line a span.
#pragma once

#include <memory>
#include <string>
#include <utility>

#include "trace/span.h"

namespace awry::query {

inline trace::Attribute Attr(std::string key, const char* text) {
  return {std::move(key), trace::Value(trace::ValueView::String(text))};
}
inline trace::Attribute Attr(std::string key, int64_t number) {
  return {std::move(key), trace::Value(trace::ValueView::Int(number))};
}
inline trace::Attribute Attr(std::string key, int number) {
  return Attr(std::move(key), int64_t{number});
}
inline trace::Attribute Attr(std::string key, double number) {
  return {std::move(key), trace::Value(trace::ValueView::Double(number))};
}
inline trace::Attribute Attr(std::string key, bool truth) {
  return {std::move(key), trace::Value(trace::ValueView::Bool(truth))};
}

struct SpanSpec {
  trace::SpanId id = 1;
  trace::SpanId parent = 0;
  std::string service = "svc";
  std::string name = "op";
  trace::Attributes attributes = {};
  int64_t start_ns = 0;
  int64_t duration_ns = 1'000;
  trace::SpanStatus status = trace::SpanStatus::kUnset;
  trace::SpanKind kind = trace::SpanKind::kInternal;
};

inline trace::Span MakeSpan(const trace::TraceId& trace_id, SpanSpec spec) {
  trace::Span span;
  span.trace_id = trace_id;
  span.span_id = spec.id;
  span.parent_id = spec.parent;
  span.name = std::move(spec.name);
  span.kind = spec.kind;
  span.status = spec.status;
  span.start_ns = spec.start_ns;
  span.end_ns = spec.start_ns + spec.duration_ns;
  span.attributes = std::move(spec.attributes);
  span.resource =
      std::make_shared<trace::Resource>(trace::Resource{.service = std::move(spec.service)});
  span.scope = std::make_shared<trace::Scope>();
  return span;
}

inline trace::Trace MakeTrace(uint64_t id, std::vector<SpanSpec> specs) {
  trace::Trace trace{.id = {0, id}, .spans = {}};
  for (SpanSpec& spec : specs) trace.spans.push_back(MakeSpan(trace.id, std::move(spec)));
  return trace;
}

}  // namespace awry::query
