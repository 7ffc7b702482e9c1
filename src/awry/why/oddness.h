// How odd what a service did is in each trace.
#pragma once

#include <string>
#include <vector>

#include "awry/why/bits.h"
#include "awry/why/corpus.h"

namespace awry::why {

// By trace: the sum of -ln(share) over what the spans of `service` did there: log events, errors, and which spans they
// have below them. Shares are those among `rows`, wrong and right alike, in which the span is there. NaN where the
// service was not called, and outside `rows`.
std::vector<double> OddnessOf(const Corpus& corpus, const std::string& service, const Bits& rows);

}  // namespace awry::why
