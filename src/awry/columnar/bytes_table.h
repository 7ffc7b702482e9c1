// Gives equal byte strings equal small numbers.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "awry/columnar/stable_vector.h"

namespace awry::columnar {

// One thread interns; any thread reads entries below a size() that it has seen.
class BytesTable {
 public:
  // Returns the number of `bytes`; new ones get the next number and are copied.
  uint32_t Intern(std::string_view bytes) { return Intern(bytes, Hash(bytes)); }
  uint32_t Intern(std::string_view bytes, uint64_t hash);
  // Valid as long as the table.
  std::string_view operator[](size_t i) const { return entries_[i]; }
  size_t size() const { return entries_.size(); }
  size_t memory_bytes() const;

  static uint64_t Hash(std::string_view bytes);

 private:
  struct Slot {
    uint32_t hash = 0;
    uint32_t entry = 0;  // + 1; 0 is free
  };
  std::string_view Copy(std::string_view bytes);
  void Grow();

  StableVector<std::string_view> entries_;
  std::vector<Slot> slots_;
  std::vector<std::unique_ptr<char[]>> arena_;
  size_t arena_left_ = 0;
  size_t arena_bytes_ = 0;
  char* arena_next_ = nullptr;
};

}  // namespace awry::columnar
