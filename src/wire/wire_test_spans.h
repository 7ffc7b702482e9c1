// Spans that hold every field and every kind of value, for round trips.
#pragma once

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "base/random.h"
#include "trace/span.h"
#include "wire/any_value.h"

namespace awry::wire {

inline trace::Value RandomValue(base::Random& random, int depth = 0) {
  using trace::ValueView;
  switch (random.Below(depth < 3 ? 9 : 6)) {
    case 0:
      return trace::Value(ValueView::String("text \"ä\" \n" + std::to_string(random.Below(100))));
    case 1:
      return trace::Value(ValueView::Bool(random.Chance(0.5)));
    case 2:
      return trace::Value(ValueView::Int(static_cast<int64_t>(random.Next())));
    case 3:
      return trace::Value(ValueView::Double(random.Normal(0, 1e6)));
    case 4:
      return trace::Value(ValueView::Bytes(std::string("\0\xff\x80", 1 + random.Below(3))));
    case 5:
      return trace::Value();
    case 6:
      return trace::Value(ValueView::String(""));
    case 7: {
      std::string array;
      for (uint64_t i = random.Below(4); i > 0; --i)
        AppendArrayItem(RandomValue(random, depth + 1).view(), array);
      return trace::Value(ValueView::Array(array));
    }
    default: {
      std::string map;
      for (uint64_t i = random.Below(4); i > 0; --i) {
        AppendMapEntry("k" + std::to_string(i), RandomValue(random, depth + 1).view(), map);
      }
      return trace::Value(ValueView::Map(map));
    }
  }
}

inline trace::Attributes RandomAttributes(base::Random& random, uint64_t count_max) {
  trace::Attributes attributes;
  for (uint64_t i = random.Below(count_max + 1); i > 0; --i) {
    attributes.push_back({"key." + std::to_string(i), RandomValue(random)});
  }
  return attributes;
}

inline std::vector<trace::Span> RandomSpans(uint64_t seed, size_t count) {
  base::Random random(seed);
  std::vector<trace::Span> spans;
  auto resource = std::make_shared<trace::Resource>();
  auto scope = std::make_shared<trace::Scope>();
  for (size_t i = 0; i < count; ++i) {
    if (i == 0 || random.Chance(0.2)) {
      resource = std::make_shared<trace::Resource>(
          trace::Resource{.service = "svc-" + std::to_string(i),
                          .attributes = RandomAttributes(random, 3),
                          .schema_url = random.Chance(0.5) ? "http://s" : ""});
      resource->dropped_attributes = static_cast<uint32_t>(random.Below(2));
    }
    if (i == 0 || resource.use_count() == 1 || random.Chance(0.3)) {
      scope =
          std::make_shared<trace::Scope>(trace::Scope{.name = random.Chance(0.8) ? "lib" : "",
                                                      .version = random.Chance(0.5) ? "1.0" : "",
                                                      .attributes = RandomAttributes(random, 2)});
    }
    trace::Span& span = spans.emplace_back();
    span.trace_id = {random.Next(), random.Next()};
    span.span_id = random.Next() | 1;
    span.parent_id = random.Chance(0.5) ? random.Next() : 0;
    span.name = "operation " + std::to_string(i);
    span.kind = static_cast<trace::SpanKind>(random.Below(6));
    span.status = static_cast<trace::SpanStatus>(random.Below(3));
    if (span.status == trace::SpanStatus::kError) span.status_message = "failed: <ü>";
    if (random.Chance(0.3)) span.trace_state = "a=b,c=d";
    span.start_ns =
        static_cast<int64_t>(1'600'000'000'000'000'000 + random.Below(1'000'000'000'000));
    span.end_ns = span.start_ns + static_cast<int64_t>(random.Below(1'000'000'000));
    span.flags = static_cast<uint32_t>(random.Below(4) * 0x101);
    span.dropped_attributes = static_cast<uint32_t>(random.Below(3));
    span.dropped_events = static_cast<uint32_t>(random.Below(3));
    span.dropped_links = static_cast<uint32_t>(random.Below(3));
    span.attributes = RandomAttributes(random, 8);
    for (uint64_t e = random.Below(3); e > 0; --e) {
      span.events.push_back({.time_ns = span.start_ns + static_cast<int64_t>(e),
                             .name = "event",
                             .attributes = RandomAttributes(random, 3),
                             .dropped_attributes = static_cast<uint32_t>(random.Below(2))});
    }
    for (uint64_t l = random.Below(3); l > 0; --l) {
      span.links.push_back({.trace_id = {random.Next(), random.Next()},
                            .span_id = random.Next() | 1,
                            .trace_state = random.Chance(0.5) ? "x=y" : "",
                            .attributes = RandomAttributes(random, 2),
                            .flags = static_cast<uint32_t>(random.Below(2))});
    }
    span.resource = resource;
    span.scope = scope;
  }
  return spans;
}

// Attributes sorted by key, as encoders of JSON write them.
inline void SortAttributes(trace::Attributes& attributes) {
  std::stable_sort(attributes.begin(), attributes.end(),
                   [](const auto& a, const auto& b) { return a.key < b.key; });
}

// What Jaeger's model cannot hold is taken off before comparing; times keep what `precision_ns`
// allows (Thrift and JSON microseconds, protobuf nanoseconds).
inline void ReduceToJaeger(trace::Span& span, int64_t precision_ns = 1000) {
  using trace::ValueView;
  const auto reduce = [](trace::Attributes& attributes) {
    for (trace::Attribute& a : attributes) {
      const ValueView v = a.value.view();
      if (v.kind == trace::ValueKind::kArray || v.kind == trace::ValueKind::kMap ||
          v.kind == trace::ValueKind::kNull) {
        a.value = trace::Value(ValueView::String(trace::ToText(v)));
      }
    }
  };
  reduce(span.attributes);
  for (auto& e : span.events) {
    reduce(e.attributes);
    e.time_ns -= e.time_ns % precision_ns;
    e.dropped_attributes = 0;
  }
  span.start_ns -= span.start_ns % precision_ns;
  span.end_ns -= span.end_ns % precision_ns;
  span.flags &= 0xff;
  span.dropped_attributes = span.dropped_events = span.dropped_links = 0;
  if (span.status == trace::SpanStatus::kUnset) span.status_message.clear();
  for (auto& l : span.links) {
    l = {.trace_id = l.trace_id,
         .span_id = l.span_id,
         .attributes = {{"opentracing.ref_type", trace::Value(ValueView::String("follows_from"))}}};
  }
  auto resource = std::make_shared<trace::Resource>(
      trace::Resource{.service = span.resource->service, .attributes = span.resource->attributes});
  reduce(resource->attributes);
  span.resource = resource;
  span.scope = std::make_shared<trace::Scope>(
      trace::Scope{.name = span.scope->name, .version = span.scope->version});
}

inline bool SameSpan(const trace::Span& a, const trace::Span& b) {
  return a.trace_id == b.trace_id && a.span_id == b.span_id && a.parent_id == b.parent_id &&
         a.name == b.name && a.kind == b.kind && a.status == b.status &&
         a.status_message == b.status_message && a.trace_state == b.trace_state &&
         a.start_ns == b.start_ns && a.end_ns == b.end_ns && a.flags == b.flags &&
         a.dropped_attributes == b.dropped_attributes && a.dropped_events == b.dropped_events &&
         a.dropped_links == b.dropped_links && a.attributes == b.attributes &&
         a.events == b.events && a.links == b.links && a.warnings == b.warnings &&
         *a.resource == *b.resource && *a.scope == *b.scope;
}

}  // namespace awry::wire
