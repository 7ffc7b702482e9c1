#include <algorithm>
#include <charconv>
#include <limits>

#include "codec/json_internal.h"

namespace awry::codec {
namespace {

using json_internal::Node;

// A number as digits × 10^exponent, for the rare integers written with a point or an exponent.
struct Decimal {
  bool negative = false;
  std::string digits;  // without leading and trailing zeros; empty for 0
  int64_t exponent = 0;
};

Decimal ReadDecimal(std::string_view text) {
  Decimal decimal;
  size_t at = 0;
  if (text.starts_with('-')) {
    decimal.negative = true;
    ++at;
  }
  bool fraction = false;
  for (; at < text.size() && text[at] != 'e' && text[at] != 'E'; ++at) {
    if (text[at] == '.') {
      fraction = true;
      continue;
    }
    decimal.digits.push_back(text[at]);
    if (fraction) --decimal.exponent;
  }
  if (at < text.size()) {
    if (text[++at] == '+') ++at;
    int64_t exponent = 0;
    constexpr int64_t kFar = 1'000'000'000'000;
    if (std::from_chars(text.data() + at, text.data() + text.size(), exponent).ec != std::errc() ||
        exponent > kFar || exponent < -kFar) {
      exponent = text[at] == '-' ? -kFar : kFar;
    }
    decimal.exponent += exponent;
  }
  while (decimal.digits.ends_with('0')) {
    decimal.digits.pop_back();
    ++decimal.exponent;
  }
  decimal.digits.erase(0, std::min(decimal.digits.find_first_not_of('0'), decimal.digits.size()));
  return decimal;
}

template <typename T>
std::optional<T> ExactInteger(std::string_view text) {
  T value = 0;
  const char* end = text.data() + text.size();
  const auto read = std::from_chars(text.data(), end, value);
  if (read.ec == std::errc() && read.ptr == end) return value;
  Decimal decimal = ReadDecimal(text);
  if (decimal.digits.empty()) return T{0};
  constexpr int64_t kDigitsMax = 20;  // of any 64-bit integer
  if (decimal.exponent < 0 || decimal.exponent > kDigitsMax) return std::nullopt;
  std::string plain = (decimal.negative ? "-" : "") + decimal.digits;
  plain.append(static_cast<size_t>(decimal.exponent), '0');
  end = plain.data() + plain.size();
  const auto again = std::from_chars(plain.data(), end, value);
  if (again.ec != std::errc() || again.ptr != end) return std::nullopt;
  return value;
}

}  // namespace

JsonType JsonValue::type() const { return node_ == nullptr ? JsonType::kNull : node_->type; }

std::string_view JsonValue::Text() const { return {text_ + node_->offset, node_->length}; }

std::optional<std::string_view> JsonValue::AsString() const {
  if (!is_string()) return std::nullopt;
  return Text();
}

std::string_view JsonValue::NumberText() const { return is_number() ? Text() : std::string_view(); }

std::optional<int64_t> JsonValue::AsInt64() const {
  if (!is_number()) return std::nullopt;
  return ExactInteger<int64_t>(Text());
}

std::optional<uint64_t> JsonValue::AsUInt64() const {
  if (!is_number()) return std::nullopt;
  return ExactInteger<uint64_t>(Text());
}

std::optional<double> JsonValue::AsDouble() const {
  if (!is_number()) return std::nullopt;
  const std::string_view text = Text();
  double value = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), value);
  if (read.ec == std::errc()) return value;
  // Out of range: far too small is zero, far too large has no double.
  const Decimal decimal = ReadDecimal(text);
  if (static_cast<int64_t>(decimal.digits.size()) + decimal.exponent < 0) {
    return decimal.negative ? -0.0 : 0.0;
  }
  return std::nullopt;
}

std::optional<bool> JsonValue::AsBool() const {
  if (!is_bool()) return std::nullopt;
  return type() == JsonType::kTrue;
}

JsonValue JsonValue::Find(std::string_view key) const {
  if (!is_object()) return {};
  const Node* node = node_ + 1;
  const Node* const end = node_ + node_->span;
  while (node != end) {
    if (node->length == key.size() &&
        std::equal(key.begin(), key.end(), text_ + node->offset)) {
      return JsonValue(node + 1, text_);
    }
    node += 1 + node[1].span;
  }
  return {};
}

JsonValue JsonValue::At(size_t index) const {
  if (!is_array() || index >= node_->length) return {};
  const Node* node = node_ + 1;
  for (; index > 0; --index) node += node->span;
  return JsonValue(node, text_);
}

size_t JsonValue::size() const { return is_array() || is_object() ? node_->length : 0; }

JsonItems JsonValue::items() const {
  JsonItems items;
  if (is_array()) items.array_ = *this;
  return items;
}

JsonMembers JsonValue::members() const {
  JsonMembers members;
  if (is_object()) members.object_ = *this;
  return members;
}

JsonItems::Iterator JsonItems::begin() const {
  Iterator it;
  if (!array_.exists()) return it;
  it.node_ = array_.node_ + 1;
  it.text_ = array_.text_;
  return it;
}

JsonItems::Iterator JsonItems::end() const {
  Iterator it;
  if (array_.exists()) it.node_ = array_.node_ + array_.node_->span;
  return it;
}

JsonItems::Iterator& JsonItems::Iterator::operator++() {
  node_ += node_->span;
  return *this;
}

JsonMembers::Iterator JsonMembers::begin() const {
  Iterator it;
  if (!object_.exists()) return it;
  it.node_ = object_.node_ + 1;
  it.text_ = object_.text_;
  return it;
}

JsonMembers::Iterator JsonMembers::end() const {
  Iterator it;
  if (object_.exists()) it.node_ = object_.node_ + object_.node_->span;
  return it;
}

JsonMember JsonMembers::Iterator::operator*() const {
  return {std::string_view(text_ + node_->offset, node_->length), JsonValue(node_ + 1, text_)};
}

JsonMembers::Iterator& JsonMembers::Iterator::operator++() {
  node_ += 1 + node_[1].span;
  return *this;
}

JsonDocument::JsonDocument() = default;
JsonDocument::JsonDocument(JsonDocument&&) noexcept = default;
JsonDocument& JsonDocument::operator=(JsonDocument&&) noexcept = default;
JsonDocument::~JsonDocument() = default;

JsonValue JsonDocument::root() const { return JsonValue(nodes_.data(), text_.get()); }

}  // namespace awry::codec
