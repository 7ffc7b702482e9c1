// Callers do otherwise because of what they call: the callee at fault goes first.
#pragma once

#include <vector>

#include "awry/why/corpus.h"
#include "awry/why/facts.h"
#include "awry/why/scoring.h"

namespace awry::why {

// Which steps were taken, not with what values nor how long.
bool TellsOfSteps(const Corpus& corpus, const Fact& fact);

// Where the first cause is a caller that breaks off, a service that it usually calls and that is slow whenever it is
// called takes its place.
void PutSlowCalleeFirst(const Corpus& corpus, const std::vector<Fact>& facts, std::vector<Ranked>& causes);

}  // namespace awry::why
