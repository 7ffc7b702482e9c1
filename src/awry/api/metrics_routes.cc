#include "awry/api/metrics_routes.h"

#include <fmt/format.h>

#include <charconv>
#include <cmath>

#include "awry/api/get_params.h"
#include "awry/api/jaeger_envelope.h"
#include "awry/api/jaeger_params.h"
#include "awry/query/time_text.h"
#include "awry/stats/red_metrics.h"

namespace awry::api {
namespace {

using net::HttpRequest;
using net::HttpResponse;

constexpr int64_t kMilliNs = 1'000'000;
constexpr int64_t kSecondNs = 1'000'000'000;
constexpr int64_t kHourNs = 3'600 * kSecondNs;

base::Status BadParam(std::string_view name, const std::string& why) {
  return base::InvalidArgument(fmt::format("unable to parse param '{}': {}", name, why));
}

base::Result<int64_t> PositiveMs(const HttpRequest& request, const char* name, int64_t fallback_ns) {
  ASSIGN_OR_RETURN(const int64_t ns, TimeParam(request, name, kMilliNs, fallback_ns));
  if (ns <= 0 || ns >= 400 * 24 * kHourNs)
    return BadParam(name, fmt::format("must be 1 ms to 400 days: {}", TextParam(request, name)));
  return ns;
}

base::Result<std::vector<trace::SpanKind>> KindParams(const HttpRequest& request, const char* name,
                                                      std::vector<trace::SpanKind> fallback) {
  std::vector<trace::SpanKind> kinds;
  for (const std::string& text : RepeatedParam(request, name)) {
    if (!ParseSpanKind(text, kinds.emplace_back()))
      return BadParam(name, fmt::format("unsupported span kind: '{}'", text));
  }
  return kinds.empty() ? fallback : kinds;
}

base::Result<double> QuantileParam(const HttpRequest& request) {
  const std::string text = TextParam(request, "quantile");
  double quantile = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), quantile);
  if (problem != std::errc() || end != text.data() + text.size())
    return BadParam("quantile",
                    fmt::format("strconv.ParseFloat: parsing \"{}\": invalid syntax", text));
  if (!(quantile >= 0 && quantile <= 1))
    return BadParam("quantile", "please provide a quantile between 0 and 1");
  return quantile;
}

base::Result<stats::TrailingQuery> JaegerQuery(const HttpRequest& request, int64_t now_ns) {
  stats::TrailingQuery query{.services = RepeatedParam(request, "service")};
  if (query.services.empty())
    return BadParam("service", "please provide at least one service name");
  ASSIGN_OR_RETURN(query.by_operation, BoolParam(request, "groupByOperation"));
  ASSIGN_OR_RETURN(query.kinds, KindParams(request, "spanKind", {trace::SpanKind::kServer}));
  ASSIGN_OR_RETURN(query.until_ns, TimeParam(request, "endTs", kMilliNs, now_ns));
  ASSIGN_OR_RETURN(const int64_t lookback_ns, PositiveMs(request, "lookback", kHourNs));
  if (query.until_ns < 0 || query.until_ns > store::kTimeMax - 400 * 24 * kHourNs)
    return BadParam("endTs", "must be Unix milliseconds, from 1970 to 2260");
  query.from_ns = query.until_ns - lookback_ns;
  ASSIGN_OR_RETURN(query.step_ns, PositiveMs(request, "step", 5 * kSecondNs));
  ASSIGN_OR_RETURN(query.rate_ns, PositiveMs(request, "ratePer", 600 * kSecondNs));
  return query;
}

enum class Family { kCalls, kErrors, kLatencies };

double ValueOf(Family family, const stats::TrailingSeries::Point& point, int64_t rate_ns) {
  const auto calls = static_cast<double>(point.calls);
  if (family == Family::kCalls) return calls / (static_cast<double>(rate_ns) / 1e9);
  if (family == Family::kLatencies) return point.quantile_ns / 1e6;
  return point.calls == 0 ? std::nan("") : static_cast<double>(point.errors) / calls;
}

void AppendLabel(std::string_view name, std::string_view value, codec::JsonWriter& json) {
  json.BeginObject().Key("name").String(name).Key("value").String(value).EndObject();
}

std::string FamilyToJson(Family family, const stats::TrailingQuery& query,
                         const std::vector<stats::TrailingSeries>& all) {
  constexpr const char* kNames[] = {"call_rate", "error_rate", "latencies"};
  const std::string help[] = {
      "calls/sec, grouped by service",
      "error rate, computed as a fraction of errors/sec over calls/sec, grouped by service",
      fmt::format("{:.2f}th quantile latency, grouped by service", query.quantile)};
  const auto number = static_cast<size_t>(family);
  std::string out;
  codec::JsonWriter json(out);
  json.BeginObject().Key("name").String(
      fmt::format("service_{}{}", query.by_operation ? "operation_" : "", kNames[number]));
  json.Key("type").String("GAUGE").Key("help").String(
      help[number] + (query.by_operation ? " & operation" : ""));
  json.Key("metrics").BeginArray();
  for (const stats::TrailingSeries& series : all) {
    json.BeginObject().Key("labels").BeginArray();
    AppendLabel("service_name", series.service, json);
    if (query.by_operation) AppendLabel("operation", series.operation, json);
    json.EndArray().Key("metricPoints").BeginArray();
    for (const stats::TrailingSeries::Point& point : series.points) {
      json.BeginObject().Key("gaugeValue").BeginObject().Key("doubleValue");
      json.Double(ValueOf(family, point, query.rate_ns)).EndObject();
      json.Key("timestamp").String(query::TimeToText(point.at_ns)).EndObject();
    }
    json.EndArray().EndObject();
  }
  json.EndArray().EndObject();
  return out;
}

HttpResponse JaegerMetrics(Context& context, const HttpRequest& request, Family family) {
  auto query = JaegerQuery(request, context.now_ns());
  if (!query.ok()) return JaegerFailure(request, query.status());
  if (family == Family::kLatencies) {
    const auto quantile = QuantileParam(request);
    if (!quantile.ok()) return JaegerFailure(request, quantile.status());
    query->quantile = *quantile;
  }
  const auto series = stats::ReadTrailing(context.rollup, *query, ReadLimitsOf(context));
  if (!series.ok()) return JaegerFailure(request, series.status());
  return net::JsonResponse(200, FamilyToJson(family, *query, *series));
}

constexpr size_t kExamplesMax = 3;
constexpr size_t kOperationsWithExamplesMax = 50;

// The newest traces that fit, or none when reading them fails: they are an extra.
void AppendExamples(Context& context, const store::SpanFilter& filter,
                    const store::ReadLimits& limits, codec::JsonWriter& json) {
  size_t count = 0;
  json.BeginArray();
  (void)context.store.FindTracesWithin(filter, limits, [&](const trace::TraceId& id) {
    json.String(trace::ToHex(id));
    return ++count < kExamplesMax;
  });
  json.EndArray();
}

void AppendPoints(const std::vector<stats::Monitor::Point>& points, codec::JsonWriter& json) {
  json.BeginArray();
  for (const stats::Monitor::Point& point : points) {
    json.BeginObject().Key("at_ns").Int(point.at_ns).Key("calls").UInt(point.calls);
    json.Key("errors").UInt(point.errors).Key("p50_ms");
    AppendMs(point.p50_ns, json);
    json.Key("p95_ms");
    AppendMs(point.p95_ns, json);
    json.EndObject();
  }
  json.EndArray();
}

struct MonitorPage {
  const stats::MonitorQuery& query;
  const stats::Monitor& monitor;
  double seconds = 1;
  double sum_max_ns = 1;
};

void AppendOperation(Context& context, const MonitorPage& page,
                     const stats::Monitor::Operation& operation, bool with_examples,
                     const store::ReadLimits& limits, codec::JsonWriter& json) {
  json.BeginObject().Key("name").String(operation.name);
  json.Key("kind").String(trace::SpanKindName(operation.kind));
  json.Key("calls").UInt(operation.calls).Key("errors").UInt(operation.errors);
  json.Key("rate").Double(static_cast<double>(operation.calls) / page.seconds);
  json.Key("error_rate");
  AppendRatio(operation.errors, operation.calls, json);
  const std::pair<const char*, double> figures[] = {
      {"p50_ms", operation.p50_ns},
      {"p75_ms", operation.p75_ns},
      {"p95_ms", operation.p95_ns},
      {"p99_ms", operation.p99_ns},
      {"mean_ms", operation.sum_ns / static_cast<double>(operation.calls)}};
  for (const auto& [key, ns] : figures) {
    json.Key(key);
    AppendMs(ns, json);
  }
  json.Key("impact").Double(operation.sum_ns / page.sum_max_ns).Key("series");
  AppendPoints(operation.series, json);
  json.Key("examples").BeginObject().Key("slow");
  store::SpanFilter filter{.start_from_ns = page.monitor.window.from_ns,
                           .start_until_ns = page.monitor.window.until_ns,
                           .service = page.query.service,
                           .name = operation.name};
  filter.duration_min_ns = static_cast<int64_t>(operation.p95_ns);
  if (with_examples) {
    AppendExamples(context, filter, limits, json);
    json.Key("error");
    filter.duration_min_ns = 0;
    filter.errors_only = true;
    if (operation.errors > 0) {
      AppendExamples(context, filter, limits, json);
    } else {
      json.BeginArray().EndArray();
    }
  } else {
    json.BeginArray().EndArray().Key("error").BeginArray().EndArray();
  }
  json.EndObject().EndObject();
}

std::string MonitorToJson(Context& context, const stats::MonitorQuery& query,
                          const stats::Monitor& monitor, const store::ReadLimits& limits) {
  MonitorPage page{query, monitor};
  page.seconds = static_cast<double>(monitor.window.until_ns - monitor.window.from_ns + 1) / 1e9;
  if (!monitor.operations.empty())
    page.sum_max_ns = std::max(1.0, monitor.operations.front().sum_ns);
  std::string out;
  codec::JsonWriter json(out);
  json.BeginObject().Key("service").String(query.service);
  json.Key("start_ns").Int(monitor.window.from_ns).Key("end_ns").Int(monitor.window.until_ns);
  json.Key("step_ns").Int(query.step_ns).Key("total_of").String("entry spans");
  json.Key("operations").BeginArray();
  size_t count = 0;
  for (const stats::Monitor::Operation& operation : monitor.operations)
    AppendOperation(context, page, operation, ++count <= kOperationsWithExamplesMax, limits, json);
  json.EndArray().Key("series");
  AppendPoints(monitor.series, json);
  json.Key("complete").Bool(!context.rollup.names().full()).EndObject();
  return out;
}

// About 60 steps of a round length.
int64_t DefaultStep(const query::Window& window) {
  constexpr int64_t kSteps[] = {1, 5, 10, 15, 30, 60, 300, 600, 900, 1'800, 3'600, 10'800, 21'600};
  for (const int64_t seconds : kSteps) {
    if ((window.until_ns - window.from_ns) / 72 <= seconds * kSecondNs) return seconds * kSecondNs;
  }
  return 24 * kHourNs;
}

base::Result<stats::MonitorQuery> ParseMonitor(const HttpRequest& request, int64_t now_ns) {
  stats::MonitorQuery query{.service = TextParam(request, "service")};
  if (query.service.empty()) return base::InvalidArgument("'service' is required");
  ASSIGN_OR_RETURN(query.window, WindowParams(request, now_ns, kHourNs));
  int64_t length_ns = 0;
  if (__builtin_sub_overflow(query.window.until_ns, query.window.from_ns, &length_ns))
    return base::InvalidArgument("window is too long: at most 292 years");
  ASSIGN_OR_RETURN(query.step_ns, StepParam(request, DefaultStep(query.window)));
  if (query.step_ns < kMilliNs || query.step_ns > 400 * 24 * kHourNs)
    return base::InvalidArgument("'step' must be 1ms to 400 days");
  for (const std::string& text : RepeatedParam(request, "kind")) {
    if (!ParseSpanKind(text, query.kinds.emplace_back()))
      return base::InvalidArgument(
          fmt::format("'kind' must be server, client, internal, producer, consumer or "
                      "unspecified: '{}'",
                      text));
  }
  return query;
}

HttpResponse Monitor(Context& context, const HttpRequest& request) {
  const auto query = ParseMonitor(request, context.now_ns());
  if (!query.ok()) return net::ErrorResponse(query.status());
  const store::ReadLimits limits = ReadLimitsOf(context);
  const auto monitor = stats::ReadMonitor(context.rollup, *query, limits);
  if (!monitor.ok()) return net::ErrorResponse(monitor.status());
  return net::JsonResponse(200, MonitorToJson(context, *query, *monitor, limits));
}

}  // namespace

void AddMetrics(const ContextPtr& context, const AddRoute& add) {
  const std::pair<const char*, Family> families[] = {{"/api/metrics/calls", Family::kCalls},
                                                     {"/api/metrics/errors", Family::kErrors},
                                                     {"/api/metrics/latencies", Family::kLatencies}};
  for (const auto& [pattern, served] : families) {
    add("GET", pattern, [context, family = served](const HttpRequest& request) {
      return JaegerMetrics(*context, request, family);
    });
  }
  // The shortest step in ms, as Jaeger 1.50 tells it.
  add("GET", "/api/metrics/minstep",
      [](const HttpRequest& request) { return JaegerAnswer(request, "1", 0); });
  add("GET", "/api/v1/monitor",
      [context](const HttpRequest& request) { return Monitor(*context, request); });
}

}  // namespace awry::api
