// Checks, what they found, and what is wrong with them, as JSON. Shapes: docs/http-api.md.
#pragma once

#include <string>
#include <vector>

#include "awry/check/check.h"
#include "awry/check/dry_run.h"
#include "awry/check/rule.h"
#include "awry/check/watcher.h"
#include "base/status.h"
#include "codec/json.h"
#include "net/http.h"

namespace awry::api {

// What a PUT carries: `checks` or `yaml`.
struct ChecksBody {
  std::vector<check::PlacedCheck> checks;
  std::string yaml;  // "" when it came as `checks`
};
// kInvalidArgument; `problem` is filled.
base::Result<ChecksBody> ChecksFromJson(codec::JsonValue body, check::Problem& problem);

// An error with the place of the problem in `details`.
net::HttpResponse CheckFailure(const base::Status& status, const check::Problem& problem);

// {window_s, step_s, checks, yaml, live}.
base::Result<std::string> ChecksToJson(check::Watcher& watcher, int64_t window_s, int64_t now_ns);
std::string DryRunToJson(const check::RuleSet& rules, const check::DryRunResult& result, int64_t took_ms);
std::string ViolationsToJson(const check::ViolationPage& page);

}  // namespace awry::api
