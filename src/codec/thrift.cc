// Compact: header byte (id delta << 4 | type), zigzag varints, doubles little-endian, the value of
// a bool field in its type. Binary: type byte, i16 id, everything big-endian.
#include "codec/thrift.h"

#include <bit>

#include "base/check.h"
#include "codec/varint.h"

namespace awry::codec {
namespace {

constexpr ThriftType kBad = ThriftType::kStop;
constexpr ThriftType kCompactTypes[13] = {
    ThriftType::kStop,   ThriftType::kBool, ThriftType::kBool, ThriftType::kByte,
    ThriftType::kI16,    ThriftType::kI32,  ThriftType::kI64,  ThriftType::kDouble,
    ThriftType::kBinary, ThriftType::kList, ThriftType::kSet,  ThriftType::kMap,
    ThriftType::kStruct};
constexpr ThriftType kBinaryTypes[16] = {ThriftType::kStop,   kBad,
                                         ThriftType::kBool,   ThriftType::kByte,
                                         ThriftType::kDouble, kBad,
                                         ThriftType::kI16,    kBad,
                                         ThriftType::kI32,    kBad,
                                         ThriftType::kI64,    ThriftType::kBinary,
                                         ThriftType::kStruct, ThriftType::kMap,
                                         ThriftType::kSet,    ThriftType::kList};
constexpr unsigned kCompactOf[12] = {0, 1, 3, 7, 4, 5, 6, 8, 12, 11, 10, 9};  // by ThriftType

}  // namespace

ThriftType ThriftReader::TypeOf(unsigned code) {
  ThriftType type = kBad;
  if (encoding_ == ThriftEncoding::kCompact && code < 13) type = kCompactTypes[code];
  if (encoding_ == ThriftEncoding::kBinary && code < 16) type = kBinaryTypes[code];
  if (type == kBad) Fail();
  return type;
}

uint64_t ThriftReader::Varint() {
  uint64_t value = 0;
  if (!GetVarint(rest_, value)) Fail();
  return failed_ ? 0 : value;
}

template <typename T>
T ThriftReader::BigEndian() {
  if (rest_.size() < sizeof(T)) {
    Fail();
    return 0;
  }
  T value = 0;
  for (size_t i = 0; i < sizeof(T); ++i) {
    value = static_cast<T>(static_cast<T>(value << 4 << 4) | static_cast<unsigned char>(rest_[i]));
  }
  rest_.remove_prefix(sizeof(T));
  return value;
}

bool ThriftReader::MessageBegin(std::string_view& name, int& type) {
  if (encoding_ == ThriftEncoding::kCompact) {
    if (BigEndian<uint8_t>() != 0x82) Fail();
    const unsigned head = BigEndian<uint8_t>();
    if ((head & 31) != 1) Fail();
    type = static_cast<int>(head >> 5);
    Varint();  // sequence id
    name = Binary();
    return ok();
  }
  const uint32_t first = BigEndian<uint32_t>();
  if ((first & 0x80000000u) != 0) {
    if (first >> 16 != 0x8001) Fail();
    type = static_cast<int>(first & 255);
    name = Binary();
  } else {  // the old form: name, type
    if (first > rest_.size()) {
      Fail();
      return false;
    }
    name = rest_.substr(0, first);
    rest_.remove_prefix(first);
    type = BigEndian<uint8_t>();
  }
  BigEndian<uint32_t>();  // sequence id
  return ok();
}

void ThriftReader::StructBegin() {
  if (depth_ + 1 >= kDepthMax) {
    Fail();
    return;
  }
  last_ids_[++depth_] = 0;
}

void ThriftReader::StructEnd() {
  if (depth_ > 0) --depth_;
}

bool ThriftReader::NextField(ThriftField& field) {
  field = {};
  bool_in_field_ = -1;
  if (encoding_ == ThriftEncoding::kCompact) return NextCompactField(field);
  const unsigned code = BigEndian<uint8_t>();
  if (failed_ || code == 0) return false;
  field.type = TypeOf(code);
  field.id = static_cast<int16_t>(BigEndian<uint16_t>());
  return ok();
}

bool ThriftReader::NextCompactField(ThriftField& field) {
  const unsigned head = BigEndian<uint8_t>();
  if (failed_ || head == 0) return false;
  const unsigned code = head & 15;
  field.type = TypeOf(code);
  if (field.type == ThriftType::kBool) bool_in_field_ = code == 1 ? 1 : 0;
  const unsigned delta = head >> 4;
  int16_t& last = last_ids_[depth_];
  last = delta == 0 ? static_cast<int16_t>(UnZigZag(Varint()))
                    : static_cast<int16_t>(last + static_cast<int>(delta));
  field.id = last;
  return ok();
}

bool ThriftReader::Bool() {
  if (encoding_ == ThriftEncoding::kCompact && bool_in_field_ >= 0) {
    const bool value = bool_in_field_ == 1;
    bool_in_field_ = -1;
    return value;
  }
  return BigEndian<uint8_t>() == 1;
}

int8_t ThriftReader::Byte() { return static_cast<int8_t>(BigEndian<uint8_t>()); }

int16_t ThriftReader::I16() {
  if (encoding_ == ThriftEncoding::kBinary) return static_cast<int16_t>(BigEndian<uint16_t>());
  return static_cast<int16_t>(UnZigZag(Varint()));
}

int32_t ThriftReader::I32() {
  if (encoding_ == ThriftEncoding::kBinary) return static_cast<int32_t>(BigEndian<uint32_t>());
  return static_cast<int32_t>(UnZigZag(Varint()));
}

int64_t ThriftReader::I64() {
  if (encoding_ == ThriftEncoding::kBinary) return static_cast<int64_t>(BigEndian<uint64_t>());
  return UnZigZag(Varint());
}

double ThriftReader::Double() {
  if (encoding_ == ThriftEncoding::kBinary) return std::bit_cast<double>(BigEndian<uint64_t>());
  uint64_t bits = 0;
  if (!GetFixed(rest_, bits)) Fail();
  return std::bit_cast<double>(bits);
}

std::string_view ThriftReader::Binary() {
  const uint64_t length = encoding_ == ThriftEncoding::kCompact ? Varint() : BigEndian<uint32_t>();
  if (length > rest_.size()) {
    Fail();
    return {};
  }
  const std::string_view bytes = rest_.substr(0, length);
  rest_.remove_prefix(length);
  return bytes;
}

uint32_t ThriftReader::ListBegin(ThriftType& element) {
  uint64_t size = 0;
  if (encoding_ == ThriftEncoding::kCompact) {
    const unsigned head = BigEndian<uint8_t>();
    if (failed_) return 0;
    size = head >> 4;
    if (size == 15) size = Varint();
    element = TypeOf(head & 15);
  } else {
    element = TypeOf(BigEndian<uint8_t>());
    size = BigEndian<uint32_t>();
  }
  if (size > rest_.size()) Fail();
  return failed_ ? 0 : static_cast<uint32_t>(size);
}

void ThriftReader::Skip(ThriftType type) { Skip(type, depth_); }

void ThriftReader::SkipStruct(int depth) {
  StructBegin();
  ThriftField field;
  while (NextField(field)) Skip(field.type, depth + 1);
  StructEnd();
}

void ThriftReader::Skip(ThriftType type, int depth) {
  if (depth >= kDepthMax) return Fail();
  switch (type) {
    case ThriftType::kStop:
      return Fail();
    case ThriftType::kBool:
      Bool();
      return;
    case ThriftType::kByte:
      Byte();
      return;
    case ThriftType::kDouble:
      Double();
      return;
    case ThriftType::kI16:
      I16();
      return;
    case ThriftType::kI32:
      I32();
      return;
    case ThriftType::kI64:
      I64();
      return;
    case ThriftType::kBinary:
      Binary();
      return;
    case ThriftType::kStruct:
      return SkipStruct(depth);
    case ThriftType::kSet:
    case ThriftType::kList: {
      ThriftType element = kBad;
      const uint32_t size = ListBegin(element);
      for (uint32_t i = 0; i < size && ok(); ++i) Skip(element, depth + 1);
      return;
    }
    case ThriftType::kMap:
      break;
  }
  ThriftType key = kBad, value = kBad;
  uint64_t size = 0;
  if (encoding_ == ThriftEncoding::kCompact) {
    size = Varint();
    if (size == 0) return;
    const unsigned types = BigEndian<uint8_t>();
    key = TypeOf(types >> 4);
    value = TypeOf(types & 15);
  } else {
    const unsigned key_code = BigEndian<uint8_t>(), value_code = BigEndian<uint8_t>();
    size = BigEndian<uint32_t>();
    if (size == 0) return;  // the types of an empty map mean nothing
    key = TypeOf(key_code);
    value = TypeOf(value_code);
  }
  if (size > rest_.size()) return Fail();
  for (uint64_t i = 0; i < size && ok(); ++i) {
    Skip(key, depth + 1);
    Skip(value, depth + 1);
  }
}

void ThriftCompactWriter::Message(std::string_view name, int type, int32_t sequence) {
  out_ += static_cast<char>(0x82);
  out_ += static_cast<char>(type << 5 | 1);
  PutVarint(out_, static_cast<uint32_t>(sequence));
  PutVarint(out_, name.size());
  out_ += name;
}

void ThriftCompactWriter::StructBegin() {
  CHECK(depth_ + 1 < ThriftReader::kDepthMax);
  last_ids_[++depth_] = 0;
}

void ThriftCompactWriter::StructEnd() {
  out_ += '\0';
  --depth_;
}

void ThriftCompactWriter::Header(int16_t id, unsigned type) {
  const int delta = id - last_ids_[depth_];
  last_ids_[depth_] = id;
  if (delta > 0 && delta <= 15) {
    out_ += static_cast<char>(static_cast<unsigned>(delta) << 4 | type);
    return;
  }
  out_ += static_cast<char>(type);
  PutVarint(out_, ZigZag(id));
}

void ThriftCompactWriter::FieldBool(int16_t id, bool value) { Header(id, value ? 1 : 2); }

void ThriftCompactWriter::FieldI32(int16_t id, int32_t value) {
  Header(id, 5);
  PutVarint(out_, ZigZag(value));
}

void ThriftCompactWriter::FieldI64(int16_t id, int64_t value) {
  Header(id, 6);
  PutVarint(out_, ZigZag(value));
}

void ThriftCompactWriter::FieldDouble(int16_t id, double value) {
  Header(id, 7);
  PutFixed(out_, std::bit_cast<uint64_t>(value));
}

void ThriftCompactWriter::FieldBinary(int16_t id, std::string_view value) {
  Header(id, 8);
  PutVarint(out_, value.size());
  out_ += value;
}

void ThriftCompactWriter::FieldStruct(int16_t id) { Header(id, 12); }

void ThriftCompactWriter::FieldList(int16_t id, ThriftType element, size_t size) {
  Header(id, 9);
  const unsigned type = kCompactOf[static_cast<size_t>(element)];
  if (size < 15) {
    out_ += static_cast<char>(size << 4 | type);
  } else {
    out_ += static_cast<char>(0xf0u | type);
    PutVarint(out_, size);
  }
}

}  // namespace awry::codec
