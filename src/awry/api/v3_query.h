// TraceQueryParameters of Jaeger's third query API (wire-contract 8), from the parameters of a GET,
// the body of a POST, or protobuf.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "awry/api/query_source.h"
#include "awry/query/filter.h"
#include "awry/query/plan.h"
#include "awry/query/tag_search.h"
#include "base/status.h"
#include "net/http.h"
#include "trace/span.h"

namespace awry::api {

// As they arrived.
struct V3Parameters {
  query::TagSearch search;
  std::optional<int64_t> start_min_ns;
  std::optional<int64_t> start_max_ns;
  int64_t depth = 0;  // 0: the default
  bool raw = false;
  std::optional<query::FilterTerm> filter;
};

base::Result<V3Parameters> ParametersOf(const net::HttpRequest& request);
// api_v2.TraceQueryParameters has the same numbers, but no filter.
base::Result<V3Parameters> DecodeTraceQuery(std::string_view bytes, bool has_filter);

// Checked, ready to run.
struct V3Search {
  query::Query query;
  query::Window window;
  size_t limit = 0;
  bool raw = false;
};
base::Result<V3Search> CheckParameters(V3Parameters parameters, bool times_required);
base::Result<query::SearchResult> Run(const QuerySource& source, const V3Search& search);

// "query.serviceName" or "query.service_name"; "" when neither is there.
std::string ParamOfEitherCase(const net::HttpRequest& request, std::string_view camel);

// "internal" for unspecified.
std::string_view KindNameV3(trace::SpanKind kind);

// An adjusted span as api_v3 gives it: warnings as the attribute @jaeger@warnings.
void MakeV3(trace::Span& span);

}  // namespace awry::api
