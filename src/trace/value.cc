#include "trace/value.h"

#include <bit>
#include <charconv>
#include <cmath>

namespace awry::trace {
namespace {

constexpr int kDepthMax = 64;

// Reads the OTLP protobuf of AnyValue, ArrayValue and KeyValueList, and stops at the first byte
// that is none: what was decoded before stays, so that a reader never fails on stored data.
class NestedReader {
 public:
  explicit NestedReader(std::string_view bytes) : rest_(bytes) {}

  bool Next(uint32_t& field, uint32_t& wire_type) {
    uint64_t tag = 0;
    if (!Varint(tag)) return false;
    field = static_cast<uint32_t>(tag >> 3);
    wire_type = static_cast<uint32_t>(tag & 7);
    return true;
  }
  bool Varint(uint64_t& out) {
    out = 0;
    for (int shift = 0; shift < 64 && !rest_.empty(); shift += 7) {
      const auto byte = static_cast<unsigned char>(rest_.front());
      rest_.remove_prefix(1);
      out |= static_cast<uint64_t>(byte & 127) << shift;
      if (byte < 128) return true;
    }
    return false;
  }
  bool Fixed64(uint64_t& out) {
    if (rest_.size() < 8) return false;
    out = 0;
    for (int i = 7; i >= 0; --i) out = out << 8 | static_cast<unsigned char>(rest_[static_cast<size_t>(i)]);
    rest_.remove_prefix(8);
    return true;
  }
  bool Bytes(std::string_view& out) {
    uint64_t length = 0;
    if (!Varint(length) || length > rest_.size()) return false;
    out = rest_.substr(0, length);
    rest_.remove_prefix(length);
    return true;
  }

 private:
  std::string_view rest_;
};

void AppendJsonString(std::string_view text, std::string& out) {
  constexpr char kHex[] = "0123456789abcdef";
  out += '"';
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (byte < 0x20) {
      out += "\\u00";
      out += kHex[byte >> 4];
      out += kHex[byte & 15];
    } else {
      out += c;
    }
  }
  out += '"';
}

void AppendBase64(std::string_view bytes, std::string& out) {
  constexpr char kAlphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  for (size_t i = 0; i < bytes.size(); i += 3) {
    const size_t left = bytes.size() - i;
    uint32_t word = static_cast<uint32_t>(static_cast<unsigned char>(bytes[i])) << 16;
    if (left > 1) word |= static_cast<uint32_t>(static_cast<unsigned char>(bytes[i + 1])) << 8;
    if (left > 2) word |= static_cast<unsigned char>(bytes[i + 2]);
    out += kAlphabet[word >> 18];
    out += kAlphabet[word >> 12 & 63];
    out += left > 1 ? kAlphabet[word >> 6 & 63] : '=';
    out += left > 2 ? kAlphabet[word & 63] : '=';
  }
}

void AppendAnyJson(std::string_view any, int depth, std::string& out);

void AppendNestedJson(ValueKind kind, std::string_view bytes, int depth, std::string& out) {
  const bool is_map = kind == ValueKind::kMap;
  out += is_map ? '{' : '[';
  NestedReader reader(bytes);
  uint32_t field = 0, wire_type = 0;
  bool first = true;
  while (depth < kDepthMax && reader.Next(field, wire_type)) {
    std::string_view item;
    if (wire_type != 2 || !reader.Bytes(item)) break;
    if (!first) out += ',';
    first = false;
    if (!is_map) {
      AppendAnyJson(item, depth + 1, out);
      continue;
    }
    NestedReader pair(item);
    std::string_view key, value, part;
    while (pair.Next(field, wire_type) && wire_type == 2 && pair.Bytes(part)) {
      (field == 1 ? key : value) = part;
    }
    AppendJsonString(key, out);
    out += ':';
    AppendAnyJson(value, depth + 1, out);
  }
  out += is_map ? '}' : ']';
}

void AppendAnyJson(std::string_view any, int depth, std::string& out) {
  NestedReader reader(any);
  uint32_t field = 0, wire_type = 0;
  uint64_t word = 0;
  std::string_view bytes;
  if (!reader.Next(field, wire_type)) {
    out += "null";
  } else if (wire_type == 0 && reader.Varint(word)) {
    out += field == 2 ? (word != 0 ? "true" : "false") : std::to_string(static_cast<int64_t>(word));
  } else if (wire_type == 1 && reader.Fixed64(word)) {
    const double real = std::bit_cast<double>(word);
    const std::string text = DoubleToText(real);
    out += std::isfinite(real) ? text : '"' + text + '"';
  } else if (wire_type == 2 && reader.Bytes(bytes)) {
    if (field == 1) {
      AppendJsonString(bytes, out);
    } else if (field == 7) {
      out += '"';
      AppendBase64(bytes, out);
      out += '"';
    } else {
      AppendNestedJson(field == 6 ? ValueKind::kMap : ValueKind::kArray, bytes, depth, out);
    }
  } else {
    out += "null";
  }
}

}  // namespace

bool Value::operator==(const Value& other) const {
  return kind_ == other.kind_ && boolean_ == other.boolean_ && integer_ == other.integer_ &&
         std::bit_cast<uint64_t>(real_) == std::bit_cast<uint64_t>(other.real_) &&
         bytes_ == other.bytes_;
}

std::string DoubleToText(double value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "Infinity" : "-Infinity";
  char buffer[32];
  const auto result = std::to_chars(buffer, buffer + sizeof(buffer), value);
  return {buffer, result.ptr};
}

std::string ToText(const ValueView& value) {
  std::string out;
  switch (value.kind) {
    case ValueKind::kNull: break;
    case ValueKind::kString: out = value.bytes; break;
    case ValueKind::kBool: out = value.boolean ? "true" : "false"; break;
    case ValueKind::kInt: out = std::to_string(value.integer); break;
    case ValueKind::kDouble: out = DoubleToText(value.real); break;
    case ValueKind::kBytes: AppendBase64(value.bytes, out); break;
    case ValueKind::kArray:
    case ValueKind::kMap: AppendNestedJson(value.kind, value.bytes, 0, out); break;
  }
  return out;
}

}  // namespace awry::trace
