// Receives spans as they are decoded, without an object tree between the wire and the columns.
#pragma once

#include <cstdint>
#include <string_view>

#include "trace/ids.h"
#include "trace/span.h"
#include "trace/value.h"

namespace awry::trace {

struct ResourceFields {
  std::string_view service;  // cleaned; never empty
  std::string_view schema_url;
  uint32_t dropped_attributes = 0;
};

struct ScopeFields {
  std::string_view name;
  std::string_view version;
  std::string_view schema_url;
  uint32_t dropped_attributes = 0;
};

struct SpanFields {
  TraceId trace_id;
  SpanId span_id = 0;
  SpanId parent_id = 0;
  std::string_view name;  // cleaned; never empty
  SpanKind kind = SpanKind::kUnspecified;
  SpanStatus status = SpanStatus::kUnset;
  std::string_view status_message;
  std::string_view trace_state;
  int64_t start_ns = 0;
  int64_t end_ns = 0;
  uint32_t flags = 0;
  uint32_t dropped_attributes = 0;
  uint32_t dropped_events = 0;
  uint32_t dropped_links = 0;
};

struct EventFields {
  int64_t time_ns = 0;
  std::string_view name;
  uint32_t dropped_attributes = 0;
};

struct LinkFields {
  TraceId trace_id;
  SpanId span_id = 0;
  std::string_view trace_state;
  uint32_t dropped_attributes = 0;
  uint32_t flags = 0;
};

// Calls come in this order: OnResource, its attributes, OnScope, its attributes, then any number
// of spans: OnSpan, its attributes, events (each followed by its attributes), links (likewise),
// warnings, OnSpanEnd. A new OnScope or OnResource may follow an OnSpanEnd. Every view lives for
// the call only. Used by one thread.
class SpanSink {
 public:
  virtual ~SpanSink() = default;
  virtual void OnResource(const ResourceFields& fields) = 0;
  virtual void OnResourceAttribute(std::string_view key, const ValueView& value) = 0;
  virtual void OnScope(const ScopeFields& fields) = 0;
  virtual void OnScopeAttribute(std::string_view key, const ValueView& value) = 0;
  virtual void OnSpan(const SpanFields& fields) = 0;
  virtual void OnAttribute(std::string_view key, const ValueView& value) = 0;
  virtual void OnEvent(const EventFields& fields) = 0;
  virtual void OnEventAttribute(std::string_view key, const ValueView& value) = 0;
  virtual void OnLink(const LinkFields& fields) = 0;
  virtual void OnLinkAttribute(std::string_view key, const ValueView& value) = 0;
  virtual void OnWarning(std::string_view text) = 0;
  virtual void OnSpanEnd() = 0;
};

// Makes trace::Span values.
class SpanCollector final : public SpanSink {
 public:
  void OnResource(const ResourceFields& fields) override;
  void OnResourceAttribute(std::string_view key, const ValueView& value) override;
  void OnScope(const ScopeFields& fields) override;
  void OnScopeAttribute(std::string_view key, const ValueView& value) override;
  void OnSpan(const SpanFields& fields) override;
  void OnAttribute(std::string_view key, const ValueView& value) override;
  void OnEvent(const EventFields& fields) override;
  void OnEventAttribute(std::string_view key, const ValueView& value) override;
  void OnLink(const LinkFields& fields) override;
  void OnLinkAttribute(std::string_view key, const ValueView& value) override;
  void OnWarning(std::string_view text) override;
  void OnSpanEnd() override;

  std::vector<Span>& spans() { return spans_; }

 private:
  std::shared_ptr<Resource> resource_;
  std::shared_ptr<Scope> scope_;
  std::vector<Span> spans_;
};

// Plays `span` (with its resource and scope) into `sink`.
void Replay(const Span& span, SpanSink& sink);

}  // namespace awry::trace
