#include "trace/span_sink.h"

namespace awry::trace {

void SpanCollector::OnResource(const ResourceFields& fields) {
  resource_ = std::make_shared<Resource>();
  resource_->service = fields.service;
  resource_->schema_url = fields.schema_url;
  resource_->dropped_attributes = fields.dropped_attributes;
  scope_ = std::make_shared<Scope>();
}

void SpanCollector::OnResourceAttribute(std::string_view key, const ValueView& value) {
  resource_->attributes.push_back({std::string(key), Value(value)});
}

void SpanCollector::OnScope(const ScopeFields& fields) {
  scope_ = std::make_shared<Scope>();
  scope_->name = fields.name;
  scope_->version = fields.version;
  scope_->schema_url = fields.schema_url;
  scope_->dropped_attributes = fields.dropped_attributes;
}

void SpanCollector::OnScopeAttribute(std::string_view key, const ValueView& value) {
  scope_->attributes.push_back({std::string(key), Value(value)});
}

void SpanCollector::OnSpan(const SpanFields& fields) {
  Span& span = spans_.emplace_back();
  span.trace_id = fields.trace_id;
  span.span_id = fields.span_id;
  span.parent_id = fields.parent_id;
  span.name = fields.name;
  span.kind = fields.kind;
  span.status = fields.status;
  span.status_message = fields.status_message;
  span.trace_state = fields.trace_state;
  span.start_ns = fields.start_ns;
  span.end_ns = fields.end_ns;
  span.flags = fields.flags;
  span.dropped_attributes = fields.dropped_attributes;
  span.dropped_events = fields.dropped_events;
  span.dropped_links = fields.dropped_links;
  span.resource = resource_;
  span.scope = scope_;
}

void SpanCollector::OnAttribute(std::string_view key, const ValueView& value) {
  spans_.back().attributes.push_back({std::string(key), Value(value)});
}

void SpanCollector::OnEvent(const EventFields& fields) {
  spans_.back().events.push_back({.time_ns = fields.time_ns,
                                  .name = std::string(fields.name),
                                  .attributes = {},
                                  .dropped_attributes = fields.dropped_attributes});
}

void SpanCollector::OnEventAttribute(std::string_view key, const ValueView& value) {
  spans_.back().events.back().attributes.push_back({std::string(key), Value(value)});
}

void SpanCollector::OnLink(const LinkFields& fields) {
  spans_.back().links.push_back({.trace_id = fields.trace_id,
                                 .span_id = fields.span_id,
                                 .trace_state = std::string(fields.trace_state),
                                 .attributes = {},
                                 .dropped_attributes = fields.dropped_attributes,
                                 .flags = fields.flags});
}

void SpanCollector::OnLinkAttribute(std::string_view key, const ValueView& value) {
  spans_.back().links.back().attributes.push_back({std::string(key), Value(value)});
}

void SpanCollector::OnWarning(std::string_view text) {
  spans_.back().warnings.emplace_back(text);
}

void SpanCollector::OnSpanEnd() {}

void Replay(const Span& span, SpanSink& sink) {
  sink.OnResource({.service = span.resource->service,
                   .schema_url = span.resource->schema_url,
                   .dropped_attributes = span.resource->dropped_attributes});
  for (const Attribute& a : span.resource->attributes) sink.OnResourceAttribute(a.key, a.value.view());
  sink.OnScope({.name = span.scope->name,
                .version = span.scope->version,
                .schema_url = span.scope->schema_url,
                .dropped_attributes = span.scope->dropped_attributes});
  for (const Attribute& a : span.scope->attributes) sink.OnScopeAttribute(a.key, a.value.view());
  sink.OnSpan({.trace_id = span.trace_id,
               .span_id = span.span_id,
               .parent_id = span.parent_id,
               .name = span.name,
               .kind = span.kind,
               .status = span.status,
               .status_message = span.status_message,
               .trace_state = span.trace_state,
               .start_ns = span.start_ns,
               .end_ns = span.end_ns,
               .flags = span.flags,
               .dropped_attributes = span.dropped_attributes,
               .dropped_events = span.dropped_events,
               .dropped_links = span.dropped_links});
  for (const Attribute& a : span.attributes) sink.OnAttribute(a.key, a.value.view());
  for (const Event& e : span.events) {
    sink.OnEvent({.time_ns = e.time_ns, .name = e.name, .dropped_attributes = e.dropped_attributes});
    for (const Attribute& a : e.attributes) sink.OnEventAttribute(a.key, a.value.view());
  }
  for (const Link& l : span.links) {
    sink.OnLink({.trace_id = l.trace_id,
                 .span_id = l.span_id,
                 .trace_state = l.trace_state,
                 .dropped_attributes = l.dropped_attributes,
                 .flags = l.flags});
    for (const Attribute& a : l.attributes) sink.OnLinkAttribute(a.key, a.value.view());
  }
  for (const std::string& warning : span.warnings) sink.OnWarning(warning);
  sink.OnSpanEnd();
}

}  // namespace awry::trace
