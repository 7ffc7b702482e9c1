#include <array>
#include <charconv>
#include <cmath>
#include <cstring>

#include "codec/json.h"
#include "codec/utf8.h"

namespace awry::codec {
namespace {

// True for the bytes that a string cannot hold as they are: controls, quote, backslash; and for
// those above 0x7F, which need a look.
constexpr std::array<bool, 256> MakeSpecial() {
  std::array<bool, 256> special{};
  for (size_t i = 0; i < 0x20; ++i) special[i] = true;
  for (size_t i = 0x80; i < 0x100; ++i) special[i] = true;
  special['"'] = true;
  special['\\'] = true;
  return special;
}
constexpr std::array<bool, 256> kSpecial = MakeSpecial();

// Whether one of eight bytes is special. May be wrong when it is true.
bool AnySpecial(uint64_t word) {
  constexpr uint64_t kOnes = 0x0101010101010101, kHigh = 0x8080808080808080;
  const auto has_zero = [](uint64_t bytes) { return (bytes - kOnes) & ~bytes & kHigh; };
  const uint64_t control = (word - kOnes * 0x20) & ~word;
  return (((control | word) & kHigh) | has_zero(word ^ kOnes * '"') | has_zero(word ^ kOnes * '\\')) != 0;
}

bool IsPlain(std::string_view text) {
  constexpr size_t kWord = sizeof(uint64_t);
  const auto at = [&](size_t i) {
    uint64_t word;
    std::memcpy(&word, text.data() + i, kWord);
    return word;
  };
  if (text.size() < kWord) {
    bool special = false;
    for (const char c : text) special = special || kSpecial[static_cast<unsigned char>(c)];
    return !special;
  }
  for (size_t i = 0; i + kWord < text.size(); i += kWord) {
    if (AnySpecial(at(i))) return false;
  }
  return !AnySpecial(at(text.size() - kWord));
}

void AppendEscaped(std::string& out, unsigned char c) {
  constexpr std::string_view kHex = "0123456789abcdef";
  switch (c) {
    case '"': out.append("\\\""); return;
    case '\\': out.append("\\\\"); return;
    case '\b': out.append("\\b"); return;
    case '\f': out.append("\\f"); return;
    case '\n': out.append("\\n"); return;
    case '\r': out.append("\\r"); return;
    case '\t': out.append("\\t"); return;
    default: break;
  }
  out.append("\\u00");
  out.push_back(kHex[c >> 4]);
  out.push_back(kHex[c & 15]);
}

template <typename T>
void AppendNumber(std::string& out, T value) {
  char digits[32];
  const auto end = std::to_chars(digits, digits + sizeof(digits), value).ptr;
  out.append(digits, end);
}

}  // namespace

void AppendJsonString(std::string& out, std::string_view text) {
  out.push_back('"');
  if (IsPlain(text)) {
    out.append(text);
    out.push_back('"');
    return;
  }
  size_t run = 0;  // start of the bytes not yet appended
  size_t at = 0;
  while (at < text.size()) {
    const auto c = static_cast<unsigned char>(text[at]);
    if (!kSpecial[c]) {
      ++at;
      continue;
    }
    out.append(text.substr(run, at - run));
    run = at;
    if (c < 0x80) {
      AppendEscaped(out, c);
      run = ++at;
      continue;
    }
    while (at < text.size() && static_cast<unsigned char>(text[at]) >= 0x80) ++at;
    AppendValidUtf8(out, text.substr(run, at - run));
    run = at;
  }
  out.append(text.substr(run));
  out.push_back('"');
}

JsonWriter& JsonWriter::BeginObject() {
  BeforeValue();
  out_.push_back('{');
  comma_ = false;
  return *this;
}

JsonWriter& JsonWriter::EndObject() {
  out_.push_back('}');
  comma_ = true;
  return *this;
}

JsonWriter& JsonWriter::BeginArray() {
  BeforeValue();
  out_.push_back('[');
  comma_ = false;
  return *this;
}

JsonWriter& JsonWriter::EndArray() {
  out_.push_back(']');
  comma_ = true;
  return *this;
}

JsonWriter& JsonWriter::Key(std::string_view key) {
  BeforeValue();
  AppendJsonString(out_, key);
  out_.push_back(':');
  comma_ = false;
  return *this;
}

JsonWriter& JsonWriter::String(std::string_view text) {
  BeforeValue();
  AppendJsonString(out_, text);
  return *this;
}

JsonWriter& JsonWriter::Int(int64_t value) {
  BeforeValue();
  AppendNumber(out_, value);
  return *this;
}

JsonWriter& JsonWriter::UInt(uint64_t value) {
  BeforeValue();
  AppendNumber(out_, value);
  return *this;
}

JsonWriter& JsonWriter::Double(double value) {
  if (std::isnan(value)) return String("NaN");
  if (std::isinf(value)) return String(value > 0 ? "Infinity" : "-Infinity");
  BeforeValue();
  AppendNumber(out_, value);
  return *this;
}

JsonWriter& JsonWriter::Bool(bool value) { return Raw(value ? "true" : "false"); }

JsonWriter& JsonWriter::Null() { return Raw("null"); }

JsonWriter& JsonWriter::Raw(std::string_view json) {
  BeforeValue();
  out_.append(json);
  return *this;
}

JsonWriter& JsonWriter::Value(const JsonValue& value) {
  switch (value.type()) {
    case JsonType::kNull: return Null();
    case JsonType::kFalse: return Bool(false);
    case JsonType::kTrue: return Bool(true);
    case JsonType::kNumber: return Raw(value.NumberText());
    case JsonType::kString: return String(*value.AsString());
    case JsonType::kArray:
      BeginArray();
      for (const JsonValue item : value.items()) Value(item);
      return EndArray();
    case JsonType::kObject:
      BeginObject();
      for (const JsonMember member : value.members()) Key(member.key).Value(member.value);
      return EndObject();
  }
  return *this;
}

}  // namespace awry::codec
