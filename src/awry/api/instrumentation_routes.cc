#include <fmt/format.h>

#include "awry/api/checks_routes.h"
#include "awry/stats/instrumentation.h"
#include "codec/json.h"

namespace awry::api {
namespace {

using codec::JsonWriter;
using net::HttpRequest;
using net::HttpResponse;
using stats::InstrumentationHealth;
using stats::SignalHealth;

constexpr int64_t kSecondNs = 1'000'000'000;
constexpr size_t kTracesMax = 20'000;  // read when there is no book
constexpr size_t kServicesInWhere = 3;

// The services that have most of it, for a line of text.
std::string WhereOf(const SignalHealth& signal) {
  std::string out;
  for (size_t i = 0; i < std::min(kServicesInWhere, signal.services.size()); ++i)
    out += (out.empty() ? "" : ", ") + signal.services[i].service;
  return out;
}

void AppendServices(const SignalHealth& signal, JsonWriter& json) {
  json.Key("services").BeginArray();
  for (const stats::ServiceHealth& service : signal.services) {
    json.BeginObject().Key("service").String(service.service).Key("count").UInt(service.count);
    if (service.of != 0) json.Key("of").UInt(service.of);
    if (!service.detail.empty()) json.Key("detail").String(service.detail);
    json.Key("traces").BeginArray();
    for (const trace::TraceId& id : service.examples) json.String(trace::ToHex(id));
    json.EndArray().EndObject();
  }
  json.EndArray();
}

void AppendSignal(const InstrumentationHealth& health, const SignalHealth& signal, JsonWriter& json) {
  json.BeginObject().Key("key").String(stats::SignalKey(signal.signal));
  json.Key("signal").String(stats::SignalName(signal.signal)).Key("count").UInt(signal.count);
  if (signal.of != 0) json.Key("of").UInt(signal.of);
  if (const std::string where = WhereOf(signal); !where.empty()) json.Key("where").String(where);
  json.Key("series").BeginArray();
  for (size_t i = 0; i < signal.series.size(); ++i) {
    json.BeginObject().Key("at_ns").Int(health.start_ns + static_cast<int64_t>(i) * health.step_ns);
    json.Key("count").UInt(signal.series[i]);
    if (!signal.of_series.empty()) json.Key("of").UInt(signal.of_series[i]);
    json.EndObject();
  }
  json.EndArray();
  AppendServices(signal, json);
  json.EndObject();
}

HttpResponse Instrumentation(Context& context, const HttpRequest& request) {
  const auto window_s = WindowSecondsParam(request, 3'600, 3'600, 86'400);
  if (!window_s.ok()) return net::ErrorResponse(window_s.status());
  const int64_t now_ns = context.now_ns();
  const int64_t window_ns = *window_s * kSecondNs;
  stats::InstrumentationBook read;
  stats::InstrumentationBook* book = context.options.instrumentation;
  if (book == nullptr) {
    book = &read;
    const base::Status filled = read.Fill(context.store, now_ns - window_ns, kTracesMax, now_ns, {});
    if (!filled.ok()) return net::ErrorResponse(filled);
  }
  if (context.options.intake) {
    const IntakeCounts intake = context.options.intake();
    book->NoteRefused(intake.spans_rejected, intake.requests_refused, intake.spans_accepted, now_ns);
  }
  const InstrumentationHealth health = book->Report(window_ns, now_ns);
  std::string out;
  JsonWriter json(out);
  json.BeginObject().Key("window_s").Int(*window_s).Key("step_s").Int(health.step_ns / kSecondNs);
  json.Key("traces").UInt(health.traces).Key("spans").UInt(health.spans);
  json.Key("complete").Bool(health.complete).Key("signals").BeginArray();
  for (const SignalHealth& signal : health.signals) AppendSignal(health, signal, json);
  json.EndArray().EndObject();
  return net::JsonResponse(200, std::move(out));
}

}  // namespace

void AddInstrumentation(const ContextPtr& context, const AddRoute& add) {
  add("GET", "/api/v1/instrumentation",
      [context](const HttpRequest& request) { return Instrumentation(*context, request); });
}

}  // namespace awry::api
