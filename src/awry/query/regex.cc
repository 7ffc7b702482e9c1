#include "awry/query/regex.h"

#include <re2/re2.h>

#include <fmt/format.h>

namespace awry::query {

namespace {
constexpr int64_t kProgramBytesMax = 1 << 20;

re2::RE2::Options Options() {
  re2::RE2::Options options;
  options.set_log_errors(false);
  options.set_max_mem(kProgramBytesMax);
  options.set_dot_nl(true);
  options.set_encoding(re2::RE2::Options::EncodingUTF8);
  return options;
}
}  // namespace

struct Regex::Program {
  explicit Program(std::string_view pattern)
      : re2(re2::StringPiece(pattern.data(), pattern.size()), Options()) {}
  re2::RE2 re2;
};

Regex::Regex(std::unique_ptr<Program> program) : program_(std::move(program)) {}
Regex::~Regex() = default;

base::Result<std::shared_ptr<const Regex>> Regex::Compile(std::string_view pattern) {
  if (pattern.size() > kPatternBytesMax) {
    return base::InvalidArgument(fmt::format("regular expression is too long: {} bytes, at most {}",
                                             pattern.size(), kPatternBytesMax));
  }
  auto program = std::make_unique<Program>(pattern);
  if (!program->re2.ok()) {
    return base::InvalidArgument("regular expression is not valid: " + program->re2.error());
  }
  return std::shared_ptr<const Regex>(new Regex(std::move(program)));
}

bool Regex::Matches(std::string_view text) const {
  return re2::RE2::FullMatch(re2::StringPiece(text.data(), text.size()), program_->re2);
}

bool Regex::Finds(std::string_view text) const {
  return re2::RE2::PartialMatch(re2::StringPiece(text.data(), text.size()), program_->re2);
}

}  // namespace awry::query
