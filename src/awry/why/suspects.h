// Orders facts when there are no labels: for one trace, and for a moment.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "awry/why/corpus.h"
#include "awry/why/facts.h"
#include "awry/why/flow.h"
#include "awry/why/relations.h"
#include "awry/why/signals.h"

namespace awry::why {

struct Suspect {
  uint32_t fact = 0;
  double score = 0;       // log-odds like; what passes kSuspectMin is named
  double share = 0;       // of the comparable traces (single) or of those before (onset)
  double shift = 0;       // OutcomeShift
  Step step;
  bool context = false;   // a deploy without a sign of harm
  std::string got_worse;  // a clause for the statement: the fact began before, its harm did not; "": as said by the fact
};

struct SuspectGroup {
  Suspect lead;
  std::vector<Suspect> same;
  std::vector<Suspect> explained;
};

struct Suspicion {
  std::vector<SuspectGroup> causes;    // best first
  std::vector<Suspect> context;        // deploys then (onset)
  std::vector<Suspect> too_weak;
};

inline constexpr double kSuspectMin = 6.5;

// Facts of trace `trace`, which is the only case of `groups`.
Suspicion SuspectsOfTrace(const Corpus& corpus, const std::vector<Relation>& relations, const Flow& flow,
                          const Facts& facts, const Groups& groups, size_t trace);

// Facts whose share changes at `onset_ns`, give or take `slack_ns`; cases are after, controls before. Where none does,
// what got worse then; that may add a pair to `facts`.
Suspicion SuspectsOfMoment(const Corpus& corpus, const std::vector<Relation>& relations, const Flow& flow,
                           Facts& facts, const Groups& groups, int64_t onset_ns, int64_t slack_ns);

}  // namespace awry::why
