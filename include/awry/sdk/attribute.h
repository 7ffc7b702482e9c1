// Values that attributes of spans, events and links may have: all that OpenTelemetry defines.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace awry::sdk {

// Marks raw bytes, which need not be text: span.set_attribute("digest", Bytes{digest}).
struct Bytes {
  std::string_view data;
};

// Borrows what it is made from, for the call that it is passed to. Arrays hold values of one type.
class AttributeValue {
 public:
  enum class Kind : uint8_t {
    kString,
    kBool,
    kInt,
    kUint,
    kDouble,
    kBytes,
    kStringViews,
    kStrings,
    kBools,
    kInts,
    kDoubles,
  };

  AttributeValue(std::string_view text) : kind_(Kind::kString), text_(text) {}  // NOLINT: implicit
  AttributeValue(const std::string& text) : AttributeValue(std::string_view(text)) {}  // NOLINT
  // A null pointer is the empty text.
  AttributeValue(const char* text)  // NOLINT
      : AttributeValue(text == nullptr ? std::string_view() : std::string_view(text)) {}
  AttributeValue(Bytes bytes) : kind_(Kind::kBytes), text_(bytes.data) {}  // NOLINT
  AttributeValue(std::same_as<bool> auto value) : kind_(Kind::kBool) {
    boolean_ = value;
  }  // NOLINT
  // Unsigned values beyond 2^63 - 1 are kept as decimal text.
  template <std::integral T>
    requires(!std::same_as<T, bool>)
  AttributeValue(T value)  // NOLINT
      : kind_(std::unsigned_integral<T> ? Kind::kUint : Kind::kInt) {
    integer_ = static_cast<int64_t>(value);
  }
  AttributeValue(std::floating_point auto value) : kind_(Kind::kDouble) {  // NOLINT
    real_ = static_cast<double>(value);
  }
  AttributeValue(std::span<const std::string_view> values)  // NOLINT
      : AttributeValue(Kind::kStringViews, values.data(), values.size()) {}
  AttributeValue(std::span<const std::string> values)  // NOLINT
      : AttributeValue(Kind::kStrings, values.data(), values.size()) {}
  AttributeValue(std::span<const bool> values)  // NOLINT
      : AttributeValue(Kind::kBools, values.data(), values.size()) {}
  AttributeValue(std::span<const int64_t> values)  // NOLINT
      : AttributeValue(Kind::kInts, values.data(), values.size()) {}
  AttributeValue(std::span<const double> values)  // NOLINT
      : AttributeValue(Kind::kDoubles, values.data(), values.size()) {}
  AttributeValue(const std::vector<std::string_view>& values)  // NOLINT
      : AttributeValue(std::span<const std::string_view>(values)) {}
  AttributeValue(const std::vector<std::string>& values)  // NOLINT
      : AttributeValue(std::span<const std::string>(values)) {}
  AttributeValue(const std::vector<int64_t>& values)  // NOLINT
      : AttributeValue(std::span<const int64_t>(values)) {}
  AttributeValue(const std::vector<double>& values)  // NOLINT
      : AttributeValue(std::span<const double>(values)) {}

  Kind kind() const { return kind_; }
  std::string_view text() const { return text_; }
  bool boolean() const { return boolean_; }
  int64_t integer() const { return integer_; }
  double real() const { return real_; }
  template <typename T>
  std::span<const T> items() const {
    return {static_cast<const T*>(items_.data), items_.size};
  }

 private:
  struct Items {
    const void* data;
    size_t size;
  };
  AttributeValue(Kind kind, const void* data, size_t size) : kind_(kind), items_{data, size} {}

  Kind kind_;
  union {
    std::string_view text_;
    Items items_;
    int64_t integer_;
    double real_;
    bool boolean_;
  };
};

struct KeyValue {
  std::string_view key;
  AttributeValue value;
};

// Borrows a list of attributes: {{"user.id", id}, {"cache.hit", true}}, or any contiguous range.
class AttributeList {
 public:
  AttributeList() = default;
  AttributeList(std::initializer_list<KeyValue> list)  // NOLINT: implicit on purpose
      : AttributeList(std::span(std::data(list), list.size())) {}
  AttributeList(std::span<const KeyValue> list)
      : data_(list.data()), size_(list.size()) {}  // NOLINT
  AttributeList(const std::vector<KeyValue>& list)
      : data_(list.data()), size_(list.size()) {}  // NOLINT
  const KeyValue* begin() const { return data_; }
  const KeyValue* end() const { return data_ + size_; }
  size_t size() const { return size_; }

 private:
  const KeyValue* data_ = nullptr;
  size_t size_ = 0;
};

}  // namespace awry::sdk
