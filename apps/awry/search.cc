// awry search: traces that match a query, one a line.
#include <fmt/format.h>

#include "awry/query/tag_search.h"
#include "awry/query/time_text.h"
#include "backend.h"
#include "base/clock.h"
#include "codec/json.h"
#include "commands.h"
#include "terminal.h"

namespace awry::app {
namespace {

void PrintTraces(codec::JsonValue answer) {
  for (const codec::JsonValue hit : answer.Find("traces").items()) {
    const codec::JsonValue root = hit.Find("root");
    fmt::print("{}  {}  {:>10}  {:>5} spans",
               query::TimeToText(hit.Find("start_ns").AsInt64().value_or(0)),
               Visible(hit.Find("trace_id").AsString().value_or("")),
               query::DurationToText(hit.Find("duration_ns").AsInt64().value_or(0)),
               hit.Find("spans").AsUInt64().value_or(0));
    if (const auto errors = hit.Find("errors").AsUInt64().value_or(0); errors > 0)
      fmt::print("  {} errors", errors);
    fmt::print("  {}: {}", Visible(root.Find("service").AsString().value_or("")),
               Visible(root.Find("name").AsString().value_or("")));
    for (const codec::JsonValue label : hit.Find("labels").items())
      fmt::print("  [{}]", label.Find("label").AsString().value_or(""));
    fmt::print("\n");
    for (const codec::JsonValue span : hit.Find("matched").items()) {
      for (const codec::JsonValue field : span.Find("select").items()) {
        fmt::print("    {} = {}\n", Visible(field.Find("field").AsString().value_or("")),
                   Visible(field.Find("value").AsString().value_or("")));
      }
    }
  }
  const bool exact = answer.Find("total_is_exact").AsBool().value_or(true);
  fmt::print("{} of {}{} traces\n", answer.Find("traces").size(), exact ? "" : "at least ",
             answer.Find("total").AsUInt64().value_or(0));
}

}  // namespace

int RunSearch(const SearchOptions& options) {
  std::string body;
  codec::JsonWriter json(body);
  json.BeginObject().Key("query").String(options.query).Key("limit").UInt(options.limit);
  if (options.explain) json.Key("explain").Bool(true);
  if (const base::Status window = AppendWindow(options.since, options.until, json); !window.ok())
    return Fail(window);
  json.EndObject();
  auto backend = Backend::Open(options.place, {});
  if (!backend.ok()) return Fail(backend.status());
  const auto answer = (*backend)->Post("/api/v1/search", body);
  if (!answer.ok()) return Fail(answer.status());
  if (options.json) {
    fmt::print("{}\n", *answer);
    return 0;
  }
  const auto document = codec::JsonDocument::Parse(*answer);
  if (!document.ok()) return Fail(document.status());
  if (options.explain) {
    fmt::print("{}", document->root().Find("plan").AsString().value_or(""));
  } else {
    PrintTraces(document->root());
  }
  return 0;
}

}  // namespace awry::app
