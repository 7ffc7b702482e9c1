// Apache Thrift's compact and binary protocols: untyped walk over structs, and a compact writer.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/status.h"

namespace awry::codec {

// Types as this reader names them, whatever the protocol's numbers are.
enum class ThriftType : uint8_t {
  kStop,
  kBool,
  kByte,
  kDouble,
  kI16,
  kI32,
  kI64,
  kBinary,
  kStruct,
  kMap,
  kSet,
  kList
};

enum class ThriftEncoding { kCompact, kBinary };

struct ThriftField {
  int16_t id = 0;
  ThriftType type = ThriftType::kStop;
};

// Reads one message or struct from hostile bytes: no length is trusted beyond the bytes that are
// left, nesting is limited. After a failure every call gives nothing; ok() tells. Borrows. Used by
// one thread.
//
//   while (reader.NextField(field)) { if (field.id == 1 && …) … else reader.Skip(field.type); }
class ThriftReader {
 public:
  static constexpr int kDepthMax = 64;

  ThriftReader(ThriftEncoding encoding, std::string_view bytes)
      : encoding_(encoding), start_(bytes.data()), rest_(bytes) {}

  bool ok() const { return !failed_; }
  size_t offset() const { return static_cast<size_t>(rest_.data() - start_); }
  bool at_end() const { return rest_.empty(); }

  // A message's header: its name and type (1 call, 4 oneway). The struct of arguments follows.
  bool MessageBegin(std::string_view& name, int& type);

  // Structs are entered and left around their fields.
  void StructBegin();
  void StructEnd();
  // False at the struct's end.
  bool NextField(ThriftField& field);

  bool Bool();
  int8_t Byte();
  int16_t I16();
  int32_t I32();
  int64_t I64();
  double Double();
  std::string_view Binary();
  // Number of elements; each takes at least one byte of what is left.
  uint32_t ListBegin(ThriftType& element);
  void Skip(ThriftType type);

 private:
  void Fail() {
    failed_ = true;
    rest_ = {};
  }
  uint64_t Varint();
  template <typename T>
  T BigEndian();
  ThriftType TypeOf(unsigned code);
  bool NextCompactField(ThriftField& field);
  void SkipStruct(int depth);
  void Skip(ThriftType type, int depth);

  ThriftEncoding encoding_;
  const char* start_;
  std::string_view rest_;
  bool failed_ = false;
  int depth_ = 0;
  int16_t last_ids_[kDepthMax] = {};  // compact: the last field's id in each open struct
  int bool_in_field_ = -1;            // compact: a bool field's value came with its header
};

// Appends compact-protocol bytes. Fields of a struct are written in rising order of their ids.
class ThriftCompactWriter {
 public:
  // `out` must outlive the writer.
  explicit ThriftCompactWriter(std::string& out) : out_(out) {}

  void Message(std::string_view name, int type, int32_t sequence);
  void StructBegin();
  void StructEnd();
  void FieldBool(int16_t id, bool value);
  void FieldI32(int16_t id, int32_t value);
  void FieldI64(int16_t id, int64_t value);
  void FieldDouble(int16_t id, double value);
  void FieldBinary(int16_t id, std::string_view value);
  void FieldStruct(int16_t id);  // StructBegin follows
  void FieldList(int16_t id, ThriftType element, size_t size);
  // Bytes that are encoded already.
  void Raw(std::string_view bytes) { out_ += bytes; }

 private:
  void Header(int16_t id, unsigned type);
  std::string& out_;
  int depth_ = -1;
  int16_t last_ids_[ThriftReader::kDepthMax] = {};
};

}  // namespace awry::codec
