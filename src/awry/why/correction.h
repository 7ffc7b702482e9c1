// Correction for all facts that were tried, by family.
#pragma once

#include <cstddef>
#include <vector>

#include "awry/why/corpus.h"
#include "awry/why/facts.h"
#include "awry/why/scoring.h"

namespace awry::why {

// Fills `log_p_corrected` of facts that were scored, out of `facts` and of `relations` that were kept.
void CorrectForAllTried(const Corpus& corpus, const Facts& facts, size_t relations, std::vector<Scored>& scored);

}  // namespace awry::why
