// The service at fault where it is called too seldom for a test on each fact: four tests of each service, on what it
// does, on its own time, on the ways to it, and on all its times with the ways from it.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "awry/why/corpus.h"
#include "awry/why/facts.h"

namespace awry::why {

struct SeldomCalled {
  uint32_t fact = 0;           // what tells it best, of the service
  double log_p_corrected = 0;  // for four tests of each service
};

// The likeliest service that at most kSeldomMax cases call and whose corrected p is at most kSeldomLogP. `may_lead`:
// whether a fact may be named as a cause at all.
inline constexpr size_t kSeldomMax = 16;
inline constexpr double kSeldomLogP = -5.3;  // 0.005
std::optional<SeldomCalled> SeldomCalledAtFault(const Corpus& corpus, const std::vector<Fact>& facts, const Groups& groups,
                                                const std::function<bool(uint32_t)>& may_lead);

}  // namespace awry::why
