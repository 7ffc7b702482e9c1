#include "awry/api/v3_summary.h"

#include <algorithm>
#include <unordered_set>

#include "awry/store/trace_store.h"
#include "wire/any_value.h"

namespace awry::api {

TraceSummary Summarize(const trace::Trace& trace) {
  TraceSummary out{.id = trace.id, .start_ns = store::kTimeMax, .end_ns = store::kTimeMin};
  std::unordered_set<trace::SpanId> ids;
  for (const trace::Span& span : trace.spans) ids.insert(span.span_id);
  const trace::Span* root = nullptr;
  for (const trace::Span& span : trace.spans) {
    const uint64_t error = span.status == trace::SpanStatus::kError ? 1 : 0;
    TraceSummary::Count& service = out.services[span.resource->service];
    ++service.spans;
    service.errors += error;
    ++out.count.spans;
    out.count.errors += error;
    out.orphans += span.parent_id != 0 && !ids.contains(span.parent_id) ? 1 : 0;
    if (span.parent_id == 0 && root == nullptr) root = &span;
    out.start_ns = std::min(out.start_ns, span.start_ns);
    out.end_ns = std::max(out.end_ns, span.end_ns);
  }
  if (root != nullptr) {
    out.root_service = root->resource->service;
    out.root_name = root->name;
  }
  return out;
}

void AppendJson(const TraceSummary& summary, codec::JsonWriter& json) {
  const auto text = [&](const char* key, const std::string& value) {
    if (!value.empty()) json.Key(key).String(value);
  };
  const auto count = [&](const char* key, uint64_t value) {
    if (value != 0) json.Key(key).UInt(value);
  };
  json.BeginObject().Key("traceId").String(trace::ToHex(summary.id));
  text("rootServiceName", summary.root_service);
  text("rootOperationName", summary.root_name);
  json.Key("minStartTimeUnixNano").String(std::to_string(summary.start_ns));
  json.Key("maxEndTimeUnixNano").String(std::to_string(summary.end_ns));
  count("spanCount", summary.count.spans);
  count("errorSpanCount", summary.count.errors);
  count("orphanSpanCount", summary.orphans);
  json.Key("services").BeginArray();
  for (const auto& [name, of_service] : summary.services) {
    json.BeginObject().Key("name").String(name);
    count("spanCount", of_service.spans);
    count("errorSpanCount", of_service.errors);
    json.EndObject();
  }
  json.EndArray().EndObject();
}

void AppendProto(const TraceSummary& summary, std::string& out) {
  const auto text = [](uint32_t field, std::string_view value, std::string& to) {
    if (!value.empty()) wire::AppendBytesField(field, value, to);
  };
  const auto count = [](uint32_t field, uint64_t value, std::string& to) {
    if (value != 0) wire::AppendVarintField(field, value, to);
  };
  text(1, trace::ToHex(summary.id), out);
  text(2, summary.root_service, out);
  text(3, summary.root_name, out);
  wire::AppendFixed64Field(4, static_cast<uint64_t>(summary.start_ns), out);
  wire::AppendFixed64Field(5, static_cast<uint64_t>(summary.end_ns), out);
  count(6, summary.count.spans, out);
  count(7, summary.count.errors, out);
  count(8, summary.orphans, out);
  for (const auto& [name, of_service] : summary.services) {
    std::string service;
    text(1, name, service);
    count(2, of_service.spans, service);
    count(3, of_service.errors, service);
    wire::AppendBytesField(9, service, out);
  }
}

}  // namespace awry::api
