// Appends integers and byte strings to a buffer that grows seldom: the hot half of ByteReader.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>

#include "codec/varint.h"

namespace awry::columnar {

// Used by one thread. clear() keeps the memory.
class ByteWriter {
 public:
  void Varint(uint64_t value) {
    char* at = Room(codec::kVarintBytesMax);
    while (value >= 0x80) {
      *at++ = static_cast<char>(value | 0x80);
      value >>= 7;
    }
    *at++ = static_cast<char>(value);
    size_ = static_cast<size_t>(at - bytes_.get());
  }
  void Signed(int64_t value) { Varint(codec::ZigZag(value)); }
  template <typename T>
  void Fixed(T value) {  // little-endian
    char* at = Room(sizeof(T));
    for (size_t i = 0; i < sizeof(T); ++i) at[i] = static_cast<char>(value >> (8 * i));
    size_ += sizeof(T);
  }
  void Byte(uint8_t value) {
    *Room(1) = static_cast<char>(value);
    ++size_;
  }
  void Raw(std::string_view bytes) {
    if (bytes.empty()) return;
    std::memcpy(Room(bytes.size()), bytes.data(), bytes.size());
    size_ += bytes.size();
  }
  // A varint length, then the bytes.
  void Bytes(std::string_view bytes) {
    Varint(bytes.size());
    Raw(bytes);
  }

  std::string_view view() const { return {bytes_.get(), size_}; }
  size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  void clear() { size_ = 0; }

 private:
  char* Room(size_t more) {
    if (size_ + more > capacity_) Grow(more);
    return bytes_.get() + size_;
  }
  void Grow(size_t more) {
    capacity_ = std::max(size_ + more, std::max<size_t>(64, capacity_ * 2));
    std::unique_ptr<char[]> bigger(new char[capacity_]);
    if (size_ > 0) std::memcpy(bigger.get(), bytes_.get(), size_);
    bytes_ = std::move(bigger);
  }

  std::unique_ptr<char[]> bytes_;
  size_t size_ = 0;
  size_t capacity_ = 0;
};

}  // namespace awry::columnar
