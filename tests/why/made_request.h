// One request of a made system, written as a trace.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "base/random.h"
#include "made_plan.h"
#include "trace/span.h"

namespace awry::made {

// What the requests of one world share.
struct WorldState {
  WorldState(const SystemPlan& system, const WorldOptions& given, base::Random& chance) : plan(system), options(given), random(chance) {}
  const SystemPlan& plan;
  const WorldOptions& options;
  base::Random& random;
  int64_t moment_ns = 0;  // of a sudden fault or of a calm change
  bool sudden = true;
  double share = 0.1;     // of the requests that could meet the fault
  double harm = 0.85;     // of those that meet it, answered wrongly
  double drop = 0.1;      // of the sureness of a wrong answer; 0: quiet
  bool deploy = false;    // an unrelated service is deployed at the moment
  // Resources are shared by their spans: [service][pod][version or configuration].
  std::vector<std::vector<std::vector<std::shared_ptr<const trace::Resource>>>> resources;
  std::shared_ptr<const trace::Scope> scope = std::make_shared<trace::Scope>();
  // Of earlier requests.
  size_t previous_user = 0;
  double previous_norm = 0.5;
  std::string previous_code = "0";
  std::string previous_request = "0";
  std::deque<std::string> used_ids;
};

struct Written {
  trace::Trace trace;
  bool hit = false;    // met the fault
  bool wrong = false;
};

Written WriteRequest(WorldState& state, size_t index);

}  // namespace awry::made
