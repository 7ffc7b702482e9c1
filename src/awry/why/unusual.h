// What is unusual in one trace, and what is usual: for the trace page and for proposed checks.
#pragma once

#include <cstddef>
#include <vector>

#include "awry/why/corpus.h"
#include "awry/why/why.h"

namespace awry::why {

// Rare values and broken relations of `trace`, which is row `row` of the corpus; rarest first.
std::vector<UnusualFact> UnusualIn(const Corpus& corpus, size_t row, const trace::Trace& trace);

// Relations that hold in nearly all traces of the corpus and that the query language can say.
std::vector<Invariant> InvariantsOf(const Corpus& corpus);

}  // namespace awry::why
