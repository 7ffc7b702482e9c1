// The parameters of Jaeger's routes (wire-contract 5.2, 5.3), with Jaeger's words for what is
// wrong.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "awry/query/plan.h"
#include "awry/query/tag_search.h"
#include "base/status.h"
#include "net/http.h"
#include "trace/ids.h"

namespace awry::api {

inline constexpr size_t kJaegerLimitDefault = 100;

// What GET /api/traces asks for.
struct JaegerSearchParams {
  query::TagSearch search;
  // Our own parameter `query`: must hold as well, on the same span; then no service is needed.
  std::optional<query::Query> query;
  query::Window window;
  size_t limit = kJaegerLimitDefault;
  bool raw = false;
  std::vector<trace::TraceId> trace_ids;  // when given, the rest does not count
};

base::Result<JaegerSearchParams> ParseJaegerSearch(const net::HttpRequest& request, int64_t now_ns);

// A number in `unit_ns`; `fallback_ns` when the parameter is missing or empty.
base::Result<int64_t> TimeParam(const net::HttpRequest& request, std::string_view name,
                                int64_t unit_ns, int64_t fallback_ns);
base::Result<bool> BoolParam(const net::HttpRequest& request, std::string_view name);
// "" when missing.
std::string TextParam(const net::HttpRequest& request, std::string_view name);

}  // namespace awry::api
