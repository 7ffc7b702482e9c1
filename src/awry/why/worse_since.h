// What did harm only since a moment although it is met as often as before: answers with one value, or with two
// together, are less sure since then, and all others are as sure as ever. A bad shard, a model of one tenant.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "awry/why/corpus.h"
#include "awry/why/facts.h"
#include "awry/why/flow.h"
#include "awry/why/relations.h"

namespace awry::why {

struct Worsened {
  uint32_t fact = 0;
  double score = 0;   // minus ln p, corrected for all that was tried
  std::string text;   // what got worse, as a clause
};

// `groups`: the cases are since the moment, the controls before it. `eligible`: facts that may be named. May add
// one fact of the kind kBoth to `facts`. Nothing when no attribute tells how sure answers are.
std::optional<Worsened> WorseSince(const Corpus& corpus, const std::vector<Relation>& relations, const Flow& flow, Facts& facts,
                                   const Groups& groups, const std::function<bool(const Fact&)>& eligible);

}  // namespace awry::why
