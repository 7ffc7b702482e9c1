// Order of wire-contract 3.6: service name, span name, attribute keys and values, times.
#include "wire/clean.h"

#include <fmt/format.h>

#include "base/release.h"
#include "codec/utf8.h"

namespace awry::wire {
namespace {

using trace::SpanSink;
using trace::ValueKind;
using trace::ValueView;

constexpr std::string_view kServiceName = "service.name";

// Gives one attribute to `on_attribute`, cleaned; `invalid_keys` counts within one list.
template <typename OnAttribute>
void DeliverAttribute(const StagedAttribute& attribute, bool is_utf8, int& invalid_keys,
                      std::string& scratch, OnAttribute&& on_attribute) {
  ValueView value = attribute.value;
  if (is_utf8) return on_attribute(attribute.key, value);
  if (value.kind == ValueKind::kString && !codec::IsValidUtf8(value.bytes)) {
    value = ValueView::Bytes(value.bytes);
  }
  if (codec::IsValidUtf8(attribute.key)) return on_attribute(attribute.key, value);
  scratch.assign(attribute.key);
  scratch += ':';
  if (value.kind == ValueKind::kString || value.kind == ValueKind::kBytes) {
    scratch += value.bytes;
  } else {
    scratch += trace::ToText(value);
  }
  on_attribute(fmt::format("invalid-tag-key-{}", ++invalid_keys), ValueView::Bytes(scratch));
}

// Text that is shown, not searched by bytes: what is not UTF-8 is replaced.
std::string_view CleanText(std::string_view text, std::string& scratch) {
  if (codec::IsValidUtf8(text)) return text;
  scratch.clear();
  codec::AppendValidUtf8(scratch, text);
  return scratch;
}

std::string_view CleanServiceName(const std::vector<StagedAttribute>& attributes,
                                  std::string& scratch) {
  for (const StagedAttribute& attribute : attributes) {
    if (attribute.key != kServiceName) continue;
    if (attribute.value.kind == ValueKind::kBytes && !codec::IsValidUtf8(attribute.value.bytes)) {
      return CleanText(attribute.value.bytes, scratch);  // a string that a decoder kept as bytes
    }
    if (attribute.value.kind != ValueKind::kString) return "service-name-wrong-type";
    if (attribute.value.bytes.empty()) return "empty-service-name";
    return CleanText(attribute.value.bytes, scratch);
  }
  return "missing-service-name";
}

}  // namespace

void ResourceStage::Clear() {
  attributes.clear();
  schema_url = {};
  dropped_attributes = 0;
}

void ResourceStage::Deliver(SpanSink& sink) {
  std::string url;
  sink.OnResource({.service = CleanServiceName(attributes, scratch_),
                   .schema_url = CleanText(schema_url, url),
                   .dropped_attributes = dropped_attributes});
  int invalid_keys = 0;
  for (const StagedAttribute& attribute : attributes) {
    if (attribute.key == kServiceName) continue;
    DeliverAttribute(attribute, false, invalid_keys, scratch_,
                     [&](std::string_view key, const ValueView& value) {
                       sink.OnResourceAttribute(key, value);
                     });
  }
}

void ScopeStage::Clear() {
  name = version = schema_url = {};
  attributes.clear();
  dropped_attributes = 0;
}

void ScopeStage::Deliver(SpanSink& sink) {
  std::string clean_name, clean_version, clean_url;
  sink.OnScope({.name = CleanText(name, clean_name),
                .version = CleanText(version, clean_version),
                .schema_url = CleanText(schema_url, clean_url),
                .dropped_attributes = dropped_attributes});
  int invalid_keys = 0;
  for (const StagedAttribute& attribute : attributes) {
    DeliverAttribute(
        attribute, false, invalid_keys, scratch_,
        [&](std::string_view key, const ValueView& value) { sink.OnScopeAttribute(key, value); });
  }
}

void SpanStage::Clear() {
  fields = {};
  attributes.clear();
  nested.clear();
  events.clear();
  links.clear();
  warnings.clear();
  is_utf8 = false;
}

void SpanStage::GiveBackLarge() {
  constexpr size_t kKept = 16'384;
  Clear();
  if (attributes.capacity() > kKept) base::Release(attributes);
  if (nested.capacity() > kKept) base::Release(nested);
  if (events.capacity() > kKept) base::Release(events);
  if (links.capacity() > kKept) base::Release(links);
  if (warnings.capacity() > kKept) base::Release(warnings);
}

void SpanStage::Deliver(SpanSink& sink) {
  std::string message_text, state_text, warning;
  const std::string_view raw_name = fields.name;
  const bool name_is_utf8 = is_utf8 || codec::IsValidUtf8(raw_name);
  if (raw_name.empty()) fields.name = "empty-span-name";
  if (!name_is_utf8) fields.name = "invalid-span-name";
  if (!is_utf8) {
    fields.status_message = CleanText(fields.status_message, message_text);
    fields.trace_state = CleanText(fields.trace_state, state_text);
  }
  if (fields.end_ns < fields.start_ns) {
    warning =
        fmt::format("Negative duration: the end was {} ns before the start, now 1 ns after it",
                    static_cast<uint64_t>(fields.start_ns) - static_cast<uint64_t>(fields.end_ns));
    if (fields.start_ns == INT64_MAX) --fields.start_ns;
    fields.end_ns = fields.start_ns + 1;
  }
  sink.OnSpan(fields);
  int invalid_keys = 0;
  for (const StagedAttribute& attribute : attributes) {
    DeliverAttribute(
        attribute, is_utf8, invalid_keys, scratch_,
        [&](std::string_view key, const ValueView& value) { sink.OnAttribute(key, value); });
  }
  if (!name_is_utf8) sink.OnAttribute("invalid-span-name", ValueView::Bytes(raw_name));
  for (StagedEvent& event : events) {
    std::string event_name;
    if (!is_utf8) event.fields.name = CleanText(event.fields.name, event_name);
    sink.OnEvent(event.fields);
    int invalid = 0;
    for (auto i = event.first; i < event.end; ++i) {
      DeliverAttribute(
          nested[i], is_utf8, invalid, scratch_,
          [&](std::string_view key, const ValueView& value) { sink.OnEventAttribute(key, value); });
    }
  }
  for (StagedLink& link : links) {
    std::string state;
    if (!is_utf8) link.fields.trace_state = CleanText(link.fields.trace_state, state);
    sink.OnLink(link.fields);
    int invalid = 0;
    for (auto i = link.first; i < link.end; ++i) {
      DeliverAttribute(
          nested[i], is_utf8, invalid, scratch_,
          [&](std::string_view key, const ValueView& value) { sink.OnLinkAttribute(key, value); });
    }
  }
  for (const std::string_view text : warnings) {
    std::string clean;
    sink.OnWarning(is_utf8 ? text : CleanText(text, clean));
  }
  if (!warning.empty()) sink.OnWarning(warning);
  sink.OnSpanEnd();
}

}  // namespace awry::wire
