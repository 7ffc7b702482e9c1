// What drift is measured against: earlier weeks, else the first half of what there is.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "awry/stats/drift.h"

namespace awry::stats {

// Rounds down, below zero too.
inline int64_t FloorDiv(int64_t a, int64_t b) { return a / b - (a % b < 0 ? 1 : 0); }

// Observations that start in [from_ns, until_ns).
size_t CountIn(const DriftSeries& series, int64_t from_ns, int64_t until_ns);

struct Reference {
  std::vector<const DriftSeries*> sources;  // of `versions`
  int64_t from_ns = 0;
  int64_t until_ns = 0;
  int64_t period_ns = 0;     // of the season; 0: none
  int64_t test_from_ns = 0;  // windows before it are not tested
  std::string what;          // for people
};

// For one version of a model among all of them, which must outlive the result; nothing when too little is known.
std::optional<Reference> ReferenceOf(const std::vector<const DriftSeries*>& versions, const DriftSeries& tested,
                                     const DriftOptions& options);

}  // namespace awry::stats
