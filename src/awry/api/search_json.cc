#include "awry/api/search_json.h"

#include <algorithm>

#include "awry/api/label_json.h"
#include "codec/json.h"

namespace awry::api {
namespace {

constexpr size_t kMatchedMax = 20;  // spans named per trace

void AppendMatched(const query::Query& query, const query::Hit& hit, codec::JsonWriter& json) {
  json.Key("matched").BeginArray();
  for (size_t i = 0; i < std::min(hit.matched.size(), kMatchedMax); ++i) {
    const trace::Span& span = hit.trace.spans[hit.matched[i]];
    json.BeginObject().Key("span_id").String(trace::SpanIdToHex(span.span_id));
    json.Key("service").String(span.resource->service).Key("name").String(span.name);
    const auto selected = query::SelectedValues(query, hit, hit.matched[i]);
    if (!selected.empty()) {
      json.Key("select").BeginArray();
      for (const auto& [field, value] : selected) {
        json.BeginObject().Key("field").String(field).Key("value").String(value).EndObject();
      }
      json.EndArray();
    }
    json.EndObject();
  }
  json.EndArray();
}

// Who took part, by first appearance: [{"name", "spans", "errors"}].
void AppendServices(const trace::Trace& trace, codec::JsonWriter& json) {
  struct Part {
    std::string_view name;
    uint64_t spans = 0;
    uint64_t errors = 0;
  };
  std::vector<Part> parts;
  for (const trace::Span& span : trace.spans) {
    const std::string_view name = span.resource->service;
    auto part = std::ranges::find(parts, name, &Part::name);
    if (part == parts.end()) part = parts.insert(parts.end(), Part{.name = name});
    ++part->spans;
    part->errors += span.status == trace::SpanStatus::kError ? 1 : 0;
  }
  json.Key("services").BeginArray();
  for (const Part& part : parts) {
    json.BeginObject().Key("name").String(part.name).Key("spans").UInt(part.spans);
    json.Key("errors").UInt(part.errors).EndObject();
  }
  json.EndArray();
}

void AppendHit(const query::Query& query, const query::Hit& hit, codec::JsonWriter& json) {
  const TraceOutline outline = OutlineOf(hit.trace);
  json.BeginObject().Key("trace_id").String(trace::ToHex(hit.trace.id));
  json.Key("root")
      .BeginObject()
      .Key("service")
      .String(outline.service)
      .Key("name")
      .String(outline.name)
      .EndObject();
  json.Key("start_ns").Int(outline.start_ns).Key("duration_ns").Int(outline.duration_ns);
  json.Key("spans").UInt(hit.trace.spans.size()).Key("errors").UInt(outline.errors);
  AppendServices(hit.trace, json);
  json.Key("labels").BeginArray();
  for (const trace::Label& label : hit.labels) AppendLabel(label, json);
  json.EndArray();
  AppendMatched(query, hit, json);
  json.EndObject();
}

}  // namespace

TraceOutline OutlineOf(const trace::Trace& trace) {
  TraceOutline outline;
  if (trace.spans.empty()) return outline;
  const trace::Span* root = trace::Root(trace);
  outline.service = root->resource->service;
  outline.name = root->name;
  int64_t first_ns = trace.spans.front().start_ns;
  int64_t last_ns = trace.spans.front().end_ns;
  for (const trace::Span& span : trace.spans) {
    first_ns = std::min(first_ns, span.start_ns);
    last_ns = std::max(last_ns, span.end_ns);
    outline.errors += span.status == trace::SpanStatus::kError ? 1 : 0;
  }
  outline.start_ns = first_ns;
  outline.duration_ns = last_ns - first_ns;
  return outline;
}

std::string HitToJson(const query::Query& query, const query::Hit& hit) {
  std::string out;
  codec::JsonWriter json(out);
  AppendHit(query, hit, json);
  return out;
}

std::string SearchToJson(const query::Query& query, const query::SearchResult& result) {
  std::string out;
  codec::JsonWriter json(out);
  json.BeginObject().Key("traces").BeginArray();
  for (const query::Hit& hit : result.hits) AppendHit(query, hit, json);
  json.EndArray().Key("total").UInt(result.total);
  if (!result.total_is_exact) json.Key("total_is_exact").Bool(false);
  if (!result.left_out.empty()) {
    json.Key("left_out").BeginArray();
    for (const trace::TraceId& id : result.left_out) json.String(trace::ToHex(id));
    json.EndArray();
  }
  if (!result.next_cursor.empty()) json.Key("next_cursor").String(result.next_cursor);
  json.EndObject();
  return out;
}

std::string PlanToJson(const query::Query& query, const query::Window& window) {
  std::string out;
  codec::JsonWriter(out)
      .BeginObject()
      .Key("query")
      .String(query.ToText())
      .Key("plan")
      .String(query::MakePlan(query, window).ToText())
      .EndObject();
  return out;
}

}  // namespace awry::api
