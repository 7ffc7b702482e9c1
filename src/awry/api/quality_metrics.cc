// GET /api/quality-metrics: how well one service is traced, counted over its newest traces.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <map>
#include <unordered_map>
#include <utility>
#include <vector>

#include "awry/api/context.h"
#include "awry/api/jaeger_envelope.h"
#include "awry/api/jaeger_params.h"
#include "awry/query/tag_search.h"
#include "codec/json.h"
#include "wire/jaeger_json.h"

namespace awry::api {
namespace {

using net::HttpRequest;
using net::HttpResponse;

constexpr size_t kTracesMax = 1'000;
constexpr size_t kExamplesMax = 5;
constexpr int64_t kLookbackHours = 48;
constexpr int64_t kHourNs = 3'600'000'000'000;

struct Example {
  trace::TraceId trace_id;
  trace::SpanId span_id = 0;
};

struct Metric {
  std::string_view name;
  std::string_view category;
  std::string_view description;
  uint64_t passed = 0;
  uint64_t failed = 0;
  uint64_t exempt = 0;
  std::vector<Example> failures = {};
};

enum class Verdict : uint8_t { kPass, kFail, kExempt };

using Ids = std::unordered_map<trace::SpanId, const trace::Span*>;

Verdict HasItsParent(const trace::Span& span, const Ids& ids) {
  if (span.parent_id == 0) return Verdict::kExempt;
  return ids.contains(span.parent_id) ? Verdict::kPass : Verdict::kFail;
}

Verdict StartsAfterItsParent(const trace::Span& span, const Ids& ids) {
  const auto parent = ids.find(span.parent_id);
  if (span.parent_id == 0 || parent == ids.end()) return Verdict::kExempt;
  return span.start_ns >= parent->second->start_ns ? Verdict::kPass : Verdict::kFail;
}

Verdict SaysItsKind(const trace::Span& span, const Ids&) {
  return span.kind == trace::SpanKind::kUnspecified ? Verdict::kFail : Verdict::kPass;
}

Verdict ExplainsItsError(const trace::Span& span, const Ids&) {
  if (span.status != trace::SpanStatus::kError) return Verdict::kExempt;
  const bool exception = std::ranges::any_of(
      span.events, [](const trace::Event& event) { return event.name == "exception"; });
  return exception || !span.status_message.empty() ? Verdict::kPass : Verdict::kFail;
}

Verdict NeededNoRepair(const trace::Span& span, const Ids&) {
  return span.warnings.empty() ? Verdict::kPass : Verdict::kFail;
}

struct Rule {
  std::string_view name;
  std::string_view category;
  std::string_view description;
  Verdict (*judge)(const trace::Span& span, const Ids& ids);
};
constexpr std::array kRules{
    Rule{"Parent is there", "completeness",
         "The span that a span names as its parent is in the trace.", HasItsParent},
    Rule{"Starts after its parent", "quality",
         "A span does not start before its parent: clocks agree.", StartsAfterItsParent},
    Rule{"Kind is set", "quality", "A span says whether it is a server's, a client's, …",
         SaysItsKind},
    Rule{"Errors are explained", "quality",
         "A failed span has a status message or an exception event.", ExplainsItsError},
    Rule{"Nothing repaired", "quality",
         "A span arrived whole: nothing in it had to be repaired or left out.", NeededNoRepair}};
constexpr std::pair<std::string_view, std::string_view> kScores[] = {
    {"completeness", "Trace Completeness"}, {"quality", "Trace Quality"}};

struct Report {
  std::vector<Metric> metrics;
  struct Client {
    uint64_t spans = 0;
    Example example;
  };
  std::map<std::string, Client> clients;
};

std::string ClientOf(const trace::Resource& resource) {
  const auto text = [&](const char* key) {
    const trace::Value* value = trace::Find(resource.attributes, key);
    return value == nullptr ? std::string() : trace::ToText(value->view());
  };
  const std::string sdk = text("telemetry.sdk.language");
  if (!sdk.empty()) return fmt::format("{} {}", sdk, text("telemetry.sdk.version"));
  return text("opencensus.exporterversion");
}

void Look(const trace::Trace& trace, const std::string& service, Report& report) {
  Ids ids;
  for (const trace::Span& span : trace.spans) ids.emplace(span.span_id, &span);
  for (const trace::Span& span : trace.spans) {
    if (span.resource->service != service) continue;
    const Example example{trace.id, span.span_id};
    for (size_t i = 0; i < kRules.size(); ++i) {
      Metric& metric = report.metrics[i];
      const Verdict verdict = kRules[i].judge(span, ids);
      metric.passed += verdict == Verdict::kPass ? 1 : 0;
      metric.exempt += verdict == Verdict::kExempt ? 1 : 0;
      if (verdict != Verdict::kFail) continue;
      ++metric.failed;
      if (metric.failures.size() < kExamplesMax) metric.failures.push_back(example);
    }
    const std::string client = ClientOf(*span.resource);
    if (!client.empty() && report.clients.try_emplace(client).first->second.spans++ == 0)
      report.clients[client].example = example;
  }
}

void AppendExample(const Example& example, codec::JsonWriter& json) {
  json.BeginObject().Key("traceID").String(wire::JaegerTraceIdText(example.trace_id));
  json.Key("spanIDs").BeginArray().String(trace::SpanIdToHex(example.span_id)).EndArray();
  json.EndObject();
}

// Of 100: the mean share of what passed, over the metrics that judged anything.
int64_t ScoreOf(const Report& report, std::string_view category) {
  double sum = 0;
  int judged = 0;
  for (const Metric& metric : report.metrics) {
    const uint64_t of = metric.passed + metric.failed;
    if (metric.category != category || of == 0) continue;
    sum += static_cast<double>(metric.passed) / static_cast<double>(of);
    ++judged;
  }
  return judged == 0 ? 100 : static_cast<int64_t>(100 * sum / judged);
}

std::string ToJson(const Report& report, size_t traces) {
  std::string out;
  codec::JsonWriter json(out);
  json.BeginObject().Key("traceQualityDocumentationLink").String("");
  json.Key("bannerText").BeginObject().Key("value");
  json.String(fmt::format("Counted over the newest {} traces of the service.", traces)).EndObject();
  json.Key("scores").BeginArray();
  for (const auto& [key, label] : kScores) {
    json.BeginObject().Key("key").String(key).Key("label").String(label);
    json.Key("max").Int(100).Key("value").Int(ScoreOf(report, key)).EndObject();
  }
  json.EndArray().Key("metrics").BeginArray();
  for (const Metric& metric : report.metrics) {
    json.BeginObject().Key("name").String(metric.name).Key("category").String(metric.category);
    json.Key("description").String(metric.description).Key("metricDocumentationLink").String("");
    json.Key("metricWeight").Double(1).Key("passCount").UInt(metric.passed);
    json.Key("failureCount").UInt(metric.failed).Key("exemptionCount").UInt(metric.exempt);
    json.Key("failureExamples").BeginArray();
    for (const Example& example : metric.failures) AppendExample(example, json);
    json.EndArray().EndObject();
  }
  json.EndArray().Key("clients").BeginArray();
  for (const auto& [version, client] : report.clients) {
    json.BeginObject().Key("version").String(version).Key("minVersion").String("");
    json.Key("count").UInt(client.spans).Key("examples").BeginArray();
    AppendExample(client.example, json);
    json.EndArray().EndObject();
  }
  json.EndArray().EndObject();
  return out;
}

HttpResponse QualityMetrics(Context& context, const HttpRequest& request) {
  const std::string service = TextParam(request, "service");
  if (service.empty()) return JaegerFailure(request, 400, "parameter 'service' is required");
  const auto lookback_ns = TimeParam(request, "lookback", kHourNs, kLookbackHours * kHourNs);
  if (!lookback_ns.ok()) return JaegerFailure(request, lookback_ns.status());
  const int64_t now_ns = context.now_ns();
  int64_t from_ns = 0;
  if (__builtin_sub_overflow(now_ns, *lookback_ns, &from_ns)) from_ns = store::kTimeMin;
  const auto found = query::Search(context.store, query::ToQuery({.service = service}),
                                   {.window = {.from_ns = from_ns, .until_ns = now_ns},
                                    .limit = kTracesMax,
                                    .count = query::Counting::kNone,
                                    .limits = context.source(request).limits});
  if (!found.ok()) return JaegerFailure(request, found.status());
  Report report;
  for (const Rule& rule : kRules)
    report.metrics.push_back(
        {.name = rule.name, .category = rule.category, .description = rule.description});
  for (const query::Hit& hit : found->hits) Look(hit.trace, service, report);
  return net::JsonResponse(200, ToJson(report, found->hits.size()));
}

}  // namespace

void AddQualityMetrics(const ContextPtr& context, const AddRoute& add) {
  add("GET", "/api/quality-metrics",
      [context](const HttpRequest& request) { return QualityMetrics(*context, request); });
}

}  // namespace awry::api
