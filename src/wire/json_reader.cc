#include "wire/json_reader.h"
#include "base/release.h"

#include <algorithm>
#include <charconv>
#include <cmath>

namespace awry::wire {
namespace {

namespace od = simdjson::ondemand;
using base::InvalidArgument;
using base::OkStatus;
using base::Status;

// The value that the whole text stands for.
template <typename Number>
bool Parse(std::string_view text, Number& out) {
  const char* const end = text.data() + text.size();
  const auto [at, error] = std::from_chars(text.data(), end, out);
  return error == std::errc() && at == end && !text.empty();
}

bool ParseReal(std::string_view text, double& out) {
  if (text == "NaN") {
    out = std::nan("");
  } else if (text == "Infinity") {
    out = INFINITY;
  } else if (text == "-Infinity") {
    out = -INFINITY;
  } else {
    return Parse(text, out);
  }
  return true;
}

}  // namespace

Status JsonReader::Open(std::string_view json, od::document& document) {
  keys_.Clear();
  masked_.clear();
  const simdjson::error_code error =
      parser_.iterate(json.data(), json.size(), json.size() + kJsonPaddingBytes).get(document);
  if (error == simdjson::UTF8_ERROR) return OpenMasked(json, document);
  AWRY_JSON(*this, error);
  return OkStatus();
}

Status JsonReader::OpenMasked(std::string_view json, od::document& document) {
  sent_ = json.data();
  masked_.reserve(json.size() + kJsonPaddingBytes);
  masked_ = json;
  for (char& c : masked_) {
    if (static_cast<unsigned char>(c) >= 0x80) c = 'x';
  }
  masked_.append(kJsonPaddingBytes, '\0');
  AWRY_JSON(*this, parser_.iterate(masked_.data(), json.size(), masked_.size()).get(document));
  return OkStatus();
}

Status JsonReader::OpenCopy(std::string_view json, od::document& document) {
  copy_.reserve(json.size() + kJsonPaddingBytes);
  copy_ = json;
  copy_.append(kJsonPaddingBytes, '\0');
  return Open(std::string_view(copy_).substr(0, json.size()), document);
}

void JsonReader::GiveBackLarge() {
  constexpr size_t kKeptBytesMax = 4 << 20;
  base::Release(masked_);
  if (parser_.capacity() <= kKeptBytesMax && copy_.capacity() <= kKeptBytesMax) return;
  base::Release(parser_);
  base::Release(copy_);
}

Status JsonReader::CheckEnd(od::document& document) const {
  if (document.current_location().error() == simdjson::OUT_OF_BOUNDS) return OkStatus();
  return InvalidArgument("malformed " + std::string(format_) + ": more text after the document");
}

Status JsonReader::Malformed(simdjson::error_code error) const {
  return InvalidArgument("malformed " + std::string(format_) + ": " +
                         simdjson::error_message(error));
}

Status JsonReader::WrongType(std::string_view what) const {
  return InvalidArgument("malformed " + std::string(format_) +
                         ": wrong type of a field: " + std::string(what));
}

Status JsonReader::TooDeep() const {
  return InvalidArgument("malformed " + std::string(format_) +
                         ": attribute value is nested too deep");
}

Status JsonReader::NumberText(Value value, std::string_view& text, bool& is_null) {
  od::json_type type;
  AWRY_JSON(*this, value.type().get(type));
  is_null = type == od::json_type::null;
  if (is_null) {
    bool really = false;
    AWRY_JSON(*this, value.is_null().get(really));
    return really ? OkStatus() : WrongType("expected a number");
  }
  if (type == od::json_type::string) return Text(value, keys_, text);
  if (type != od::json_type::number) return WrongType("expected a number");
  // The token may have blanks after it; consuming it is left to the iterator, which skips it.
  text = value.raw_json_token();
  while (!text.empty() && static_cast<unsigned char>(text.back()) <= ' ') text.remove_suffix(1);
  return OkStatus();
}

Status JsonReader::Unsigned(Value value, uint64_t& out) {
  std::string_view text;
  bool is_null = false;
  out = 0;
  RETURN_IF_ERROR(NumberText(value, text, is_null));
  if (is_null || Parse(text, out)) return OkStatus();
  double real = 0;  // JavaScript writes 1e21 so
  if (!Parse(text, real) || real != std::floor(real) || real >= 1.8e19)
    return WrongType("expected an integer of 64 bits");
  if (real < 0) return WrongType("a number must not be negative");
  out = static_cast<uint64_t>(real);
  return OkStatus();
}

Status JsonReader::Count(Value value, uint32_t& out) {
  uint64_t number = 0;
  RETURN_IF_ERROR(Unsigned(value, number));
  out = static_cast<uint32_t>(std::min<uint64_t>(number, UINT32_MAX));
  return OkStatus();
}

Status JsonReader::Number(Value value, int64_t& integer, double& real, bool& is_integer,
                          bool& is_null) {
  std::string_view text;
  RETURN_IF_ERROR(NumberText(value, text, is_null));
  is_integer = true;
  if (is_null || Parse(text, integer)) return OkStatus();
  if (!Parse(text, real)) return WrongType("expected a number");
  is_integer = real == std::floor(real) && std::fabs(real) < 9.2e18;
  if (is_integer) integer = static_cast<int64_t>(real);
  return OkStatus();
}

Status JsonReader::Real(Value value, double& out, bool& is_null) {
  std::string_view text;
  RETURN_IF_ERROR(NumberText(value, text, is_null));
  return is_null || ParseReal(text, out) ? OkStatus() : WrongType("doubleValue");
}

Status JsonReader::Enum(Value value, JsonEnumNames names, uint8_t& out) {
  od::json_type type;
  AWRY_JSON(*this, value.type().get(type));
  uint64_t number = 0;
  if (type == od::json_type::string) {
    std::string_view text;
    RETURN_IF_ERROR(Text(value, keys_, text));
    const auto found = std::find(names.begin(), names.end(), text);
    if (found != names.end()) {
      number = static_cast<uint64_t>(found - names.begin());
    } else if (!Parse(text, number)) {
      number = 0;
    }
  } else {
    RETURN_IF_ERROR(Unsigned(value, number));
  }
  out = number < names.size() ? static_cast<uint8_t>(number) : 0;
  return OkStatus();
}

Status JsonReader::Bool(Value value, bool& out) {
  od::json_type type;
  AWRY_JSON(*this, value.type().get(type));
  out = false;
  if (type == od::json_type::null) {
    bool really = false;
    AWRY_JSON(*this, value.is_null().get(really));
    return really ? OkStatus() : WrongType("expected true or false");
  }
  return value.get_bool().get(out) ? WrongType("expected true or false") : OkStatus();
}

}  // namespace awry::wire
