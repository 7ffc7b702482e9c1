// Times of a service, over all that it does: a service that lacks time, or is slow to reach, is so in each of
// its operations, and each of them may be called too seldom to tell.
#pragma once

#include <functional>
#include <vector>

#include "awry/why/corpus.h"
#include "awry/why/facts.h"

namespace awry::why {

// Facts of the kinds kSlowSteps and kSlowCalls: the service's times, together, are so many times what they usually
// are for the same operations. `is_step`: whether a column is a time of the span's own. `usual_ms`: of the whole
// request, by trace.
std::vector<Fact> ServiceTimeFacts(const Corpus& corpus, const Groups& groups, const std::function<bool(uint32_t)>& is_step,
                                   const std::vector<double>& whole_ms);

}  // namespace awry::why
