// Tests every fact, keeps those that pass test and effect gates, and orders them into causes.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "awry/why/corpus.h"
#include "awry/why/facts.h"
#include "awry/why/flow.h"
#include "awry/why/statistics.h"

namespace awry::why {

struct Scored {
  uint32_t fact = 0;
  Table table;
  double g = 0;
  double log_p = 0;            // with the choice of its threshold counted in
  double log_p_corrected = 0;  // for all facts tried: BH, BY for relations
  OddsRatio odds;
};

struct ScoringOptions {
  double log_p_max = -6.9;     // corrected; e^-6.9 = 0.001
  double odds_lower_min = 3;   // lower end of the 95 % interval; what users' mix and hours do stays below
  double support_min = 4;      // cases with the fact
  double share_min = 0.04;     // of the cases
  size_t causes_max = 10;
  size_t too_weak_max = 8;
  // Facts that may not lead although they are no symptom.
  std::function<bool(const Fact&)> excluded;
};

// One cause: the fact that leads, facts of the same span that say the same, facts that it explains.
struct Ranked {
  Scored lead;
  std::vector<Scored> same;
  std::vector<Scored> explained;
};

struct Ranking {
  std::vector<Ranked> causes;   // best first
  std::vector<Scored> too_weak;  // strongest of those that failed a gate
  size_t tested = 0;
};

// Adds kBoth facts to `facts` when two together tell more than each.
Ranking Rank(const Corpus& corpus, const std::vector<Relation>& relations, const Flow& flow, Facts& facts,
             const Groups& groups, const ScoringOptions& options = {});

}  // namespace awry::why
