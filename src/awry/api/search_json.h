// The answer of POST /api/v1/search, for the server and for the command line alike.
#pragma once

#include <string>

#include "awry/query/search.h"

namespace awry::api {

// One of SearchToJson's `traces`.
std::string HitToJson(const query::Query& query, const query::Hit& hit);

// {"traces":[{"trace_id","root":{"service","name"},"start_ns","duration_ns","spans","errors","labels",
// "matched":[{"span_id","service","name","select"?}]}],"total","total_is_exact"?:false,
// "left_out"?:[ids of traces too large to be looked at],"next_cursor"?}
std::string SearchToJson(const query::Query& query, const query::SearchResult& result);

// {"query","plan"}
std::string PlanToJson(const query::Query& query, const query::Window& window);

// What a list shows of one trace.
struct TraceOutline {
  std::string service;  // of the root
  std::string name;
  int64_t start_ns = 0;     // of the earliest span
  int64_t duration_ns = 0;  // until the latest end
  size_t errors = 0;
};
TraceOutline OutlineOf(const trace::Trace& trace);

}  // namespace awry::api
