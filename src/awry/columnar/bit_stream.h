// Bits, lowest first, in bytes; the last byte is filled up with zeros.
#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "awry/columnar/byte_writer.h"
#include "codec/varint.h"

namespace awry::columnar {

// Used by one thread.
class BitWriter {
 public:
  void Put(uint64_t value, uint32_t bits) {  // bits <= 32; higher bits of `value` are zero
    word_ |= value << used_;
    used_ += bits;
    if (used_ < 32) return;
    out_.Fixed(static_cast<uint32_t>(word_));
    word_ >>= 32;
    used_ -= 32;
  }
  void PutWide(uint64_t value, uint32_t bits) {  // bits <= 64
    if (bits > 32) Put(value & UINT32_MAX, 32);
    Put(bits > 32 ? value >> 32 : value, bits > 32 ? bits - 32 : bits);
  }
  // Rice code: the value divided by 2^`rice_bits` in ones, a zero, then the remainder.
  void PutRice(uint32_t value, uint32_t rice_bits) {
    for (uint32_t q = value >> rice_bits; q > 0; --q) Put(1, 1);
    Put(0, 1);
    Put(value & ((uint64_t{1} << rice_bits) - 1), rice_bits);
  }
  // Valid until the next change.
  std::string_view Finish() {
    for (; used_ > 0; used_ -= std::min(used_, 8u)) {
      out_.Byte(static_cast<uint8_t>(word_));
      word_ >>= 8;
    }
    return out_.view();
  }
  // Keeps the memory.
  void Clear() {
    out_.clear();
    word_ = used_ = 0;
  }

 private:
  ByteWriter out_;
  uint64_t word_ = 0;
  uint32_t used_ = 0;
};

// The `width` bits (at most 64) that begin at bit `at`; what lies behind the end are zeros.
inline uint64_t BitsAt(std::string_view bytes, uint64_t at, uint32_t width) {
  constexpr size_t kMost = 9;  // bytes that 64 bits touch
  const uint64_t first = at / 8;
  const auto shift = static_cast<uint32_t>(at % 8);
  char end[kMost] = {};
  const char* from = bytes.data() + first;
  if (first + kMost > bytes.size()) {
    if (first < bytes.size()) std::memcpy(end, from, bytes.size() - first);
    from = end;
  }
  uint64_t value = codec::ReadFixed<uint64_t>(from) >> shift;
  if (shift + width > 64) value |= uint64_t{static_cast<unsigned char>(from[8])} << (64 - shift);
  return width == 64 ? value : value & ((uint64_t{1} << width) - 1);
}

// Reads behind the end give zeros, and ok() is false. Used by one thread.
class BitReader {
 public:
  explicit BitReader(std::string_view bytes) : rest_(bytes) {}
  uint64_t Get(uint32_t bits) {  // bits <= 57
    if (have_ < bits && !Fill(bits)) return 0;
    const uint64_t value = word_ & ((uint64_t{1} << bits) - 1);
    word_ >>= bits;
    have_ -= bits;
    return value;
  }
  uint64_t GetWide(uint32_t bits) {  // bits <= 64
    if (bits <= 32) return Get(bits);
    const uint64_t low = Get(32);
    return low | Get(bits - 32) << 32;
  }
  uint32_t GetRice(uint32_t rice_bits) {
    uint64_t quotient = 0;
    while (true) {
      if (have_ == 0 && !Fill(1)) return 0;
      const auto ones = std::min<uint32_t>(static_cast<uint32_t>(std::countr_one(word_)), have_);
      quotient += ones;
      word_ = ones == 64 ? 0 : word_ >> ones;
      have_ -= ones;
      if (have_ > 0) break;
    }
    word_ >>= 1;  // the zero
    --have_;
    return static_cast<uint32_t>(quotient << rice_bits | Get(rice_bits));
  }
  bool ok() const { return ok_; }

 private:
  // Bits of word_ above the first have_ are zeros, or already what follows there.
  bool Fill(uint32_t bits) {
    if (rest_.size() >= 8) {
      word_ |= codec::ReadFixed<uint64_t>(rest_.data()) << have_;
      const uint32_t taken = (63 - have_) / 8;
      rest_.remove_prefix(taken);
      have_ += taken * 8;
      return true;  // at least 56 bits
    }
    while (have_ <= 56 && !rest_.empty()) {
      word_ |= uint64_t{static_cast<unsigned char>(rest_.front())} << have_;
      rest_.remove_prefix(1);
      have_ += 8;
    }
    if (have_ >= bits) return true;
    ok_ = false;
    return false;
  }

  std::string_view rest_;
  uint64_t word_ = 0;
  uint32_t have_ = 0;
  bool ok_ = true;
};

}  // namespace awry::columnar
