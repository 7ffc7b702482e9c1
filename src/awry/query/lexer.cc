#include "awry/query/lexer.h"

#include <array>
#include <charconv>
#include <cmath>
#include <optional>

#include "awry/query/tag_search.h"

namespace awry::query {
namespace {

bool IsSpace(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }
bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool IsLetter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }

// As TraceQL: a key runs on until a space or a sign of the language, so `-`, `*` and `/` belong to
// it.
bool IsKeyByte(char c) {
  return !IsSpace(c) && std::string_view("{}()=~!<>&|^,\"`").find(c) == std::string_view::npos;
}

struct Sign {
  std::string_view text;
  Tok tok;
};
// Longer signs stand before their beginnings.
constexpr std::array kSigns{
    Sign{"!>>", Tok::kNotDescendant},
    Sign{"!<<", Tok::kNotAncestor},
    Sign{">>", Tok::kDescendant},
    Sign{"<<", Tok::kAncestor},
    Sign{"!>", Tok::kNotGt},
    Sign{"!<", Tok::kNotLt},
    Sign{"!~", Tok::kNoMatch},
    Sign{"!=", Tok::kNe},
    Sign{"=~", Tok::kMatch},
    Sign{">=", Tok::kGe},
    Sign{"<=", Tok::kLe},
    Sign{"&&", Tok::kAndAnd},
    Sign{"||", Tok::kOrOr},
    Sign{"{", Tok::kLBrace},
    Sign{"}", Tok::kRBrace},
    Sign{"(", Tok::kLParen},
    Sign{")", Tok::kRParen},
    Sign{",", Tok::kComma},
    Sign{"|", Tok::kPipe},
    Sign{"!", Tok::kNot},
    Sign{"=", Tok::kEq},
    Sign{"<", Tok::kLt},
    Sign{">", Tok::kGt},
    Sign{"~", Tok::kTilde},
    Sign{"+", Tok::kPlus},
    Sign{"-", Tok::kMinus},
    Sign{"*", Tok::kStar},
    Sign{"/", Tok::kSlash},
};

std::optional<FieldScope> ScopeOf(std::string_view word) {
  if (word == "span") return FieldScope::kSpan;
  if (word == "resource") return FieldScope::kResource;
  if (word == "event") return FieldScope::kEvent;
  if (word == "link") return FieldScope::kLink;
  if (word == "instrumentation") return FieldScope::kInstrumentation;
  if (word == "trace") return FieldScope::kTrace;
  if (word == "parent") return FieldScope::kParent;
  return std::nullopt;
}

void AppendUtf8(uint32_t code, std::string& out) {
  if (code < 0x80) {
    out += static_cast<char>(code);
  } else if (code < 0x800) {
    out += static_cast<char>(0xC0 | (code >> 6));
    out += static_cast<char>(0x80 | (code & 0x3F));
  } else {
    out += static_cast<char>(0xE0 | (code >> 12));
    out += static_cast<char>(0x80 | ((code >> 6) & 0x3F));
    out += static_cast<char>(0x80 | (code & 0x3F));
  }
}

class Lexer {
 public:
  Lexer(std::string_view text, std::vector<Token>& tokens, ParseError& error)
      : text_(text), tokens_(tokens), error_(error) {}

  bool Run() {
    while (true) {
      while (at_ < text_.size() && IsSpace(text_[at_])) ++at_;
      start_ = at_;
      token_ = {};
      if (at_ == text_.size()) {
        Emit(Tok::kEnd);
        return true;
      }
      if (!Next()) return false;
    }
  }

 private:
  bool Next() {
    const char c = text_[at_];
    if (c == '"' || c == '`') return Quoted(token_.text) && Emit(Tok::kString);
    if (IsDigit(c)) return Number();
    if (c == '.') return Key(FieldScope::kAny);
    if (IsLetter(c)) return Word();
    for (const Sign& sign : kSigns) {
      if (text_.substr(at_).starts_with(sign.text)) {
        at_ += sign.text.size();
        return Emit(sign.tok);
      }
    }
    return Fail("a query: {, an attribute, a value or an operator");
  }

  bool Emit(Tok tok) {
    token_.tok = tok;
    token_.column = start_ + 1;
    token_.raw = text_.substr(start_, at_ - start_);
    tokens_.push_back(std::move(token_));
    return true;
  }

  bool Fail(std::string expected) {
    error_.column = at_ + 1;
    error_.expected = std::move(expected);
    error_.found = at_ < text_.size() ? std::string(text_.substr(at_, 1)) : "the end";
    return false;
  }

  bool Word() {
    while (at_ < text_.size() && (IsLetter(text_[at_]) || IsDigit(text_[at_]))) ++at_;
    const std::string_view word = text_.substr(start_, at_ - start_);
    const char next = at_ < text_.size() ? text_[at_] : '\0';
    if (next == '.') {
      const auto scope = ScopeOf(word);
      if (!scope.has_value()) {
        at_ = start_;
        return Fail(
            "a scope before the dot: span, resource, event, link, instrumentation, trace or "
            "parent");
      }
      return Key(*scope);
    }
    if (next == ':') {
      ++at_;
      while (at_ < text_.size() && (IsLetter(text_[at_]) || IsDigit(text_[at_]))) ++at_;
      token_.text = text_.substr(start_, at_ - start_);
      return Emit(Tok::kIntrinsic);
    }
    token_.text = word;
    return Emit(Tok::kWord);
  }

  // `at_` stands on the dot.
  bool Key(FieldScope scope) {
    ++at_;
    token_.scope = scope;
    while (at_ < text_.size()) {
      if (text_[at_] == '"') {
        if (!Quoted(token_.text)) return false;
      } else if (IsKeyByte(text_[at_])) {
        token_.text += text_[at_++];
      } else {
        break;
      }
    }
    if (token_.text.empty() && text_[at_ - 1] != '"')
      return Fail("an attribute's key after the dot");
    return Emit(Tok::kField);
  }

  bool Quoted(std::string& out) {
    const char quote = text_[at_++];
    while (at_ < text_.size() && text_[at_] != quote) {
      if (quote == '"' && text_[at_] == '\\') {
        if (!Escape(out)) return false;
      } else {
        out += text_[at_++];
      }
    }
    if (at_ == text_.size()) return Fail(std::string("the closing ") + quote);
    ++at_;
    return true;
  }

  bool Escape(std::string& out) {
    ++at_;
    const char c = at_ < text_.size() ? text_[at_] : '\0';
    ++at_;
    switch (c) {
      case '"':
      case '\\':
      case '\'':
      case '/':
        out += c;
        return true;
      case 'n':
        out += '\n';
        return true;
      case 't':
        out += '\t';
        return true;
      case 'r':
        out += '\r';
        return true;
      case 'x':
        return Hex(2, out);
      case 'u':
        return Hex(4, out);
      default:
        at_ = std::min(at_ - 1, text_.size());
        return Fail(R"(an escape: \" \\ \n \t \r \xHH or \uHHHH)");
    }
  }

  bool Hex(size_t digits, std::string& out) {
    uint32_t code = 0;
    const char* begin = text_.data() + at_;
    if (at_ + digits > text_.size()) return Fail("hex digits");
    const auto [end, problem] = std::from_chars(begin, begin + digits, code, 16);
    if (problem != std::errc() || end != begin + digits) return Fail("hex digits");
    at_ += digits;
    if (digits == 2) {
      out += static_cast<char>(code);
    } else {
      AppendUtf8(code, out);
    }
    return true;
  }

  bool Number() {
    const char* end = text_.data() + text_.size();
    size_t digits_end = at_;
    while (digits_end < text_.size() && (IsDigit(text_[digits_end]) || text_[digits_end] == '.')) {
      ++digits_end;
    }
    const char next = digits_end < text_.size() ? text_[digits_end] : '\0';
    const bool exponent = next == 'e' || next == 'E';
    if (!exponent && (IsLetter(next) || static_cast<unsigned char>(next) == 0xC2))
      return Duration();
    const std::string_view digits = text_.substr(at_, digits_end - at_);
    const bool real = exponent || digits.find('.') != std::string_view::npos;
    const char* begin = text_.data() + at_;
    const auto [stop, problem] = real ? std::from_chars(begin, end, token_.real)
                                      : std::from_chars(begin, end, token_.integer);
    if (problem != std::errc()) return Fail("a number that fits in 64 bits");
    at_ += static_cast<size_t>(stop - begin);
    if (at_ < text_.size() && (IsLetter(text_[at_]) || text_[at_] == '.'))
      return Fail("the end of the number");
    return Emit(real ? Tok::kDouble : Tok::kInt);
  }

  bool Duration() {
    while (at_ < text_.size() &&
           (IsDigit(text_[at_]) || IsLetter(text_[at_]) || text_[at_] == '.' ||
            static_cast<unsigned char>(text_[at_]) >= 0x80)) {
      ++at_;
    }
    const auto parsed = ParseDuration(text_.substr(start_, at_ - start_));
    if (!parsed.ok()) {
      at_ = start_;
      return Fail("a number or a duration such as 1.5s, 100ms, 1h30m");
    }
    token_.integer = *parsed;
    return Emit(Tok::kDuration);
  }

  std::string_view text_;
  std::vector<Token>& tokens_;
  ParseError& error_;
  Token token_;
  size_t at_ = 0;
  size_t start_ = 0;
};

}  // namespace

bool Tokenize(std::string_view text, std::vector<Token>& tokens, ParseError& error) {
  return Lexer(text, tokens, error).Run();
}

}  // namespace awry::query
