// Tag order: scope name, scope version, attributes by key, span.kind, otel.status_code, error,
// otel.status_description, w3c.tracestate (wire-contract 6).
#include <algorithm>

#include "wire/jaeger_tags.h"

namespace awry::wire {

using trace::ValueKind;
using trace::ValueView;

void AppendTagsByKey(const trace::Attributes& attributes, std::vector<StagedAttribute>& out) {
  const auto first = static_cast<std::ptrdiff_t>(out.size());
  for (const trace::Attribute& a : attributes) out.push_back({a.key, a.value.view()});
  const auto before = [](const auto& a, const auto& b) { return a.key < b.key; };
  if (!std::is_sorted(out.begin() + first, out.end(), before)) std::stable_sort(out.begin() + first, out.end(), before);
}

void JaegerSpanTags(const trace::Span& span, std::vector<StagedAttribute>& out) {
  out.clear();
  const auto add_text = [&](std::string_view key, std::string_view text) {
    if (!text.empty()) out.push_back({key, ValueView::String(text)});
  };
  add_text("otel.scope.name", span.scope->name);
  add_text("otel.scope.version", span.scope->version);
  AppendTagsByKey(span.attributes, out);
  add_text("span.kind", trace::SpanKindName(span.kind));
  if (span.status == trace::SpanStatus::kOk) add_text("otel.status_code", "OK");
  if (span.status == trace::SpanStatus::kError) {
    add_text("otel.status_code", "ERROR");
    out.push_back({"error", ValueView::Bool(true)});
  }
  add_text("otel.status_description", span.status_message);
  add_text("w3c.tracestate", span.trace_state);
}

void JaegerLogFields(const trace::Event& event, std::vector<StagedAttribute>& out) {
  out.clear();
  if (!event.name.empty() && trace::Find(event.attributes, "event") == nullptr)
    out.push_back({"event", ValueView::String(event.name)});
  for (const trace::Attribute& a : event.attributes) out.push_back({a.key, a.value.view()});
}

bool IsChildOf(const trace::Link& link) {
  const trace::Value* type = trace::Find(link.attributes, kRefTypeKey);
  return type != nullptr && type->kind() == ValueKind::kString && type->view().bytes == "child_of";
}

}  // namespace awry::wire
