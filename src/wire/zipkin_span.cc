// The table of wire-contract 4. Where a tag and an endpoint tell the same (service.name,
// peer.service), the endpoint names the service and the tag stays what it is.
#include "wire/zipkin_span.h"

#include <algorithm>
#include <array>

#include "trace/value.h"
#include "wire/jaeger_tags.h"
#include "wire/zipkin_encoded.h"

namespace awry::wire {
namespace {

using trace::ValueKind;
using trace::ValueView;

// Tags with these beginnings speak of the process, not of the span.
constexpr std::string_view kResourcePrefixes[] = {
    "host.",      "k8s.",     "cloud.",   "process.",    "telemetry.", "service.",
    "container.", "device.",  "os.",      "deployment.", "webengine.", "aws.ecs.",
    "aws.eks.",   "aws.log.", "gcp.gce.", "heroku.",     "openshift.", "browser."};
constexpr std::string_view kResourceKeys[] = {"faas.name", "faas.id", "faas.version",
                                              "faas.instance", "faas.max_memory"};
constexpr std::string_view kLinkPrefix = "otlp.link.";
constexpr std::string_view kServiceName = "service.name";

bool IsResourceKey(std::string_view key) {
  if (key.starts_with("service.peer.")) return false;  // the other side's
  return std::ranges::any_of(kResourcePrefixes, [&](auto p) { return key.starts_with(p); }) ||
         std::ranges::find(kResourceKeys, key) != std::end(kResourceKeys);
}

trace::SpanKind KindOf(std::string_view name) {
  for (int kind = 1; kind <= 5; ++kind) {
    if (trace::SpanKindName(static_cast<trace::SpanKind>(kind)) == name)
      return static_cast<trace::SpanKind>(kind);
  }
  return trace::SpanKind::kUnspecified;
}

void AppendPart(std::string_view part, std::string& key) {
  key += std::to_string(part.size());
  key += ':';
  key += part;
}

void AppendKey(const std::vector<StagedAttribute>& attributes, std::string& key) {
  for (const StagedAttribute& a : attributes) {
    AppendPart(a.key, key);
    key += static_cast<char>('0' + static_cast<int>(a.value.kind));
    AppendPart(trace::ToText(a.value), key);
  }
}

}  // namespace

void ZipkinSpan::Clear() {
  trace_id = {};
  id = parent_id = 0;
  kind = trace::SpanKind::kUnspecified;
  name = {};
  timestamp_us.reset();
  duration_us = 0;
  has_duration = debug = false;
  local = remote = {};
  tags.clear();
  annotations.clear();
}

base::Status ZipkinSpan::CheckIds(size_t index) const {
  if (trace_id.valid() && id != 0) return base::OkStatus();
  return base::InvalidArgument(
      "malformed Zipkin span: traceId and id must be given and not be zero: span " +
      std::to_string(index));
}

void ZipkinEmitter::Emit(const ZipkinSpan& span) {
  arena_.Clear();
  resource_.Clear();
  scope_.Clear();
  stage_.Clear();
  stage_.is_utf8 = span.is_utf8;
  status_code_ = status_description_ = {};
  is_error_ = false;
  trace::SpanFields& f = stage_.fields;
  f.trace_id = span.trace_id;
  f.span_id = span.id;
  f.parent_id = span.parent_id == span.id ? 0 : span.parent_id;
  f.name = span.name;
  f.kind = span.kind;
  f.flags = span.debug ? 2 : 0;  // Jaeger's bit for it
  if (!span.local.service.empty())
    resource_.attributes.push_back({kServiceName, ValueView::String(span.local.service)});
  TakeTags(span);
  AddEndpoints(span);
  SetStatus();
  for (const ZipkinAnnotation& annotation : span.annotations) AddEvent(annotation);
  SetTimes(span);
  DeliverBlocks();
  ++report_.accepted;
  stage_.Deliver(sink_);
}

void ZipkinEmitter::TakeTags(const ZipkinSpan& span) {
  for (const ZipkinTag& tag : span.tags) {
    if (!TakeTag(tag.tag)) stage_.attributes.push_back(tag.tag);
  }
}

// Returns true when `tag` has a place of its own.
bool ZipkinEmitter::TakeTag(const StagedAttribute& tag) {
  if (tag.key == "error") {
    const std::string text = trace::ToText(tag.value);
    is_error_ = is_error_ || text != "false";
    return text == "true";
  }
  if (IsResourceKey(tag.key)) {
    // The endpoint names the service: a tag that says another stays with its span.
    const bool is_named = tag.key == kServiceName && !resource_.attributes.empty() &&
                          resource_.attributes.front().key == kServiceName;
    if (!is_named) {
      resource_.attributes.push_back(tag);
      if (tag.key == kServiceName)
        std::swap(resource_.attributes.front(), resource_.attributes.back());
      return true;
    }
    return tag.value.bytes == resource_.attributes.front().value.bytes;
  }
  if (tag.value.kind != ValueKind::kString) return false;
  const std::string_view text = tag.value.bytes;
  if (tag.key == "otel.scope.name" || tag.key == "otel.library.name") {
    scope_.name = text;
  } else if (tag.key == "otel.scope.version" || tag.key == "otel.library.version") {
    scope_.version = text;
  } else if (tag.key == "otel.status_code") {
    status_code_ = text;
  } else if (tag.key == "otel.status_description") {
    status_description_ = text;
  } else if (tag.key == "w3c.tracestate") {
    stage_.fields.trace_state = text;
  } else if (tag.key == "span.kind") {
    const trace::SpanKind kind = KindOf(text);
    if (stage_.fields.kind == trace::SpanKind::kUnspecified) stage_.fields.kind = kind;
    return kind != trace::SpanKind::kUnspecified && kind == stage_.fields.kind;
  } else if (tag.key.starts_with(kLinkPrefix)) {
    return AddLink(text);
  } else {
    return false;
  }
  return true;
}

bool ZipkinEmitter::AddLink(std::string_view text) {
  StagedLink link;
  link.first = stage_.nested.size();
  const auto fields = ReadEncodedLink(text, arena_, stage_.nested);
  if (!fields) return false;
  link.fields = *fields;
  link.end = stage_.nested.size();
  stage_.links.push_back(link);
  return true;
}

bool ZipkinEmitter::HasAttribute(std::string_view key) const {
  return std::ranges::any_of(stage_.attributes, [&](const auto& a) { return a.key == key; });
}

void ZipkinEmitter::AddText(std::string_view key, std::string_view text) {
  if (!text.empty() && !HasAttribute(key))
    stage_.attributes.push_back({key, ValueView::String(text)});
}

// An endpoint with both addresses keeps the second under a name of its own.
void ZipkinEmitter::AddEndpoints(const ZipkinSpan& span) {
  const auto add = [&](const ZipkinEndpoint& endpoint, std::string_view address,
                       std::string_view address_v6, std::string_view port) {
    AddText(address, endpoint.ipv4.empty() ? endpoint.ipv6 : endpoint.ipv4);
    if (!endpoint.ipv4.empty()) AddText(address_v6, endpoint.ipv6);
    if (endpoint.port != 0 && !HasAttribute(port))
      stage_.attributes.push_back({port, ValueView::Int(endpoint.port)});
  };
  add(span.local, "network.local.address", "network.local.address.v6", "net.host.port");
  AddText("peer.service", span.remote.service);
  AddText("service.peer.name", span.remote.service);
  add(span.remote, "network.peer.address", "network.peer.address.v6", "net.peer.port");
}

void ZipkinEmitter::SetStatus() {
  trace::SpanFields& f = stage_.fields;
  f.status_message = status_description_;
  if (is_error_ || status_code_ == "ERROR") {
    f.status = trace::SpanStatus::kError;
  } else if (status_code_ == "OK") {
    f.status = trace::SpanStatus::kOk;
  } else if (!status_code_.empty() && status_code_ != "UNSET") {
    stage_.attributes.push_back({"otel.status_code", ValueView::String(status_code_)});
  }
}

void ZipkinEmitter::AddEvent(const ZipkinAnnotation& annotation) {
  StagedEvent event;
  event.first = stage_.nested.size();
  if (const auto encoded = ReadEncodedEvent(annotation.value, arena_, stage_.nested)) {
    event.fields = *encoded;
  } else {
    event.fields.name = annotation.value;
  }
  event.fields.time_ns = NsFromUs(annotation.time_us);
  event.end = stage_.nested.size();
  stage_.events.push_back(event);
}

// A span may come without a start: then its first annotation is the best that is known.
void ZipkinEmitter::SetTimes(const ZipkinSpan& span) {
  trace::SpanFields& f = stage_.fields;
  int64_t start_us = span.timestamp_us.value_or(0);
  if (!span.timestamp_us && !span.annotations.empty()) {
    start_us = std::ranges::min_element(span.annotations, {}, &ZipkinAnnotation::time_us)->time_us;
  } else if (!span.timestamp_us) {
    stage_.warnings.push_back("the span came without a start time");
  }
  f.start_ns = NsFromUs(start_us);
  if (__builtin_add_overflow(f.start_ns, NsFromUs(span.duration_us), &f.end_ns))
    f.end_ns = f.start_ns;
}

// A resource or scope that equals the last one is not told again.
void ZipkinEmitter::DeliverBlocks() {
  resource_key_.clear();
  AppendKey(resource_.attributes, resource_key_);
  scope_key_.clear();
  AppendPart(scope_.name, scope_key_);
  AppendPart(scope_.version, scope_key_);
  const bool same_resource = has_block_ && resource_key_ == last_resource_key_;
  if (!same_resource) resource_.Deliver(sink_);
  if (!same_resource || scope_key_ != last_scope_key_) scope_.Deliver(sink_);
  has_block_ = true;
  resource_key_.swap(last_resource_key_);
  scope_key_.swap(last_scope_key_);
}

}  // namespace awry::wire
