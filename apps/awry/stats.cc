// awry stats.
#include <fmt/format.h>

#include "awry/query/time_text.h"
#include "backend.h"
#include "codec/json.h"
#include "commands.h"
#include "terminal.h"

namespace awry::app {
namespace {

// Fetches, and prints the answer itself when asked for; else gives it to `print`.
template <typename Print>
int Show(const Place& place, const std::string& target, bool as_json, Print print) {
  auto backend = Backend::Open(place, {});
  if (!backend.ok()) return Fail(backend.status());
  const auto answer = (*backend)->Get(target);
  if (!answer.ok()) return Fail(answer.status());
  if (as_json) {
    fmt::print("{}\n", *answer);
    return 0;
  }
  const auto document = codec::JsonDocument::Parse(*answer);
  if (!document.ok()) return Fail(document.status());
  print(document->root());
  return 0;
}

void PrintStats(codec::JsonValue stats) {
  const auto number = [&](const char* key) {
    return Grouped(stats.Find(key).AsUInt64().value_or(0));
  };
  fmt::print("{:24}{:>16}\n", "spans", number("spans"));
  fmt::print("{:24}{:>16}\n", "traces", number("traces"));
  fmt::print("{:24}{:>16}\n", "bytes on disk", number("disk_bytes"));
  fmt::print("{:24}{:>16.1f}\n", "bytes per span",
             stats.Find("bytes_per_span").AsDouble().value_or(0));
  fmt::print("{:24}{:>16}\n", "segments", number("segments"));
  fmt::print("{:24}{:>16}\n", "spans dropped", number("spans_dropped"));
  if (const auto oldest = stats.Find("oldest_ns").AsInt64().value_or(0); oldest != 0) {
    fmt::print("{:24}{}\n{:24}{}\n", "oldest span", query::TimeToText(oldest), "newest span",
               query::TimeToText(stats.Find("newest_ns").AsInt64().value_or(0)));
  }
  for (const codec::JsonValue problem : stats.Find("problems").items())
    fmt::print("problem: {}\n", Visible(problem.AsString().value_or("")));
}

}  // namespace

int RunStats(const StatsOptions& options) {
  return Show(options.place, "/api/v1/status", options.json, PrintStats);
}

}  // namespace awry::app
