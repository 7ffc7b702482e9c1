// An exact test of few cases against many controls by one number, with the choice of the threshold counted in.
#pragma once

#include <cstddef>
#include <vector>

#include "awry/why/statistics.h"

namespace awry::why {

// More cases than this need no exact test of all thresholds.
inline constexpr size_t kScanCasesMax = 64;

struct RankScan {
  double log_p = 0;      // 0: no threshold tells
  double threshold = 0;  // numbers >= it are the odd ones
  Table table;           // at the threshold
};

// Tries every threshold that is >= `from` and that at most half of all numbers reach. `log_p`: if the cases were drawn
// from all numbers by lot, how likely Fisher's p at the best of these thresholds would be as small as it is. Equal
// numbers are on one side. At most kScanCasesMax cases; more, or none on either side: nothing tells.
RankScan ScanRanks(const std::vector<double>& cases, const std::vector<double>& controls, double from);

}  // namespace awry::why
