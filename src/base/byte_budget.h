// A number of bytes that many share: what would need more is refused, to be tried again later.
#pragma once

#include <atomic>
#include <cstddef>

namespace awry::base {

// Thread-safe.
class ByteBudget {
 public:
  explicit ByteBudget(size_t bytes_max) : bytes_max_(bytes_max) {}
  ByteBudget(const ByteBudget&) = delete;
  ByteBudget& operator=(const ByteBudget&) = delete;

  // Returns false, taking nothing, when more than `bytes_max` would be taken. Who `holds` all that is
  // taken gets any amount: what is larger than the budget can be served, alone.
  bool Take(size_t bytes, size_t holds = 0) {
    size_t taken = taken_.load();
    do {
      if (taken != holds && (bytes > bytes_max_ || taken > bytes_max_ - bytes)) return false;
    } while (!taken_.compare_exchange_weak(taken, taken + bytes));
    return true;
  }
  void Give(size_t bytes) { taken_ -= bytes; }

  size_t bytes_max() const { return bytes_max_; }
  size_t taken() const { return taken_; }

 private:
  const size_t bytes_max_;
  std::atomic<size_t> taken_{0};
};

// A part of a budget, given back at the end. Used by one thread.
class BudgetShare {
 public:
  // `budget` may be null (no limit); else it must outlive the share.
  explicit BudgetShare(ByteBudget* budget) : budget_(budget) {}
  BudgetShare(const BudgetShare&) = delete;
  BudgetShare& operator=(const BudgetShare&) = delete;
  ~BudgetShare() { Reset(); }

  // Makes the share `bytes` large if it is smaller; false when the budget has not that much left.
  bool GrowTo(size_t bytes) {
    if (budget_ == nullptr || bytes <= bytes_) return true;
    if (!budget_->Take(bytes - bytes_, bytes_)) return false;
    bytes_ = bytes;
    return true;
  }
  // Gives back what is beyond `bytes`.
  void ShrinkTo(size_t bytes) {
    if (budget_ == nullptr || bytes >= bytes_) return;
    budget_->Give(bytes_ - bytes);
    bytes_ = bytes;
  }
  size_t bytes() const { return bytes_; }
  void Reset() {
    if (bytes_ > 0) budget_->Give(bytes_);
    bytes_ = 0;
  }

 private:
  ByteBudget* const budget_;
  size_t bytes_ = 0;
};

}  // namespace awry::base
