// One pass over a copy of the text that ends in zero bytes: no byte of valid JSON is zero, so the
// scanner needs no bounds checks. An open container keeps its parent's index in `offset`, so there
// is no stack and no recursion. Strings are unescaped in place, as they only shrink.
#include <algorithm>
#include <bit>
#include <cstring>
#include <limits>

#include "codec/json_internal.h"
#include "codec/utf8.h"

namespace awry::codec {
namespace {

using json_internal::Node;

constexpr size_t kPaddingBytes = 8;
constexpr uint32_t kNoParent = std::numeric_limits<uint32_t>::max();

constexpr uint64_t Repeat(uint8_t byte) { return 0x0101010101010101u * byte; }

// Marks (in each byte's top bit) quotes, backslashes, controls and bytes above 0x7F. Exact up to the
// first mark.
constexpr uint64_t MarkSpecial(uint64_t word) {
  const auto zero_bytes = [](uint64_t x) { return (x - Repeat(0x01)) & ~x; };
  return (zero_bytes(word ^ Repeat('"')) | zero_bytes(word ^ Repeat('\\')) |
          ((word - Repeat(0x20)) & ~word) | word) & Repeat(0x80);
}

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

class Parser {
 public:
  Parser(char* text, size_t size, unsigned depth_max, std::vector<Node>& nodes)
      : begin_(text), end_(text + size), at_(text), depth_left_(depth_max), nodes_(nodes) {}

  base::Status Run() {
    SkipSpace();
    bool fine = Value();
    while (fine && open_ != kNoParent) fine = Member();
    if (fine) {
      SkipSpace();
      if (at_ != end_) fine = Fail("more than one value");
    }
    if (fine) return base::OkStatus();
    return {code_, std::string(error_) + ", byte " + std::to_string(at_ - begin_)};
  }

 private:
  bool Fail(const char* error) {
    error_ = error;
    return false;
  }

  uint32_t Offset(const char* p) const { return static_cast<uint32_t>(p - begin_); }

  void SkipSpace() {
    while (*at_ == ' ' || *at_ == '\n' || *at_ == '\r' || *at_ == '\t') ++at_;
  }

  void Push(JsonType type, uint32_t offset, uint32_t length) {
    nodes_.push_back({offset, length, 1, type});
  }

  // Reads the next item or member of the open container, or closes it.
  bool Member() {
    SkipSpace();
    const bool object = nodes_[open_].type == JsonType::kObject;
    if (*at_ == (object ? '}' : ']')) {
      ++at_;
      Close();
      return true;
    }
    if (nodes_[open_].length > 0) {
      if (*at_ != ',') return Fail(object ? "malformed JSON: expected ',' or '}'" : "malformed JSON: expected ',' or ']'");
      ++at_;
      SkipSpace();
    }
    ++nodes_[open_].length;
    if (object) {
      if (*at_ != '"') return Fail("malformed JSON: expected a key");
      if (!String()) return false;
      SkipSpace();
      if (*at_ != ':') return Fail("malformed JSON: expected ':'");
      ++at_;
      SkipSpace();
    }
    return Value();
  }

  // Reads a scalar, or opens a container.
  bool Value() {
    switch (*at_) {
      case '{': return Open(JsonType::kObject);
      case '[': return Open(JsonType::kArray);
      case '"': return String();
      case 't': return Word("true", JsonType::kTrue);
      case 'f': return Word("false", JsonType::kFalse);
      case 'n': return Word("null", JsonType::kNull);
      default: return Number();
    }
  }

  bool Open(JsonType type) {
    if (depth_left_ == 0) {
      code_ = base::StatusCode::kResourceExhausted;
      return Fail("JSON is nested too deeply");
    }
    --depth_left_;
    const auto index = static_cast<uint32_t>(nodes_.size());
    Push(type, open_, 0);
    open_ = index;
    ++at_;
    return true;
  }

  void Close() {
    Node& node = nodes_[open_];
    node.span = static_cast<uint32_t>(nodes_.size()) - open_;
    open_ = node.offset;
    node.offset = 0;
    ++depth_left_;
  }

  bool Word(std::string_view word, JsonType type) {
    // The padding is long enough for any word.
    if (std::string_view(at_, word.size()) != word) return Fail("malformed JSON: expected a value");
    at_ += word.size();
    Push(type, 0, 0);
    return true;
  }

  bool Number() {
    const char* const start = at_;
    if (*at_ == '-') ++at_;
    if (*at_ == '0') {
      ++at_;
    } else if (!Digits()) {
      return Fail(at_ == start ? "malformed JSON: expected a value" : "malformed JSON: expected a digit");
    }
    if (*at_ == '.') {
      ++at_;
      if (!Digits()) return Fail("malformed JSON: expected a digit");
    }
    if (*at_ == 'e' || *at_ == 'E') {
      ++at_;
      if (*at_ == '+' || *at_ == '-') ++at_;
      if (!Digits()) return Fail("malformed JSON: expected a digit");
    }
    Push(JsonType::kNumber, Offset(start), static_cast<uint32_t>(at_ - start));
    return true;
  }

  bool Digits() {
    if (!IsDigit(*at_)) return false;
    while (IsDigit(*at_)) ++at_;
    return true;
  }

  // Moves `at_` to the next quote, backslash, control or byte above 0x7F.
  void SkipPlain() {
    if constexpr (std::endian::native == std::endian::little) {
      // Reads up to 7 bytes behind the end of a word; the padding covers them.
      while (true) {
        uint64_t word;
        std::memcpy(&word, at_, 8);
        const uint64_t marks = MarkSpecial(word);
        if (marks != 0) {
          at_ += std::countr_zero(marks) / 8;
          return;
        }
        at_ += 8;
      }
    } else {
      while (static_cast<unsigned char>(*at_) >= 0x20 && static_cast<unsigned char>(*at_) < 0x80 &&
             *at_ != '"' && *at_ != '\\') {
        ++at_;
      }
    }
  }

  bool String() {
    char* const start = ++at_;
    bool ascii = true;
    while (true) {
      SkipPlain();
      if (*at_ == '"') break;
      if (*at_ == '\\') return EscapedString(start);
      if (static_cast<unsigned char>(*at_) < 0x20) return FailInString();
      ascii = false;
      while (static_cast<unsigned char>(*at_) >= 0x80) ++at_;
    }
    return FinishString(start, at_, ascii);
  }

  // Goes on at the first backslash: from here on bytes are moved to the front.
  bool EscapedString(char* start) {
    char* to = at_;
    while (*at_ != '"') {
      if (*at_ == '\\') {
        if (!Escape(to)) return false;
        continue;
      }
      char* const run = at_;
      do {
        ++at_;
        SkipPlain();
      } while (static_cast<unsigned char>(*at_) >= 0x80);
      if (static_cast<unsigned char>(*at_) < 0x20) return FailInString();
      std::memmove(to, run, static_cast<size_t>(at_ - run));
      to += at_ - run;
    }
    return FinishString(start, to, false);
  }

  bool FailInString() {
    return Fail(at_ == end_ ? "malformed JSON: string without end"
                            : "malformed JSON: control character in a string");
  }

  // `at_` is at the closing quote.
  bool FinishString(char* start, char* end, bool ascii) {
    const std::string_view text(start, static_cast<size_t>(end - start));
    if (!ascii && !IsValidUtf8(text)) {
      at_ = start;
      return Fail("malformed JSON: string that is not UTF-8");
    }
    ++at_;
    Push(JsonType::kString, Offset(start), static_cast<uint32_t>(text.size()));
    return true;
  }

  bool Escape(char*& to) {
    char plain = 0;
    switch (at_[1]) {
      case '"': plain = '"'; break;
      case '\\': plain = '\\'; break;
      case '/': plain = '/'; break;
      case 'b': plain = '\b'; break;
      case 'f': plain = '\f'; break;
      case 'n': plain = '\n'; break;
      case 'r': plain = '\r'; break;
      case 't': plain = '\t'; break;
      case 'u': return UnicodeEscape(to);
      default: return Fail("malformed JSON: unknown escape");
    }
    *to++ = plain;
    at_ += 2;
    return SkipAfterEscape();
  }

  // The string goes on with any byte but a control.
  bool SkipAfterEscape() {
    return static_cast<unsigned char>(*at_) >= 0x20 || FailInString();
  }

  // Reads \uXXXX at `p`; false when it is none.
  static bool ReadUnit(const char* p, uint32_t& unit) {
    if (p[0] != '\\' || p[1] != 'u') return false;
    unit = 0;
    for (int i = 2; i < 6; ++i) {
      const char c = p[i];
      uint32_t digit = 0;
      if (IsDigit(c)) {
        digit = static_cast<uint32_t>(c - '0');
      } else if (const char lower = static_cast<char>(c | 0x20); lower >= 'a' && lower <= 'f') {
        digit = static_cast<uint32_t>(lower - 'a' + 10);
      } else {
        return false;
      }
      unit = unit << 4 | digit;
    }
    return true;
  }

  bool UnicodeEscape(char*& to) {
    uint32_t code_point = 0;
    if (!ReadUnit(at_, code_point)) return Fail("malformed JSON: expected four hexadecimal digits");
    at_ += 6;
    uint32_t low = 0;
    if (code_point >= 0xD800 && code_point <= 0xDBFF && ReadUnit(at_, low) && low >= 0xDC00 && low <= 0xDFFF) {
      code_point = 0x10000 + ((code_point - 0xD800) << 10) + (low - 0xDC00);
      at_ += 6;
    }
    std::string bytes;  // at most 4: never on the heap
    AppendCodePoint(bytes, code_point);
    to = std::copy(bytes.begin(), bytes.end(), to);
    return SkipAfterEscape();
  }

  char* const begin_;
  char* const end_;
  char* at_;
  unsigned depth_left_;
  std::vector<Node>& nodes_;
  uint32_t open_ = kNoParent;
  const char* error_ = "";
  base::StatusCode code_ = base::StatusCode::kInvalidArgument;
};

}  // namespace

base::Result<JsonDocument> JsonDocument::Parse(std::string_view text, const JsonOptions& options) {
  constexpr size_t kBytesMax = std::numeric_limits<uint32_t>::max() - kPaddingBytes;
  if (text.size() > std::min(options.bytes_max, kBytesMax)) {
    return base::ResourceExhausted("JSON text is too large: " + std::to_string(text.size()) + " bytes");
  }
  JsonDocument document;
  document.text_ = std::make_unique_for_overwrite<char[]>(text.size() + kPaddingBytes);
  std::copy(text.begin(), text.end(), document.text_.get());
  std::fill_n(document.text_.get() + text.size(), kPaddingBytes, '\0');
  constexpr size_t kReserveMax = 65'536;
  document.nodes_.reserve(std::min(text.size() / 8 + 4, kReserveMax));
  Parser parser(document.text_.get(), text.size(), options.depth_max, document.nodes_);
  RETURN_IF_ERROR(parser.Run());
  return document;
}

}  // namespace awry::codec
