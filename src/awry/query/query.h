// The query language of search box, command line, checks and why: TraceQL's subset plus relations
// inside one trace.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "awry/query/ast.h"
#include "base/status.h"
#include "trace/label.h"
#include "trace/span.h"

namespace awry::query {

inline constexpr size_t kQueryBytesMax = 16 << 10;
inline constexpr int kDepthMax = 64;            // of brackets, negations and nested operators
inline constexpr int kOperatorsInARowMax = 16;  // of those that do not chain: + - * / >> > ~ …

// A parsed query: cheap to copy. Thread-safe (constant).
class Query {
 public:
  explicit Query(Pipeline pipeline);

  const Pipeline& pipeline() const { return *pipeline_; }
  // The canonical text; parsing it gives the same query.
  std::string ToText() const;
  // Whether the answer depends on labels.
  bool uses_labels() const { return uses_labels_; }

 private:
  std::shared_ptr<const Pipeline> pipeline_;
  bool uses_labels_ = false;
};

// Where a text stops being a query.
struct ParseError {
  size_t column = 0;     // 1-based, in bytes
  std::string expected;  // "a value after '='"
  std::string found;     // the text there; "the end" at the end
};

// kInvalidArgument: "query does not parse: column 12: expected a value, found '}'". When `error` is
// given it is filled as well.
base::Result<Query> Parse(std::string_view text, ParseError* error = nullptr);

using Labels = std::span<const trace::Label>;

// Indexes into `trace.spans` of the spans that match, ascending; empty: the trace does not match.
// `labels` may hold those of other traces too. A comparison with an attribute that is missing is
// false; `= nil` and `!= nil` test presence. Never fails.
std::vector<size_t> Match(const Query& query, const trace::Trace& trace, Labels labels);

// A string as a literal of the language, with quotes and escapes; a key as it stands after "span.".
std::string QuoteString(std::string_view text);
std::string QuoteKey(std::string_view key);
// Any attribute value as a literal ("text", -5, 0.25, true); arrays, maps and bytes as their text.
std::string LiteralOf(const trace::ValueView& value);

}  // namespace awry::query
