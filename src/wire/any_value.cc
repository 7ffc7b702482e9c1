#include "wire/any_value.h"

#include <bit>

#include "codec/utf8.h"
#include "codec/varint.h"
#include "wire/decode_report.h"
#include "wire/pb_reader.h"

namespace awry::wire {

using trace::ValueKind;
using trace::ValueView;

void AppendBytesField(uint32_t field, std::string_view bytes, std::string& out) {
  AppendBytesHead(field, bytes.size(), out);
  out += bytes;
}

void AppendBytesHead(uint32_t field, size_t size, std::string& out) {
  codec::PutVarint(out, field << 3 | 2);
  codec::PutVarint(out, size);
}

void AppendVarintField(uint32_t field, uint64_t value, std::string& out) {
  codec::PutVarint(out, field << 3);
  codec::PutVarint(out, value);
}

void AppendFixed64Field(uint32_t field, uint64_t value, std::string& out) {
  codec::PutVarint(out, field << 3 | 1);
  codec::PutFixed(out, value);
}

void AppendFixed32Field(uint32_t field, uint32_t value, std::string& out) {
  codec::PutVarint(out, field << 3 | 5);
  codec::PutFixed(out, value);
}

void AppendAnyValue(const ValueView& value, std::string& out) {
  switch (value.kind) {
    case ValueKind::kNull:
      break;
    case ValueKind::kString:
      AppendBytesField(1, value.bytes, out);
      break;
    case ValueKind::kBool:
      AppendVarintField(2, value.boolean ? 1 : 0, out);
      break;
    case ValueKind::kInt:
      AppendVarintField(3, static_cast<uint64_t>(value.integer), out);
      break;
    case ValueKind::kDouble:
      AppendFixed64Field(4, std::bit_cast<uint64_t>(value.real), out);
      break;
    case ValueKind::kArray:
      AppendBytesField(5, value.bytes, out);
      break;
    case ValueKind::kMap:
      AppendBytesField(6, value.bytes, out);
      break;
    case ValueKind::kBytes:
      AppendBytesField(7, value.bytes, out);
      break;
  }
}

void AppendArrayItem(const ValueView& value, std::string& array) {
  std::string any;
  AppendAnyValue(value, any);
  AppendBytesField(1, any, array);
}

void AppendKeyValue(std::string_view key, const ValueView& value, std::string& out) {
  if (!key.empty()) AppendBytesField(1, key, out);
  if (value.kind == ValueKind::kNull) return;
  std::string any;
  AppendAnyValue(value, any);
  AppendBytesField(2, any, out);
}

void AppendMapEntry(std::string_view key, const ValueView& value, std::string& map) {
  std::string pair;
  AppendKeyValue(key, value, pair);
  AppendBytesField(1, pair, map);
}

namespace {

base::Status Malformed() {
  return base::InvalidArgument("malformed protobuf in an attribute value");
}

base::Status Read(std::string_view any, int depth, ValueView& value, std::string& nested);

base::Status ReadArray(std::string_view array, int depth, std::string& out) {
  PbReader reader(array);
  std::string item_nested;
  while (reader.Next()) {
    std::string_view item;
    if (reader.field() != 1 || !reader.Bytes(item)) {
      if (!reader.Skip()) return Malformed();
      continue;
    }
    ValueView value;
    RETURN_IF_ERROR(Read(item, depth + 1, value, item_nested));
    AppendArrayItem(value, out);
  }
  return reader.ok() ? base::OkStatus() : Malformed();
}

base::Status ReadMap(std::string_view map, int depth, std::string& out) {
  PbReader reader(map);
  std::string item_nested;
  while (reader.Next()) {
    std::string_view pair;
    if (reader.field() != 1 || !reader.Bytes(pair)) {
      if (!reader.Skip()) return Malformed();
      continue;
    }
    std::string_view key, any;
    if (!ReadKeyValuePair(pair, key, any)) return Malformed();
    ValueView value;
    RETURN_IF_ERROR(Read(any, depth + 1, value, item_nested));
    std::string clean_key;
    if (!codec::IsValidUtf8(key)) codec::AppendValidUtf8(clean_key, key);
    AppendMapEntry(clean_key.empty() ? key : clean_key, value, out);
  }
  return reader.ok() ? base::OkStatus() : Malformed();
}

base::Status Read(std::string_view any, int depth, ValueView& value, std::string& nested) {
  if (depth > kNestingDepthMax) return base::InvalidArgument("attribute value is nested too deep");
  value = {};
  PbReader reader(any);
  while (reader.Next()) {
    std::string_view bytes;
    uint64_t number = 0;
    if (reader.field() == 2 && reader.Varint(number)) {
      value = ValueView::Bool(number != 0);
    } else if (reader.field() == 3 && reader.Varint(number)) {
      value = ValueView::Int(static_cast<int64_t>(number));
    } else if (reader.field() == 4 && reader.Fixed64(number)) {
      value = ValueView::Double(std::bit_cast<double>(number));
    } else if (reader.field() == 1 && reader.Bytes(bytes)) {
      value = codec::IsValidUtf8(bytes) ? ValueView::String(bytes) : ValueView::Bytes(bytes);
    } else if (reader.field() == 7 && reader.Bytes(bytes)) {
      value = ValueView::Bytes(bytes);
    } else if ((reader.field() == 5 || reader.field() == 6) && reader.Bytes(bytes)) {
      const bool is_map = reader.field() == 6;
      std::string made;
      RETURN_IF_ERROR(is_map ? ReadMap(bytes, depth, made) : ReadArray(bytes, depth, made));
      nested = std::move(made);
      value = is_map ? ValueView::Map(nested) : ValueView::Array(nested);
    } else if (!reader.Skip()) {
      return Malformed();
    }
  }
  return reader.ok() ? base::OkStatus() : Malformed();
}

}  // namespace

base::Status ReadAnyValue(std::string_view any, ValueView& value, std::string& nested) {
  return Read(any, 0, value, nested);
}

}  // namespace awry::wire
