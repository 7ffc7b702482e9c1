// Walks the fields of one protobuf message, borrowing from its bytes.
#pragma once

#include <cstdint>
#include <string_view>

#include "codec/varint.h"

namespace awry::wire {

// Usage: while (r.Next()) { if (r.field() == 1 && r.Bytes(x)) … else if (!r.Skip()) fail; } and
// ok() afterwards. A getter returns false, consuming nothing, when the wire type is another; a
// value that is cut short makes it fail for good. Used by one thread.
class PbReader {
 public:
  explicit PbReader(std::string_view bytes) : rest_(bytes) {}

  // False at the end and on a damaged tag.
  bool Next() {
    if (rest_.empty() || failed_) return false;
    uint64_t tag = 0;
    if (!GetVarint(tag) || tag > UINT32_MAX || tag >> 3 == 0) return Fail();
    field_ = static_cast<uint32_t>(tag >> 3);
    wire_type_ = static_cast<uint32_t>(tag & 7);
    return true;
  }
  uint32_t field() const { return field_; }
  bool ok() const { return !failed_; }
  std::string_view rest() const { return rest_; }

  bool Varint(uint64_t& out) {
    if (wire_type_ != 0 || failed_) return false;
    return GetVarint(out) || Fail();
  }
  bool Fixed64(uint64_t& out) {
    if (wire_type_ != 1 || failed_) return false;
    return codec::GetFixed(rest_, out) || Fail();
  }
  bool Fixed32(uint32_t& out) {
    if (wire_type_ != 5 || failed_) return false;
    return codec::GetFixed(rest_, out) || Fail();
  }
  bool Bytes(std::string_view& out) {
    if (wire_type_ != 2 || failed_) return false;
    uint64_t length = 0;
    if (!GetVarint(length) || length > rest_.size()) return Fail();
    out = rest_.substr(0, length);
    rest_.remove_prefix(length);
    return true;
  }
  // Skips a value of any wire type; groups (obsolete) are an error.
  bool Skip() {
    uint64_t number = 0;
    uint32_t word = 0;
    std::string_view bytes;
    switch (wire_type_) {
      case 0:
        return Varint(number);
      case 1:
        return Fixed64(number);
      case 2:
        return Bytes(bytes);
      case 5:
        return Fixed32(word);
      default:
        return Fail();
    }
  }

 private:
  bool Fail() {
    failed_ = true;
    return false;
  }
  bool GetVarint(uint64_t& out) {
    if (!rest_.empty() && static_cast<unsigned char>(rest_.front()) < 0x80) {  // nearly always
      out = static_cast<unsigned char>(rest_.front());
      rest_.remove_prefix(1);
      return true;
    }
    return codec::GetVarint(rest_, out);
  }

  std::string_view rest_;
  uint32_t field_ = 0;
  uint32_t wire_type_ = 0;
  bool failed_ = false;
};

// Reads a KeyValue into its key and the bytes of its AnyValue.
inline bool ReadKeyValuePair(std::string_view pair, std::string_view& key, std::string_view& any) {
  PbReader reader(pair);
  while (reader.Next()) {
    if (reader.field() == 1 && reader.Bytes(key)) continue;
    if (reader.field() == 2 && reader.Bytes(any)) continue;
    if (!reader.Skip()) return false;
  }
  return reader.ok();
}

}  // namespace awry::wire
