// A hash map that never grows beyond a given size: whoever came first goes first.
#pragma once

#include <cstddef>
#include <deque>
#include <unordered_map>

namespace finance::category_predictor {

// Thread-compatible.
template <typename Key, typename Value>
class BoundedMap {
 public:
  // `most` > 0 entries.
  explicit BoundedMap(size_t most) : most_(most) {}

  // The value of `key`, made where there is none; that may drop another.
  Value& operator[](const Key& key) {
    const auto [found, added] = values_.try_emplace(key);
    if (!added) return found->second;
    keys_.push_back(key);
    if (keys_.size() > most_) {
      values_.erase(keys_.front());
      keys_.pop_front();
    }
    return found->second;
  }

  // nullptr: none.
  const Value* Find(const Key& key) const {
    const auto found = values_.find(key);
    return found == values_.end() ? nullptr : &found->second;
  }

  size_t size() const { return values_.size(); }

 private:
  size_t most_;
  std::unordered_map<Key, Value> values_;
  std::deque<Key> keys_;  // as they came
};

}  // namespace finance::category_predictor
