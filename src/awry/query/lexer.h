// Cuts a query text into tokens.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "awry/query/query.h"

namespace awry::query {

enum class Tok : uint8_t {
  kEnd,
  kLBrace,
  kRBrace,
  kLParen,
  kRParen,
  kComma,
  kPipe,
  kAndAnd,
  kOrOr,
  kNot,
  kEq,
  kNe,
  kLt,
  kLe,
  kGt,
  kGe,
  kMatch,
  kNoMatch,
  kDescendant,
  kAncestor,
  kTilde,
  kNotDescendant,
  kNotAncestor,
  kNotGt,
  kNotLt,
  kPlus,
  kMinus,
  kStar,
  kSlash,
  kString,
  kInt,
  kDouble,
  kDuration,
  kWord,       // a bare word: name, error, count, …
  kIntrinsic,  // word ':' word
  kField       // an attribute with its scope
};

struct Token {
  Tok tok = Tok::kEnd;
  size_t column = 1;     // 1-based
  std::string_view raw;  // as written; lives as long as the query's text
  std::string text;      // of kString (unescaped); the key of kField; the word of kWord
  int64_t integer = 0;   // kInt; kDuration in ns
  double real = 0;       // kDouble
  FieldScope scope = FieldScope::kAny;  // kField
};

// The tokens of `text`, the last one kEnd. On failure fills `error`.
bool Tokenize(std::string_view text, std::vector<Token>& tokens, ParseError& error);

}  // namespace awry::query
