#include "wire/jaeger_tags.h"

#include <algorithm>
#include <charconv>
#include <string>

namespace awry::wire {
namespace {

using trace::ValueKind;
using trace::ValueView;

constexpr std::string_view kNoServiceName = "OTLPResourceNoServiceName";

bool EqualsNoCase(std::string_view a, std::string_view upper) {
  return std::equal(a.begin(), a.end(), upper.begin(), upper.end(), [](char x, char y) {
    return (x >= 'a' && x <= 'z' ? static_cast<char>(x - 'a' + 'A') : x) == y;
  });
}

trace::SpanKind KindOf(std::string_view name) {
  for (int kind = 1; kind <= 5; ++kind) {
    if (trace::SpanKindName(static_cast<trace::SpanKind>(kind)) == name)
      return static_cast<trace::SpanKind>(kind);
  }
  return trace::SpanKind::kUnspecified;
}

// The status code of a http.status_code tag; 0 when it is none.
int64_t HttpStatus(const ValueView& value) {
  if (value.kind == ValueKind::kInt) return value.integer;
  int64_t status = 0;
  if (value.kind == ValueKind::kString) {
    const char* end = value.bytes.data() + value.bytes.size();
    const auto [at, error] = std::from_chars(value.bytes.data(), end, status);
    if (error != std::errc() || at != end) return 0;
  }
  return status;
}

// The tags that decide the status, collected while they are taken out.
struct StatusTags {
  bool is_error = false;
  std::string_view code, description, http_message;
  int64_t http_status = 0;
};

// Returns true when `tag` has a place of its own and must go.
bool TakeTag(const StagedAttribute& tag, SpanStage& span, ScopeStage& scope, StatusTags& status) {
  const bool is_text = tag.value.kind == ValueKind::kString;
  const std::string_view text = tag.value.bytes;
  if (tag.key == "span.kind" && is_text && KindOf(text) != trace::SpanKind::kUnspecified) {
    span.fields.kind = KindOf(text);
    return true;
  }
  if (tag.key == "error" && tag.value.kind == ValueKind::kBool && tag.value.boolean) {
    status.is_error = true;
    return true;
  }
  if (tag.key == "otel.status_code" && is_text) {
    status.code = text;
    return true;
  }
  if (tag.key == "otel.status_description" && is_text) {
    status.description = text;
    return true;
  }
  if (tag.key == "w3c.tracestate" && is_text) {
    span.fields.trace_state = text;
    return true;
  }
  if ((tag.key == "otel.scope.name" || tag.key == "otel.library.name") && is_text) {
    scope.name = text;
    return true;
  }
  if ((tag.key == "otel.scope.version" || tag.key == "otel.library.version") && is_text) {
    scope.version = text;
    return true;
  }
  if (tag.key == "http.status_message" && is_text) status.http_message = text;
  if (tag.key == "http.status_code") status.http_status = HttpStatus(tag.value);
  return false;
}

void SetStatus(const StatusTags& tags, SpanStage& span) {
  trace::SpanFields& f = span.fields;
  const bool is_client_fault = tags.http_status >= 400 && f.kind == trace::SpanKind::kClient;
  if (tags.is_error || EqualsNoCase(tags.code, "ERROR")) {
    f.status = trace::SpanStatus::kError;
    f.status_message =
        tags.description.empty() && tags.is_error ? tags.http_message : tags.description;
  } else if (EqualsNoCase(tags.code, "OK")) {
    f.status = trace::SpanStatus::kOk;
    f.status_message = tags.description;
  } else if (tags.http_status >= 500 || is_client_fault) {
    f.status = trace::SpanStatus::kError;
    f.status_message = tags.http_message;
  } else {
    f.status_message = tags.description;
  }
}

// Finds the parent's reference: the first CHILD_OF in the same trace, else the first FOLLOWS_FROM.
const JaegerReference* ParentReference(const std::vector<JaegerReference>& references,
                                       const SpanStage& span) {
  const JaegerReference* follows = nullptr;
  for (const JaegerReference& r : references) {
    if (r.trace_id != span.fields.trace_id || r.span_id == 0) continue;
    if (r.is_child_of) return &r;
    if (follows == nullptr) follows = &r;
  }
  return follows;
}

void AddLinks(const std::vector<JaegerReference>& references, SpanStage& span) {
  bool parent_seen = false;
  for (const JaegerReference& r : references) {
    const bool is_parent =
        r.is_child_of && r.trace_id == span.fields.trace_id && r.span_id == span.fields.parent_id;
    if (is_parent && !parent_seen) {
      parent_seen = true;
      continue;
    }
    StagedLink link;
    link.fields.trace_id = r.trace_id;
    link.fields.span_id = r.span_id;
    link.first = span.nested.size();
    span.nested.push_back(
        {kRefTypeKey, ValueView::String(r.is_child_of ? "child_of" : "follows_from")});
    link.end = span.nested.size();
    span.links.push_back(link);
  }
}

}  // namespace

int64_t NsFromUs(int64_t us) {
  constexpr int64_t kMax = INT64_MAX / 1000;
  return std::clamp(us, -kMax, kMax) * 1000;
}

void MapJaegerProcess(std::string_view service, const std::vector<StagedAttribute>& tags,
                      ByteArena& arena, ResourceStage& resource) {
  resource.Clear();
  if (service != kNoServiceName)
    resource.attributes.push_back({"service.name", ValueView::String(service)});
  const bool has_host =
      std::any_of(tags.begin(), tags.end(), [](const auto& t) { return t.key == "host.name"; });
  for (const StagedAttribute& tag : tags) {
    if (tag.key == "service.name") continue;  // the process has one already
    if (tag.key == "hostname" && !has_host) {
      resource.attributes.push_back({"host.name", tag.value});
    } else if (tag.key == "jaeger.version" && tag.value.kind == ValueKind::kString) {
      const std::string_view text = arena.Copy("Jaeger-" + std::string(tag.value.bytes));
      resource.attributes.push_back({"opencensus.exporterversion", ValueView::String(text)});
    } else {
      resource.attributes.push_back(tag);
    }
  }
}

void MapJaegerSpan(const std::vector<JaegerReference>& references, SpanStage& span,
                   ScopeStage& scope) {
  scope.Clear();
  StatusTags status;
  std::erase_if(span.attributes,
                [&](const StagedAttribute& tag) { return TakeTag(tag, span, scope, status); });
  SetStatus(status, span);
  if (span.fields.parent_id == 0) {
    if (const JaegerReference* parent = ParentReference(references, span))
      span.fields.parent_id = parent->span_id;
  }
  AddLinks(references, span);
}

void MapJaegerLog(int64_t time_ns, size_t first, SpanStage& span) {
  StagedEvent event;
  event.fields.time_ns = time_ns;
  const auto begin = span.nested.begin() + static_cast<std::ptrdiff_t>(first);
  const auto name = std::find_if(begin, span.nested.end(), [](const StagedAttribute& field) {
    return field.key == "event" && field.value.kind == ValueKind::kString;
  });
  if (name != span.nested.end()) {
    event.fields.name = name->value.bytes;
    span.nested.erase(name);
  }
  event.first = first;
  event.end = span.nested.size();
  span.events.push_back(event);
}

}  // namespace awry::wire
