// The development set of `why`: scenarios as folders with traces, labels, tasks and truth.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "awry/why/why.h"
#include "base/status.h"
#include "made_world.h"
#include "trace/label.h"
#include "trace/span.h"

namespace awry::made {

struct Scenario {
  std::string name;
  std::vector<trace::Trace> traces;
  std::vector<trace::Label> labels;
  std::vector<why::Question> questions;  // labelled, single, onset, as far as they apply
  std::vector<Culprit> culprits;         // empty: no fault
};

// Folders of scenarios below `root`/small, in order; none when it is not there.
std::vector<std::string> ScenariosOf(const std::string& root);
base::Result<Scenario> ReadScenario(const std::string& folder);

// Spans grouped by trace, by start.
std::vector<trace::Trace> GroupByTrace(std::vector<trace::Span> spans);

}  // namespace awry::made
