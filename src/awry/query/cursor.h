// A place in a list of tokens, shared by the parts of the parser. The first failure is kept.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "awry/query/lexer.h"

namespace awry::query {

class Cursor {
 public:
  Cursor(const std::vector<Token>& tokens, ParseError& error) : tokens_(tokens), error_(error) {}

  const Token& peek() const { return tokens_[at_]; }
  const Token& peek(size_t ahead) const {
    return tokens_[std::min(at_ + ahead, tokens_.size() - 1)];
  }
  bool Is(Tok tok) const { return peek().tok == tok; }
  bool IsWord(std::string_view word) const { return Is(Tok::kWord) && peek().text == word; }
  const Token& Take() {
    const Token& token = tokens_[at_];
    if (token.tok != Tok::kEnd) ++at_;
    return token;
  }
  bool Accept(Tok tok) {
    if (!Is(tok)) return false;
    Take();
    return true;
  }
  bool Expect(Tok tok, std::string expected) { return Accept(tok) || Fail(std::move(expected)); }

  // Always false, so that a parser can return it.
  bool Fail(std::string expected) { return FailAt(peek(), std::move(expected)); }
  bool FailAt(const Token& token, std::string expected) {
    if (failed_) return false;
    failed_ = true;
    error_.column = token.column;
    error_.expected = std::move(expected);
    error_.found = token.tok == Tok::kEnd ? "the end" : std::string(token.raw.substr(0, 40));
    return false;
  }

  // Counts nesting while it lives.
  class Level {
   public:
    explicit Level(Cursor& cursor) : cursor_(cursor) { ++cursor_.depth_; }
    ~Level() { --cursor_.depth_; }
    Level(const Level&) = delete;
    Level& operator=(const Level&) = delete;
    bool ok() {
      return cursor_.depth_ <= kDepthMax || cursor_.Fail("less nesting: at most 64 levels");
    }

   private:
    Cursor& cursor_;
  };

 private:
  const std::vector<Token>& tokens_;
  ParseError& error_;
  size_t at_ = 0;
  int depth_ = 0;
  bool failed_ = false;
};

}  // namespace awry::query
