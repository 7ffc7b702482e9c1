#include "finance/category_predictor/label_counts.h"

#include <algorithm>

namespace finance::category_predictor {

void LabelCounts::Add(ledger::Category category, int64_t times) {
  last_ = category;
  for (auto& [known, count] : counts_) {
    if (known == category) {
      count += times;
      return;
    }
  }
  counts_.emplace_back(category, times);
}

void LabelCounts::Remove(ledger::Category category) {
  for (auto it = counts_.begin(); it != counts_.end(); ++it) {
    if (it->first != category) continue;
    if (--it->second <= 0) counts_.erase(it);
    break;
  }
  const auto is_last = [&](const auto& entry) { return entry.first == last_; };
  if (std::none_of(counts_.begin(), counts_.end(), is_last)) last_ = Summary().top;
}

LabelMemory LabelCounts::Summary() const {
  const auto heavier = [&](const auto& a, const auto& b) {
    if (a.second != b.second) return a.second > b.second;
    if ((a.first == last_) != (b.first == last_)) return a.first == last_;
    return a.first < b.first;
  };
  LabelMemory out;
  const std::pair<ledger::Category, int64_t>* top = nullptr;
  const std::pair<ledger::Category, int64_t>* second = nullptr;
  for (const auto& entry : counts_) {
    out.total += entry.second;
    if (top == nullptr || heavier(entry, *top)) {
      second = top;
      top = &entry;
    } else if (second == nullptr || heavier(entry, *second)) {
      second = &entry;
    }
  }
  if (top == nullptr) return out;
  out.top = top->first;
  out.count = top->second;
  if (second != nullptr) out.second = second->first;
  out.last = last_;
  return out;
}

}  // namespace finance::category_predictor
