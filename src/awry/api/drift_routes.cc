#include "awry/api/drift_routes.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "awry/api/get_params.h"
#include "awry/api/jaeger_params.h"
#include "awry/stats/drift.h"
#include "awry/stats/drift_reader.h"

namespace awry::api {
namespace {

using net::HttpRequest;
using net::HttpResponse;

constexpr int64_t kHourNs = 3'600'000'000'000;
constexpr int64_t kDayNs = 24 * kHourNs;
constexpr int64_t kWeekNs = 7 * kDayNs;
constexpr int64_t kWindowsMax = 400;
constexpr int64_t kMondayNs = 4 * kDayNs;  // 1970-01-05, a Monday

int64_t FloorTo(int64_t at_ns, int64_t unit_ns, int64_t origin_ns = 0) {
  const int64_t since = at_ns - origin_ns;
  const int64_t rest = since % unit_ns;
  return at_ns - (rest < 0 ? rest + unit_ns : rest);
}

struct Asked {
  stats::DriftSource source;
  stats::DriftOptions options;
};

int64_t DefaultStep(int64_t length_ns) {
  for (const int64_t step_ns : {kHourNs, 3 * kHourNs, 6 * kHourNs, 12 * kHourNs, kDayNs}) {
    if (length_ns / step_ns <= 64) return step_ns;
  }
  return kWeekNs;
}

std::string TextOr(const HttpRequest& request, std::string_view name, std::string fallback) {
  std::string text = TextParam(request, name);
  return text.empty() ? std::move(fallback) : text;
}

base::Result<Asked> ParseAsked(const HttpRequest& request, int64_t now_ns) {
  Asked asked;
  ASSIGN_OR_RETURN(query::Window window, WindowParams(request, now_ns, kWeekNs));
  constexpr int64_t kFarNs = 280 * 365 * kDayNs;
  if (window.from_ns < -kFarNs / 2 || window.until_ns > kFarNs)
    return base::InvalidArgument("'start' and 'end' must be from 1900 to 2240");
  // A start that stays for a week, so that looks at the same week are looks at one test.
  if (TextParam(request, "start").empty() && TextParam(request, "start_ns").empty())
    window.from_ns = FloorTo(window.from_ns, kWeekNs, kMondayNs);
  ASSIGN_OR_RETURN(const int64_t step_ns,
                   StepParam(request, DefaultStep(window.until_ns - window.from_ns)));
  if (step_ns < 60'000'000'000 || kWeekNs % step_ns != 0)
    return base::InvalidArgument("'step' must be at least 1m and divide a week: 1h, 6h, 1d, 7d");
  stats::DriftOptions& options = asked.options;
  options.step_ns = step_ns;
  options.start_ns = FloorTo(window.from_ns, step_ns);
  options.end_ns = FloorTo(window.until_ns, step_ns) + step_ns;
  if ((options.end_ns - options.start_ns) / step_ns > kWindowsMax)
    return base::InvalidArgument(
        fmt::format("window has more than {} steps: ask for a longer 'step'", kWindowsMax));
  options.category_key = TextOr(request, "category_key", options.category_key);
  options.confidence_key = TextOr(request, "confidence_key", options.confidence_key);
  stats::DriftSource& source = asked.source;
  source.service = TextParam(request, "service");
  source.version = TextParam(request, "model");
  source.window = {.from_ns = options.start_ns - stats::kDriftHistoryNs,
                   .until_ns = options.end_ns - 1};
  source.newest_from_ns = options.start_ns;
  source.names.version_key = TextOr(request, "version_key", source.names.version_key);
  source.names.prediction_prefix = TextOr(request, "prediction", source.names.prediction_prefix);
  source.names.feature_prefix = TextOr(request, "features", source.names.feature_prefix);
  return asked;
}

void AppendModel(const stats::DriftModel& model, codec::JsonWriter& json) {
  json.BeginObject().Key("service").String(model.service).Key("span").String(model.span);
  json.Key("version").String(model.version).Key("windows").BeginArray();
  for (const stats::DriftModel::Window& window : model.windows) {
    json.BeginObject().Key("start_ns").Int(window.start_ns).Key("end_ns").Int(window.end_ns);
    json.Key("count").UInt(window.count).Key("categories").BeginObject();
    for (const auto& [name, count] : window.categories) json.Key(name).UInt(count);
    json.EndObject().Key("confidence");
    if (window.confidence.has_value()) {
      const auto& confidence = *window.confidence;
      json.BeginObject().Key("mean").Double(confidence.mean).Key("p10").Double(confidence.p10);
      json.Key("p50").Double(confidence.p50).Key("p90").Double(confidence.p90).EndObject();
    } else {
      json.Null();
    }
    json.EndObject();
  }
  json.EndArray().EndObject();
}

void AppendSide(const stats::DriftFinding::Side& side, bool with_what, codec::JsonWriter& json) {
  json.BeginObject();
  if (with_what) json.Key("what").String(side.what);
  json.Key("start_ns").Int(side.start_ns).Key("end_ns").Int(side.end_ns);
  json.Key("count").UInt(side.count).EndObject();
}

void AppendTest(const stats::DriftFinding& test, codec::JsonWriter& json) {
  json.BeginObject().Key("service").String(test.service).Key("span").String(test.span);
  json.Key("version").String(test.version).Key("attribute").String(test.attribute);
  json.Key("kind").String(test.numeric ? "numeric" : "categorical");
  json.Key("psi").Double(test.psi).Key("js").Double(test.js);
  json.Key("p_value").Double(test.p_value);
  json.Key("e_value").Double(std::exp(std::min(test.log_evidence, 690.0)));
  json.Key("alarm").Bool(test.alarm);
  if (test.alarm) json.Key("since_ns").Int(test.since_ns);
  json.Key("baseline");
  AppendSide(test.baseline, true, json);
  json.Key("now");
  AppendSide(test.now, false, json);
  json.Key("bins").BeginArray();
  for (const stats::DriftFinding::Bin& bin : test.bins) {
    json.BeginObject().Key("label").String(bin.label).Key("baseline").Double(bin.baseline);
    json.Key("now").Double(bin.now).EndObject();
  }
  json.EndArray().EndObject();
}

std::string DriftToJson(const stats::DriftReport& report, const stats::DriftReading& reading,
                        const stats::DriftOptions& options) {
  std::string out;
  codec::JsonWriter json(out);
  json.BeginObject().Key("models").BeginArray();
  for (const stats::DriftModel& model : report.models) AppendModel(model, json);
  json.EndArray().Key("tests").BeginArray();
  uint64_t alarms = 0;
  for (const stats::DriftFinding& test : report.tests) {
    AppendTest(test, json);
    alarms += test.alarm ? 1 : 0;
  }
  json.EndArray().Key("looked_at").BeginObject();
  json.Key("start_ns").Int(options.start_ns).Key("end_ns").Int(options.end_ns);
  json.Key("step_ns").Int(options.step_ns).Key("level").Double(options.level);
  json.Key("psi_min").Double(options.psi_min).Key("traces").UInt(reading.traces);
  json.Key("sampled_of").UInt(reading.sampled_of).Key("models").UInt(report.models.size());
  json.Key("tests").UInt(report.tests.size()).Key("alarms").UInt(alarms);
  json.Key("notes").BeginArray();
  for (const std::string& note : reading.notes) json.String(note);
  for (const std::string& note : report.notes) json.String(note);
  json.EndArray().EndObject().EndObject();
  return out;
}

HttpResponse Drift(Context& context, const HttpRequest& request) {
  const auto asked = ParseAsked(request, context.now_ns());
  if (!asked.ok()) return net::ErrorResponse(asked.status());
  const auto reading = stats::ReadDriftSeries(context.store, asked->source, ReadLimitsOf(context));
  if (!reading.ok()) return net::ErrorResponse(reading.status());
  stats::DriftOptions options = asked->options;
  options.version = asked->source.version;
  return net::JsonResponse(
      200, DriftToJson(stats::AnalyzeDrift(reading->series, options), *reading, options));
}

}  // namespace

void AddDrift(const ContextPtr& context, const AddRoute& add) {
  add("GET", "/api/v1/drift",
      [context](const HttpRequest& request) { return Drift(*context, request); });
}

}  // namespace awry::api
