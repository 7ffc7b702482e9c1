// Where a slowness belongs: a service that lacks time shows at its own steps and at all its calls, one that
// is slow to reach at the calls to it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "awry/why/corpus.h"
#include "awry/why/facts.h"

namespace awry::why {

// Whether a span of `callee` usually runs below one of `caller`.
bool Calls(const Corpus& corpus, const std::string& caller, const std::string& callee);

// A time that is longer than usual.
bool IsSlow(const Corpus& corpus, const Fact& fact);

struct SlowPlace {
  uint32_t fact = 0;
  double g = 0;
};

struct SlowService {
  uint32_t fact = kNoText;  // the strongest that tells of the service; kNoText: no places
  bool is_caller = false;   // it is the way from the service to another one, told of the callee
};

// `places`: slow facts. The way between two services counts for both: for the caller less, and the less the
// fewer services are slow to reach from it.
SlowService SlowServiceOf(const Corpus& corpus, const std::vector<Fact>& facts, const std::vector<SlowPlace>& places);

}  // namespace awry::why
