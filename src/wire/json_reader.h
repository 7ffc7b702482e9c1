// Typed reads over simdjson's on-demand values, for the decoders of this room: what may be null, a
// number as text, or a double without a fraction. simdjson comes in here and nowhere else.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#if defined(__GNUC__)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wconversion"
#pragma GCC diagnostic ignored "-Wshadow"
#endif
#include <simdjson.h>
#if defined(__GNUC__)
#pragma GCC diagnostic pop
#endif

#include "base/status.h"
#include "wire/byte_arena.h"
#include "wire/json_scan.h"

namespace awry::wire {

// How many readable bytes must follow a text given to JsonReader::Open.
inline constexpr size_t kJsonPaddingBytes = 64;
static_assert(kJsonPaddingBytes >= simdjson::SIMDJSON_PADDING);

// Returns the simdjson error of `expression`, if any, as a Status; `reader` names the format.
#define AWRY_JSON(reader, expression)                                     \
  do {                                                                    \
    if (const simdjson::error_code awry_error = (expression); awry_error) \
      return (reader).Malformed(awry_error);                              \
  } while (false)

// Numbers of an enum by name, from 0 without gaps.
using JsonEnumNames = std::span<const std::string_view>;

// Keeps its buffers from text to text. A text's values live until the next Open. Used by one
// thread.
class JsonReader {
 public:
  using Object = simdjson::ondemand::object;
  using Value = simdjson::ondemand::value;
  using Field = simdjson::ondemand::field;

  // `format` ("OTLP JSON") names the text in errors; must outlive the reader.
  explicit JsonReader(std::string_view format) : format_(format) {}

  // Begins with `json`, behind which kJsonPaddingBytes must be readable. Texts may hold bytes that are no
  // UTF-8: they are given as they came, see is_utf8().
  base::Status Open(std::string_view json, simdjson::ondemand::document& document);
  // The same with a copy of its own.
  base::Status OpenCopy(std::string_view json, simdjson::ondemand::document& document);
  // kInvalidArgument when something follows the document that was read.
  base::Status CheckEnd(simdjson::ondemand::document& document) const;

  base::Status Malformed(simdjson::error_code error) const;
  base::Status WrongType(std::string_view what) const;
  base::Status TooDeep() const;

  // Whether the whole text is UTF-8.
  bool is_utf8() const { return masked_.empty(); }

  // Gives back the memory of a large text; nothing of it may be read any more.
  void GiveBackLarge();

  // Forgets number texts and keys with escapes that were read.
  void ClearKeys() { keys_.Clear(); }

  base::Status Key(Field& field, std::string_view& out) {
    out = ReadJsonString(AsSent(field.key().raw()), keys_);
    return base::OkStatus();
  }
  // A string; null is "" and is told when `is_null` is given.
  base::Status Text(Value value, ByteArena& arena, std::string_view& out, bool* is_null = nullptr) {
    simdjson::ondemand::json_type type;
    AWRY_JSON(*this, value.type().get(type));
    if (is_null != nullptr) *is_null = type == simdjson::ondemand::json_type::null;
    if (type == simdjson::ondemand::json_type::null) {
      bool really = false;
      AWRY_JSON(*this, value.is_null().get(really));
      out = {};
      return really ? base::OkStatus() : WrongType("expected a string");
    }
    simdjson::ondemand::raw_json_string raw;
    if (value.get_raw_json_string().get(raw)) return WrongType("expected a string");
    out = ReadJsonString(AsSent(raw.raw()), arena);
    return base::OkStatus();
  }
  // Text that is needed for a moment only.
  base::Status ShortText(Value value, std::string_view& out) { return Text(value, keys_, out); }
  // 64 bits as a number or as a string; null is 0.
  base::Status Unsigned(Value value, uint64_t& out);
  base::Status Count(Value value, uint32_t& out);  // what is larger is the largest
  // An integer of 64 bits; `is_integer` is false for any other number, which is in `real` then.
  base::Status Number(Value value, int64_t& integer, double& real, bool& is_integer, bool& is_null);
  // A double, or the strings "NaN", "Infinity", "-Infinity" and numbers as text.
  base::Status Real(Value value, double& out, bool& is_null);
  // The number, its text or its name; 0 for what is unknown.
  base::Status Enum(Value value, JsonEnumNames names, uint8_t& out);
  // true, false or null (false).
  base::Status Bool(Value value, bool& out);

  // Calls `body(value)` for each item of an array; null is an empty array.
  template <typename Body>
  base::Status ForEach(Value value, Body&& body) {
    simdjson::ondemand::json_type type;
    AWRY_JSON(*this, value.type().get(type));
    if (type == simdjson::ondemand::json_type::null) return base::OkStatus();
    simdjson::ondemand::array array;
    if (value.get_array().get(array)) return WrongType("expected an array");
    for (auto item : array) {
      Value element;
      AWRY_JSON(*this, std::move(item).get(element));
      RETURN_IF_ERROR(body(element));
    }
    return base::OkStatus();
  }

  // Calls `body(key, value)` for each member of an object; null is an empty object.
  template <typename Body>
  base::Status ForEachMember(Value value, std::string_view what, Body&& body) {
    simdjson::ondemand::json_type type;
    AWRY_JSON(*this, value.type().get(type));
    if (type == simdjson::ondemand::json_type::null) return base::OkStatus();
    Object object;
    if (value.get_object().get(object)) return WrongType(what);
    return ForEachMember(object, body);
  }
  template <typename Body>
  base::Status ForEachMember(Object& object, Body&& body) {
    for (auto result : object) {
      Field field;
      AWRY_JSON(*this, std::move(result).get(field));
      std::string_view key;
      RETURN_IF_ERROR(Key(field, key));
      RETURN_IF_ERROR(body(key, field.value()));
    }
    return base::OkStatus();
  }

 private:
  // simdjson reads no text that is not UTF-8. Such a one is read through a copy whose bytes beyond ASCII are
  // all 'x', which has the same structure; its strings are then taken from what was sent.
  const char* AsSent(const char* read) const {
    return masked_.empty() ? read : sent_ + (read - masked_.data());
  }
  base::Status OpenMasked(std::string_view json, simdjson::ondemand::document& document);

  // The digits of a number or of a string; `is_null` when there is none.
  base::Status NumberText(Value value, std::string_view& text, bool& is_null);

  const std::string_view format_;
  simdjson::ondemand::parser parser_;
  std::string copy_;
  std::string masked_;          // empty when the text is UTF-8
  const char* sent_ = nullptr;  // what masked_ stands for
  ByteArena keys_;
};

}  // namespace awry::wire
