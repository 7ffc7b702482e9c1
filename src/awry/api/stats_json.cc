#include "awry/api/stats_json.h"

#include "codec/json.h"

namespace awry::api {

std::string StatsToJson(const store::StoreStats& stats, const StatusMeter::Rates& rates,
                        const IntakeCounts& intake) {
  std::string out;
  codec::JsonWriter json(out);
  json.BeginObject();
  json.Key("spans").UInt(stats.spans).Key("traces").UInt(stats.traces);
  json.Key("disk_bytes").UInt(stats.disk_bytes).Key("memory_bytes").UInt(stats.memory_bytes);
  const double per_span =
      stats.spans == 0 ? 0
                       : static_cast<double>(stats.disk_bytes) / static_cast<double>(stats.spans);
  json.Key("bytes_per_span").Double(per_span).Key("segments").UInt(stats.segments);
  json.Key("oldest_ns").Int(stats.oldest_ns).Key("newest_ns").Int(stats.newest_ns);
  json.Key("spans_dropped").UInt(stats.spans_dropped_by_retention + intake.spans_rejected);
  json.Key("spans_dropped_by_retention").UInt(stats.spans_dropped_by_retention);
  json.Key("spans_refused")
      .UInt(intake.spans_rejected)
      .Key("requests_refused")
      .UInt(intake.requests_refused);
  json.Key("spans_per_second")
      .Double(rates.spans_per_second)
      .Key("traces_per_minute")
      .Double(rates.traces_per_minute);
  json.Key("problems").BeginArray();
  for (const std::string& problem : stats.problems) json.String(problem);
  json.EndArray().EndObject();
  return out;
}

}  // namespace awry::api
