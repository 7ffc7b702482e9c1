// awry drift.
#include <fmt/format.h>

#include "awry/query/time_text.h"
#include "backend.h"
#include "codec/json.h"
#include "commands.h"
#include "net/http.h"
#include "terminal.h"

namespace awry::app {
namespace {

constexpr size_t kTestsShown = 20;

std::string TargetOf(const DriftOptions& options) {
  const std::pair<const char*, const std::string*> params[] = {{"service", &options.service},
                                                               {"model", &options.model},
                                                               {"start", &options.since},
                                                               {"end", &options.until},
                                                               {"step", &options.step}};
  std::string target = "/api/v1/drift";
  char separator = '?';
  for (const auto& [name, value] : params) {
    if (value->empty()) continue;
    target += fmt::format("{}{}={}", separator, name, net::UrlEncode(*value));
    separator = '&';
  }
  return target;
}

std::string TextOf(codec::JsonValue value) { return Visible(value.AsString().value_or("")); }

void PrintTest(codec::JsonValue test) {
  const bool alarm = test.Find("alarm").AsBool().value_or(false);
  fmt::print("{} {}  (p {:.2g}, PSI {:.3f}, JS {:.3f})\n", alarm ? "DRIFT" : "     ",
             TextOf(test.Find("attribute")), test.Find("p_value").AsDouble().value_or(1),
             test.Find("psi").AsDouble().value_or(0), test.Find("js").AsDouble().value_or(0));
  if (!alarm) return;
  fmt::print("      since {}, {} predictions beside {} of {}\n",
             query::TimeToText(test.Find("since_ns").AsInt64().value_or(0)),
             Grouped(test.Find("now").Find("count").AsUInt64().value_or(0)),
             Grouped(test.Find("baseline").Find("count").AsUInt64().value_or(0)),
             TextOf(test.Find("baseline").Find("what")));
  for (const codec::JsonValue bin : test.Find("bins").items()) {
    fmt::print("      {:>5.1f} % → {:>5.1f} %  {}\n",
               100 * bin.Find("baseline").AsDouble().value_or(0),
               100 * bin.Find("now").AsDouble().value_or(0), TextOf(bin.Find("label")));
  }
}

void PrintDrift(codec::JsonValue answer) {
  for (const codec::JsonValue model : answer.Find("models").items()) {
    uint64_t count = 0;
    for (const codec::JsonValue window : model.Find("windows").items())
      count += window.Find("count").AsUInt64().value_or(0);
    fmt::print("{} {} version {}: {} predictions\n", TextOf(model.Find("service")),
               TextOf(model.Find("span")), TextOf(model.Find("version")), Grouped(count));
    size_t shown = 0;
    for (const codec::JsonValue test : answer.Find("tests").items()) {
      const bool of_this = test.Find("service").AsString() == model.Find("service").AsString() &&
                           test.Find("span").AsString() == model.Find("span").AsString() &&
                           test.Find("version").AsString() == model.Find("version").AsString();
      if (!of_this || shown++ >= kTestsShown) continue;
      if (shown == 1)
        fmt::print("compared with {}\n", TextOf(test.Find("baseline").Find("what")));
      PrintTest(test);
    }
    if (shown > kTestsShown) fmt::print("      and {} more (--json)\n", shown - kTestsShown);
  }
  if (answer.Find("models").size() == 0)
    fmt::print("no predictions found: spans with attributes prediction.… are looked for\n");
  for (const codec::JsonValue note : answer.Find("looked_at").Find("notes").items())
    fmt::print("note: {}\n", TextOf(note));
}

}  // namespace

int RunDrift(const DriftOptions& options) {
  auto backend = Backend::Open(options.place, {});
  if (!backend.ok()) return Fail(backend.status());
  const auto answer = (*backend)->Get(TargetOf(options));
  if (!answer.ok()) return Fail(answer.status());
  if (options.json) {
    fmt::print("{}\n", *answer);
    return 0;
  }
  const auto document = codec::JsonDocument::Parse(*answer);
  if (!document.ok()) return Fail(document.status());
  PrintDrift(document->root());
  return 0;
}

}  // namespace awry::app
