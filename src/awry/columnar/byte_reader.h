// Reads integers and byte strings from the front of a buffer; a failure sticks.
#pragma once

#include <cstdint>
#include <string_view>

#include "codec/varint.h"

namespace awry::columnar {

// After the first failure every read gives 0 or "", and ok() is false. Views live as long as the
// buffer. Used by one thread.
class ByteReader {
 public:
  ByteReader() = default;
  explicit ByteReader(std::string_view bytes) : rest_(bytes) {}

  uint64_t Varint() {
    if (!rest_.empty() && static_cast<unsigned char>(rest_.front()) < 0x80) {
      const auto value = static_cast<unsigned char>(rest_.front());
      rest_.remove_prefix(1);
      return value;
    }
    uint64_t value = 0;
    if (!codec::GetVarint(rest_, value)) Fail();
    return value;
  }
  // A varint that must fit; fails when it is over `max`.
  uint32_t Varint32(uint64_t max = UINT32_MAX) {
    const uint64_t value = Varint();
    if (value > max) Fail();
    return ok_ ? static_cast<uint32_t>(value) : 0;
  }
  int64_t Signed() { return codec::UnZigZag(Varint()); }
  template <typename T>
  T Fixed() {
    T value = 0;
    if (!codec::GetFixed<T>(rest_, value)) Fail();
    return value;
  }
  std::string_view Take(uint64_t length) {
    if (length > rest_.size()) {
      Fail();
      return {};
    }
    const std::string_view taken = rest_.substr(0, length);
    rest_.remove_prefix(length);
    return taken;
  }
  // A varint length, then that many bytes.
  std::string_view Bytes() { return Take(Varint()); }

  void Fail() {
    ok_ = false;
    rest_ = {};
  }
  bool ok() const { return ok_; }
  bool at_end() const { return rest_.empty(); }
  std::string_view rest() const { return rest_; }

 private:
  std::string_view rest_;
  bool ok_ = true;
};

}  // namespace awry::columnar
