// Jaeger's parameter search, expressed in the query language.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "awry/query/query.h"
#include "base/status.h"
#include "trace/span.h"

namespace awry::query {

// All must hold on one and the same span. Empty fields ask nothing.
struct TagSearch {
  std::string service;
  std::string operation;
  std::optional<int64_t> duration_min_ns;
  std::optional<int64_t> duration_max_ns;
  std::vector<std::pair<std::string, std::string>> tags;  // compared as text
};

Query ToQuery(const TagSearch& search);
// `query` and `search` on one and the same span; where the query names several pairs of braces, in
// the same trace. kInvalidArgument when such a query has stages as well.
base::Result<Query> WithTagSearch(const Query& query, const TagSearch& search);

// Whether Jaeger 1.50 or 2.20 would find `span` by this tag: span, scope, resource, event and link
// attributes, and the derived tags (span.kind, error, otel.status_code, w3c.tracestate, event …).
// `error=false` finds every span that is no error.
bool TagMatches(const trace::Span& span, std::string_view key, std::string_view value);

// Whether a tag of this name may be found elsewhere than in an attribute.
bool IsDerivedTag(std::string_view key);

// Whether a span, scope, resource, event or link attribute `key` has the text `value`.
bool HasAttribute(const trace::Span& span, std::string_view key, std::string_view value);

// "1.2s", "100ms", "1h30m", "500us" or "500µs": a Go duration with a unit, in ns.
base::Result<int64_t> ParseDuration(std::string_view text);
// The shortest such text: "1.2s", "100ms".
std::string DurationToText(int64_t duration_ns);

}  // namespace awry::query
