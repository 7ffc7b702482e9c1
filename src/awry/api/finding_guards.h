// Which checks watch for the cause of a finding.
#pragma once

#include <string>
#include <vector>

#include "awry/check/watcher.h"
#include "awry/why/findings.h"

namespace awry::api {

struct FindingGuards {
  std::vector<std::string> guards;    // names of checks
  std::vector<std::string> violated;  // those of them with a violation since the finding began, or since it ended
};

// A check guards a cause when it finds the same traces as the cause's query, or when it names the
// cause's span (or none) and compares one of its attributes. One a finding, in their order. `watcher`
// may be null.
std::vector<FindingGuards> GuardsOf(const std::vector<why::Finding>& findings, check::Watcher* watcher);

}  // namespace awry::api
