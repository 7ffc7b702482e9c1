// How often each category was given at one merchant.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "finance/category_predictor/features.h"

namespace finance::category_predictor {

// Thread-compatible.
class LabelCounts {
 public:
  void Add(ledger::Category category, int64_t times = 1);
  // Takes one label back (a correction of a correction); nothing when there is none.
  void Remove(ledger::Category category);
  // Of equally frequent categories the last given wins, then the lower number.
  LabelMemory Summary() const;
  const std::vector<std::pair<ledger::Category, int64_t>>& counts() const { return counts_; }
  ledger::Category last() const { return last_; }
  void set_last(ledger::Category category) { last_ = category; }

 private:
  std::vector<std::pair<ledger::Category, int64_t>> counts_;
  ledger::Category last_ = ledger::Category::kUncategorized;
};

}  // namespace finance::category_predictor
