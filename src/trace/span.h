// What happened: spans as plain values that own their strings. Times are Unix nanoseconds.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "trace/ids.h"
#include "trace/value.h"

namespace awry::trace {

// Numbers as in OTLP.
enum class SpanKind : uint8_t { kUnspecified, kInternal, kServer, kClient, kProducer, kConsumer };
enum class SpanStatus : uint8_t { kUnset, kOk, kError };

// "internal", "server", … ; "" for unspecified.
std::string_view SpanKindName(SpanKind kind);

struct Attribute {
  std::string key;
  Value value;
  bool operator==(const Attribute&) const = default;
};
using Attributes = std::vector<Attribute>;  // in arrival order; keys may repeat in hostile input

// The first attribute with `key`, or null.
const Value* Find(const Attributes& attributes, std::string_view key);

struct Resource {
  std::string service;  // service.name, after the cleaning of wire-contract 3.6; not in `attributes`
  Attributes attributes;
  std::string schema_url;
  uint32_t dropped_attributes = 0;
  bool operator==(const Resource&) const = default;
};

struct Scope {
  std::string name;
  std::string version;
  Attributes attributes;
  std::string schema_url;
  uint32_t dropped_attributes = 0;
  bool operator==(const Scope&) const = default;
};

struct Event {
  int64_t time_ns = 0;
  std::string name;
  Attributes attributes;
  uint32_t dropped_attributes = 0;
  bool operator==(const Event&) const = default;
};

struct Link {
  TraceId trace_id;
  SpanId span_id = 0;
  std::string trace_state;
  Attributes attributes;
  uint32_t dropped_attributes = 0;
  uint32_t flags = 0;
  bool operator==(const Link&) const = default;
};

struct Span {
  TraceId trace_id;
  SpanId span_id = 0;
  SpanId parent_id = 0;  // 0: none
  std::string name;
  SpanKind kind = SpanKind::kUnspecified;
  SpanStatus status = SpanStatus::kUnset;
  std::string status_message;
  std::string trace_state;
  int64_t start_ns = 0;
  int64_t end_ns = 0;  // >= start_ns after cleaning
  uint32_t flags = 0;
  uint32_t dropped_attributes = 0;
  uint32_t dropped_events = 0;
  uint32_t dropped_links = 0;
  Attributes attributes;
  std::vector<Event> events;
  std::vector<Link> links;
  std::vector<std::string> warnings;  // of cleaning at ingest
  std::shared_ptr<const Resource> resource;  // never null; shared by the spans of one resource
  std::shared_ptr<const Scope> scope;        // never null

  int64_t duration_ns() const { return end_ns - start_ns; }
};

// About what a span holds in memory; what it shares with others (resource, scope) does not count.
size_t HeldBytes(const Span& span);

// All spans known of one trace, by start time, then span id. Not empty.
struct Trace {
  TraceId id;
  std::vector<Span> spans;
};

// The span without a parent (or whose parent is not in the trace) that starts first; null when
// `trace` is empty.
const Span* Root(const Trace& trace);

}  // namespace awry::trace
