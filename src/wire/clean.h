// The one place where what arrived is made fit to store (wire-contract 3.6), for every format.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "trace/span_sink.h"

namespace awry::wire {

// Attributes, staged between bytes and sink. Views must live until Deliver returns.
struct StagedAttribute {
  std::string_view key;
  trace::ValueView value;
};

struct StagedEvent {
  trace::EventFields fields;
  std::vector<StagedAttribute>::size_type first = 0;  // in SpanStage::nested
  std::vector<StagedAttribute>::size_type end = 0;
};

struct StagedLink {
  trace::LinkFields fields;
  std::vector<StagedAttribute>::size_type first = 0;
  std::vector<StagedAttribute>::size_type end = 0;
};

// A resource or a scope as it was read.
struct ResourceStage {
  std::vector<StagedAttribute> attributes;  // with service.name
  std::string_view schema_url;
  uint32_t dropped_attributes = 0;
  void Clear();
  // Cleans, and calls OnResource and OnResourceAttribute.
  void Deliver(trace::SpanSink& sink);

 private:
  std::string scratch_;
};

struct ScopeStage {
  std::string_view name, version, schema_url;
  std::vector<StagedAttribute> attributes;
  uint32_t dropped_attributes = 0;
  void Clear();
  void Deliver(trace::SpanSink& sink);

 private:
  std::string scratch_;
};

// A span as it was read, fields in any order; buffers are kept from span to span.
struct SpanStage {
  trace::SpanFields fields;
  std::vector<StagedAttribute> attributes;
  std::vector<StagedAttribute> nested;  // of events and links
  std::vector<StagedEvent> events;
  std::vector<StagedLink> links;
  std::vector<std::string_view> warnings;  // that came with the span
  // Set when the format guarantees UTF-8 (JSON), so that it is not checked again.
  bool is_utf8 = false;
  void Clear();
  // Gives back what a very wide span left behind.
  void GiveBackLarge();
  // Cleans, and calls OnSpan … OnSpanEnd.
  void Deliver(trace::SpanSink& sink);

 private:
  std::string scratch_;
};

}  // namespace awry::wire
