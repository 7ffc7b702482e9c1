// Health, metrics, and the intake line of the pages.
#include <fmt/format.h>

#include <map>
#include <string>
#include <vector>

#include "awry/api/context.h"
#include "awry/api/stats_json.h"

namespace awry::api {
namespace {

using net::HttpRequest;
using net::HttpResponse;

IntakeCounts IntakeOf(const Context& context) {
  return context.options.intake ? context.options.intake() : IntakeCounts{};
}

HttpResponse Status(Context& context) {
  const store::StoreStats stats = context.store.Stats();
  const StatusMeter::Rates rates =
      context.meter.Note(stats.spans + stats.spans_dropped_by_retention, stats.traces);
  return net::JsonResponse(200, StatsToJson(stats, rates, IntakeOf(context)));
}

HttpResponse Metrics(Context& context) {
  const store::StoreStats stats = context.store.Stats();
  std::string out;
  const auto gauge = [&](const char* name, const char* type, const char* help, uint64_t value) {
    out += fmt::format("# HELP {0} {2}\n# TYPE {0} {1}\n{0} {3}\n", name, type, help, value);
  };
  gauge("awry_store_spans", "gauge", "Spans in the store.", stats.spans);
  gauge("awry_store_traces", "gauge", "Traces in the store, may be an estimate.", stats.traces);
  gauge("awry_store_disk_bytes", "gauge", "Bytes on disk.", stats.disk_bytes);
  gauge("awry_store_memory_bytes", "gauge", "Bytes in memory.", stats.memory_bytes);
  gauge("awry_store_segments", "gauge", "Segment files.", stats.segments);
  gauge("awry_store_spans_dropped_total", "counter", "Spans dropped by retention.",
        stats.spans_dropped_by_retention);
  gauge("awry_store_problems", "gauge", "Files that were found corrupt or torn.",
        stats.problems.size());
  if (context.findings != nullptr) {
    std::map<std::string_view, uint64_t> states{
        {"new", 0}, {"confirmed", 0}, {"fixed", 0}, {"dismissed", 0}};
    for (const why::Finding& finding : context.findings->List())
      ++states[why::FindingStateName(finding.state)];
    out += "# HELP awry_findings Findings by state.\n# TYPE awry_findings gauge\n";
    for (const auto& [state, count] : states)
      out += fmt::format("awry_findings{{state=\"{}\"}} {}\n", state, count);
  }
  if (context.options.more_metrics) out += context.options.more_metrics();
  return net::TextResponse(200, std::move(out), "text/plain; version=0.0.4; charset=utf-8");
}

HttpResponse Ready(Context& context) {
  const bool ready = !context.options.ready || context.options.ready();
  return ready ? net::JsonResponse(200, R"({"status":"ready"})")
               : net::ErrorResponse(base::Unavailable("awry is starting or stopping: try again"));
}

}  // namespace

void AddStatus(const ContextPtr& context, const AddRoute& add) {
  add("GET", "/api/v1/status", [context](const HttpRequest&) { return Status(*context); });
  add("GET", "/healthz",
      [](const HttpRequest&) { return net::JsonResponse(200, R"({"status":"live"})"); });
  add("GET", "/readyz", [context](const HttpRequest&) { return Ready(*context); });
  add("GET", "/metrics", [context](const HttpRequest&) { return Metrics(*context); });
}

}  // namespace awry::api
