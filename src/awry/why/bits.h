// A set of traces as bits, one bit a trace.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace awry::why {

// Value type. Sets that meet in one call have the same size.
class Bits {
 public:
  Bits() = default;
  explicit Bits(size_t size) : size_(size), words_((size + 63) / 64) {}

  size_t size() const { return size_; }
  bool Test(size_t i) const { return ((words_[i / 64] >> (i % 64)) & 1) != 0; }
  void Set(size_t i) { words_[i / 64] |= uint64_t{1} << (i % 64); }
  void Clear(size_t i) { words_[i / 64] &= ~(uint64_t{1} << (i % 64)); }

  size_t Count() const {
    size_t count = 0;
    for (uint64_t word : words_) count += static_cast<size_t>(std::popcount(word));
    return count;
  }
  Bits& operator&=(const Bits& other) {
    for (size_t i = 0; i < words_.size(); ++i) words_[i] &= other.words_[i];
    return *this;
  }
  Bits& operator|=(const Bits& other) {
    for (size_t i = 0; i < words_.size(); ++i) words_[i] |= other.words_[i];
    return *this;
  }
  // Removes what is in `other`.
  Bits& Subtract(const Bits& other) {
    for (size_t i = 0; i < words_.size(); ++i) words_[i] &= ~other.words_[i];
    return *this;
  }
  bool operator==(const Bits&) const = default;

  // Calls `visit(i)` for every member, in order.
  template <typename Visit>
  void ForEach(Visit visit) const {
    for (size_t w = 0; w < words_.size(); ++w) {
      for (uint64_t word = words_[w]; word != 0; word &= word - 1) {
        visit(w * 64 + static_cast<size_t>(std::countr_zero(word)));
      }
    }
  }

  friend size_t CountAnd(const Bits& a, const Bits& b) {
    size_t count = 0;
    for (size_t i = 0; i < a.words_.size(); ++i) {
      count += static_cast<size_t>(std::popcount(a.words_[i] & b.words_[i]));
    }
    return count;
  }
  friend size_t CountAnd(const Bits& a, const Bits& b, const Bits& c) {
    size_t count = 0;
    for (size_t i = 0; i < a.words_.size(); ++i) {
      count += static_cast<size_t>(std::popcount(a.words_[i] & b.words_[i] & c.words_[i]));
    }
    return count;
  }

 private:
  size_t size_ = 0;
  std::vector<uint64_t> words_;
};

inline Bits And(Bits a, const Bits& b) { return a &= b; }

}  // namespace awry::why
