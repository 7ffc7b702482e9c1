// The threshold that best tells cases from controls by one number.
#pragma once

#include <cstddef>
#include <vector>

namespace awry::why {

struct RangeCut {
  double g = 0;          // 0: none
  double threshold = 0;
  double scarcity = 1;   // of a time that no control reaches: how many times as many controls there seem to be
  size_t choices = 0;    // thresholds that were tried
};

// Tries quantiles of both sides; `above`: numbers >= the threshold are the odd ones, else those <= it.
// `slow_from` > 0: the numbers are times, and shorter ones are usual. Sorts both sides; neither may be empty.
RangeCut BestRangeCut(std::vector<double>& cases, std::vector<double>& controls, bool above, double slow_from);

// Where the slow times begin that `time` is one of: above the widest gap (as a ratio) between neighbours from `slow_from` to
// `time`. `usual` is sorted. At most `time`.
double SlowFromGap(const std::vector<double>& usual, double time, double slow_from);

}  // namespace awry::why
