// Times of a service, over all that it does: a service that lacks time, or is slow to reach, is so in each of
// its operations, and each of them may be called too seldom to tell.
#pragma once

#include <string>
#include <vector>

#include "awry/why/corpus.h"
#include "awry/why/facts.h"

namespace awry::why {

// By trace: how long the spans that it enters by take, in ms.
std::vector<double> WholeTimes(const Corpus& corpus);

// A duration that is known in parts: the own time, or the way to the callee, says where it went.
bool IsSpelledOut(const Corpus& corpus, const Column& column);

// Facts of the kinds kSlowSteps and kSlowCalls: the service's times, together, are so many times what they usually
// are for the same operations.
std::vector<Fact> ServiceTimeFacts(const Corpus& corpus, const Groups& groups);

// By trace: how many times as long as usual all takes that `service` takes part in: its steps, the ways to it and the
// ways from it. NaN where it is not called.
std::vector<double> ServiceSlowness(const Corpus& corpus, const Groups& groups, const std::string& service);

}  // namespace awry::why
