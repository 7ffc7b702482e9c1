// awry why: asks a store, a server, or files, and prints the answer.
#include <fmt/format.h>

#include <cstdio>
#include <filesystem>

#include "awry/query/time_text.h"
#include "backend.h"
#include "base/clock.h"
#include "base/file.h"
#include "codec/json.h"
#include "commands.h"
#include "replay_flag.h"
#include "terminal.h"
#include "trace/ids.h"
#include "why_files.h"
#include "why_text.h"

namespace awry::app {
namespace {

base::Result<std::string> BodyOf(const WhyOptions& options) {
  std::string body;
  codec::JsonWriter json(body);
  json.BeginObject().Key("limit").UInt(options.limit);
  if (!options.trace_id.empty()) json.Key("trace_id").String(options.trace_id);
  if (!options.bad.empty()) json.Key("bad").String(options.bad);
  if (!options.good.empty()) json.Key("good").String(options.good);
  if (!options.onset.empty()) {
    const auto onset = query::ParseTime(options.onset, base::SystemClock().NowUnixNs());
    if (!onset.ok()) return onset.status().WithContext("--onset");
    json.Key("onset").String(query::TimeToText(*onset));
  }
  RETURN_IF_ERROR(AppendWindow(options.since, options.until, json));
  json.EndObject();
  return body;
}

base::Result<std::string> Ask(const WhyOptions& options) {
  if (!options.traces.empty()) return WhyOverFiles(options);
  if (!options.labels.empty())
    return base::InvalidArgument("--labels needs --traces; `awry label` puts labels into a store");
  Backend::Options backend_options;
  ASSIGN_OR_RETURN(backend_options.engine.replay_endpoints, ParseReplay(options.replay));
  if (options.place.data.empty() && !options.replay.empty()) {
    return base::InvalidArgument(
        "--replay needs --data or --traces here; a server has its own (awry serve --replay)");
  }
  ASSIGN_OR_RETURN(const std::string body, BodyOf(options));
  ASSIGN_OR_RETURN(const auto backend, Backend::Open(options.place, backend_options));
  return backend->Post("/api/v1/why", body);
}

}  // namespace

int RunWhy(const WhyOptions& given) {
  WhyOptions options = given;
  // `--traces FILE TRACE_ID`: the list of files has taken the id.
  if (options.trace_id.empty() && options.traces.size() > 1 && trace::TraceIdFromHex(options.traces.back()) &&
      !std::filesystem::exists(options.traces.back())) {
    options.trace_id = std::move(options.traces.back());
    options.traces.pop_back();
  }
  const int questions = (options.trace_id.empty() ? 0 : 1) + (options.bad.empty() ? 0 : 1) +
                        (options.onset.empty() ? 0 : 1);
  if (questions > 1)
    return Fail(base::InvalidArgument("ask one question at a time: TRACE_ID, --bad or --onset"));
  const auto answer = Ask(options);
  if (!answer.ok()) return Fail(answer.status());
  if (!options.out.empty()) {
    if (const base::Status written =
            base::RealFileSystem().WriteAtomically(options.out, *answer + "\n");
        !written.ok())
      return Fail(written);
  }
  if (options.json) {
    if (options.out.empty()) fmt::print("{}\n", *answer);
    return 0;
  }
  const auto document = codec::JsonDocument::Parse(*answer);
  if (!document.ok()) return Fail(document.status());
  const Asked asked = !options.trace_id.empty() ? Asked::kSingle : !options.onset.empty() ? Asked::kOnset : Asked::kLabelled;
  fmt::print("{}", WhyText(document->root(), asked));
  return 0;
}

}  // namespace awry::app
