// A compiled regular expression that matches in time linear in the text (RE2 syntax).
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/status.h"

namespace awry::query {

inline constexpr size_t kPatternBytesMax = 1024;

// Thread-safe.
class Regex {
 public:
  // kInvalidArgument says what is wrong with the pattern.
  static base::Result<std::shared_ptr<const Regex>> Compile(std::string_view pattern);
  ~Regex();

  // Whether the whole of `text` matches: `x.*` finds what begins with x, `.*x.*` what contains it.
  bool Matches(std::string_view text) const;
  // Whether some part of `text` matches.
  bool Finds(std::string_view text) const;

 private:
  struct Program;
  explicit Regex(std::unique_ptr<Program> program);
  std::unique_ptr<Program> program_;
};

}  // namespace awry::query
