// JSON, both ways: JsonWriter appends compact text, JsonDocument reads text into a read-only tree.
#pragma once

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"

namespace awry::codec {

class JsonValue;

// Appends compact JSON to a string; commas and colons come by themselves. The caller keeps begin and
// end in balance and calls Key before each value of an object. Used by one thread.
//
//   std::string out;
//   JsonWriter json(out);
//   json.BeginObject().Key("id").String(id).Key("count").Int(3).EndObject();
class JsonWriter {
 public:
  // `out` must outlive the writer; what it holds already stays.
  explicit JsonWriter(std::string& out) : out_(out) {}

  JsonWriter& BeginObject();
  JsonWriter& EndObject();
  JsonWriter& BeginArray();
  JsonWriter& EndArray();
  JsonWriter& Key(std::string_view key);
  // Invalid UTF-8 becomes U+FFFD.
  JsonWriter& String(std::string_view text);
  JsonWriter& Int(int64_t value);
  JsonWriter& UInt(uint64_t value);
  // The shortest text that reads back as the same double; "NaN", "Infinity" and "-Infinity" as strings.
  JsonWriter& Double(double value);
  JsonWriter& Bool(bool value);
  JsonWriter& Null();
  // Appends one value that is JSON already.
  JsonWriter& Raw(std::string_view json);
  // Appends a value that was read; numbers keep their digits.
  JsonWriter& Value(const JsonValue& value);

 private:
  void BeforeValue() {
    if (comma_) out_.push_back(',');
    comma_ = true;
  }

  std::string& out_;
  bool comma_ = false;  // the next value or key follows a sibling
};

// Appends `text` with quotes and escapes, as JsonWriter::String does.
void AppendJsonString(std::string& out, std::string_view text);

namespace json_internal {
struct Node;
}

enum class JsonType : uint8_t { kNull, kFalse, kTrue, kNumber, kString, kArray, kObject };

struct JsonMember;
class JsonItems;
class JsonMembers;

// One value of a JsonDocument; valid as long as the document, which may be moved. What is asked of
// the wrong type answers nullopt, a missing value or an empty range, so look-ups chain:
// `root.Find("user").Find("id").AsString()`. Thread-compatible.
class JsonValue {
 public:
  // A missing value.
  JsonValue() = default;

  JsonType type() const;  // kNull when missing
  // False when Find or At found nothing; such a value is null as well.
  bool exists() const { return node_ != nullptr; }
  bool is_null() const { return type() == JsonType::kNull; }
  bool is_bool() const { return type() == JsonType::kTrue || type() == JsonType::kFalse; }
  bool is_number() const { return type() == JsonType::kNumber; }
  bool is_string() const { return type() == JsonType::kString; }
  bool is_array() const { return type() == JsonType::kArray; }
  bool is_object() const { return type() == JsonType::kObject; }

  // The text without escapes; always valid UTF-8.
  std::optional<std::string_view> AsString() const;
  // A number that is exactly this integer: 12, 12.0, 1.2e1. Nothing is rounded.
  std::optional<int64_t> AsInt64() const;
  std::optional<uint64_t> AsUInt64() const;
  // The nearest double; nullopt when it is beyond the range of doubles.
  std::optional<double> AsDouble() const;
  std::optional<bool> AsBool() const;
  // The digits of a number as they stand in the input ("12.50"); "" for other types. Money is read so.
  std::string_view NumberText() const;

  // The first member of that name; missing when there is none or this is no object. Linear: walk
  // members() to look up many names in a large object.
  JsonValue Find(std::string_view key) const;
  // Linear.
  JsonValue At(size_t index) const;
  // Number of items or members; 0 for other types.
  size_t size() const;
  // Ranges in the order of the input: for (JsonValue item : v.items()), for (JsonMember m : v.members()).
  JsonItems items() const;
  JsonMembers members() const;

 private:
  friend class JsonDocument;
  friend class JsonItems;
  friend class JsonMembers;
  JsonValue(const json_internal::Node* node, const char* text) : node_(node), text_(text) {}
  std::string_view Text() const;

  const json_internal::Node* node_ = nullptr;
  const char* text_ = nullptr;
};

struct JsonMember {
  std::string_view key;
  JsonValue value;
};

class JsonItems {
 public:
  class Iterator {
   public:
    using value_type = JsonValue;
    using difference_type = std::ptrdiff_t;
    using iterator_category = std::input_iterator_tag;
    JsonValue operator*() const { return JsonValue(node_, text_); }
    Iterator& operator++();
    void operator++(int) { ++*this; }
    bool operator==(const Iterator& other) const { return node_ == other.node_; }

   private:
    friend class JsonItems;
    const json_internal::Node* node_ = nullptr;
    const char* text_ = nullptr;
  };
  Iterator begin() const;
  Iterator end() const;

 private:
  friend class JsonValue;
  JsonValue array_;
};

class JsonMembers {
 public:
  class Iterator {
   public:
    using value_type = JsonMember;
    using difference_type = std::ptrdiff_t;
    using iterator_category = std::input_iterator_tag;
    JsonMember operator*() const;
    Iterator& operator++();
    void operator++(int) { ++*this; }
    bool operator==(const Iterator& other) const { return node_ == other.node_; }

   private:
    friend class JsonMembers;
    const json_internal::Node* node_ = nullptr;  // the key's; the value follows
    const char* text_ = nullptr;
  };
  Iterator begin() const;
  Iterator end() const;

 private:
  friend class JsonValue;
  JsonValue object_;
};

struct JsonOptions {
  size_t bytes_max = 256 << 20;  // of input; never above 4 GiB - 1
  unsigned depth_max = 64;       // arrays and objects inside each other
};

// Owns a parsed text. Memory: the text once more and 16 bytes a value. Movable. Thread-compatible.
class JsonDocument {
 public:
  // Reads exactly one value (RFC 8259). kInvalidArgument says what is wrong and at which byte;
  // kResourceExhausted when `options` are exceeded. A lone \uD800 escape becomes U+FFFD; bytes that
  // are not UTF-8 are an error.
  static base::Result<JsonDocument> Parse(std::string_view text, const JsonOptions& options = {});

  JsonDocument(JsonDocument&&) noexcept;
  JsonDocument& operator=(JsonDocument&&) noexcept;
  ~JsonDocument();

  // Valid as long as this document or what it was moved into.
  JsonValue root() const;

 private:
  JsonDocument();
  std::unique_ptr<char[]> text_;  // the input; strings with escapes are replaced in place
  std::vector<json_internal::Node> nodes_;
};

}  // namespace awry::codec
