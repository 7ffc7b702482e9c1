// The value of an attribute: every kind that OpenTelemetry has, kept exactly.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace awry::trace {

enum class ValueKind : uint8_t { kNull, kString, kBool, kInt, kDouble, kBytes, kArray, kMap };

// Borrows. `bytes` holds the text of kString, the bytes of kBytes, and for kArray and kMap the
// OTLP protobuf encoding of `ArrayValue` and `KeyValueList` (the one canonical form of nested
// values; every decoder makes it).
struct ValueView {
  ValueKind kind = ValueKind::kNull;
  bool boolean = false;
  int64_t integer = 0;
  double real = 0;
  std::string_view bytes;

  static ValueView String(std::string_view text) { return {.kind = ValueKind::kString, .bytes = text}; }
  static ValueView Bool(bool b) { return {.kind = ValueKind::kBool, .boolean = b}; }
  static ValueView Int(int64_t i) { return {.kind = ValueKind::kInt, .integer = i}; }
  static ValueView Double(double d) { return {.kind = ValueKind::kDouble, .real = d}; }
  static ValueView Bytes(std::string_view b) { return {.kind = ValueKind::kBytes, .bytes = b}; }
  static ValueView Array(std::string_view pb) { return {.kind = ValueKind::kArray, .bytes = pb}; }
  static ValueView Map(std::string_view pb) { return {.kind = ValueKind::kMap, .bytes = pb}; }
};

// Owns. Equality is exact: kinds differ, values differ; a NaN equals a NaN of the same bits.
class Value {
 public:
  Value() = default;
  explicit Value(const ValueView& view)
      : kind_(view.kind), boolean_(view.boolean), integer_(view.integer), real_(view.real),
        bytes_(view.bytes) {}

  ValueKind kind() const { return kind_; }
  // Valid as long as this value lives unchanged.
  ValueView view() const {
    return {.kind = kind_, .boolean = boolean_, .integer = integer_, .real = real_, .bytes = bytes_};
  }
  bool operator==(const Value& other) const;

 private:
  ValueKind kind_ = ValueKind::kNull;
  bool boolean_ = false;
  int64_t integer_ = 0;
  double real_ = 0;
  std::string bytes_;
};

// The value as people and Jaeger's tag search see it: text as it is, `true`, `-5`, `0.25`, bytes as
// base64, arrays and maps as compact JSON, null as "". Never fails.
std::string ToText(const ValueView& value);

// The shortest decimal text that reads back as the same double; "NaN", "Infinity", "-Infinity".
std::string DoubleToText(double value);

}  // namespace awry::trace
