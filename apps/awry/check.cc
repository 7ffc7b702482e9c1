// awry check and awry invariants.
#include <fmt/format.h>

#include <cstdio>

#include "backend.h"
#include "base/file.h"
#include "check_text.h"
#include "codec/json.h"
#include "commands.h"
#include "net/http.h"

namespace awry::app {
namespace {

constexpr int kHolds = 0;
constexpr int kViolated = 1;
constexpr int kNotChecked = 2;
constexpr size_t kFileBytesMax = 1 << 20;  // far above what the API takes
constexpr int kTimeoutS = 590;             // below the client's

int NotChecked(const base::Status& status) {
  (void)Fail(status);
  return kNotChecked;
}

base::Result<std::string> ReadInput(const std::string& path) {
  if (path != "-") return base::RealFileSystem().ReadAll(path);
  std::string text;
  char buffer[4'096];
  while (const size_t got = fread(buffer, 1, sizeof(buffer), stdin)) {
    text.append(buffer, got);
    if (text.size() > kFileBytesMax) return base::ResourceExhausted("standard input is too long");
  }
  return text;
}

base::Result<std::string> Ask(const CheckOptions& options) {
  ASSIGN_OR_RETURN(const std::string yaml, ReadInput(options.file));
  std::string body;
  codec::JsonWriter(body).BeginObject().Key("yaml").String(yaml).EndObject();
  std::string target = fmt::format("/api/v1/checks?dry_run=1&timeout_s={}", kTimeoutS);
  if (!options.since.empty()) target += "&since=" + net::UrlEncode(options.since);
  if (!options.until.empty()) target += "&until=" + net::UrlEncode(options.until);
  ASSIGN_OR_RETURN(const auto backend, Backend::Open(options.place, {}));
  return backend->Put(target, std::move(body));
}

int ExitCodeOf(codec::JsonValue answer) {
  for (const codec::JsonValue check : answer.Find("checks").items()) {
    if (check.Find("violations").AsUInt64().value_or(0) > 0) return kViolated;
  }
  if (answer.Find("checks").size() == 0) return NotChecked(base::NotFound("the file holds no checks"));
  if (answer.Find("traces").AsUInt64().value_or(0) == 0)
    return NotChecked(base::NotFound("there are no traces in that window"));
  if (!answer.Find("complete").AsBool().value_or(false)) {
    return NotChecked(base::DeadlineExceeded(
        "not all traces could be read, those that were hold: ask for a shorter window"));
  }
  return kHolds;
}

}  // namespace

int RunCheck(const CheckOptions& options) {
  const auto answer = Ask(options);
  if (!answer.ok()) return NotChecked(answer.status().WithContext(options.file));
  const auto document = codec::JsonDocument::Parse(*answer);
  if (!document.ok()) return NotChecked(document.status());
  if (options.json) {
    fmt::print("{}\n", *answer);
  } else {
    fmt::print("{}", CheckText(document->root(), options.examples));
  }
  std::fflush(stdout);
  return ExitCodeOf(document->root());
}

int RunInvariants(const InvariantsOptions& options) {
  if (options.json && options.yaml) return Fail(base::InvalidArgument("--json or --yaml, not both"));
  auto backend = Backend::Open(options.place, {});
  if (!backend.ok()) return Fail(backend.status());
  const auto answer = (*backend)->Get("/api/v1/invariants");
  if (!answer.ok()) return Fail(answer.status());
  if (options.json) {
    fmt::print("{}\n", *answer);
    return 0;
  }
  const auto document = codec::JsonDocument::Parse(*answer);
  if (!document.ok()) return Fail(document.status());
  fmt::print("{}", InvariantsYaml(document->root()));
  return 0;
}

}  // namespace awry::app
