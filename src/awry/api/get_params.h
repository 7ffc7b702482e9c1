// The parameters of our own GET routes, with words for what is wrong.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "awry/api/context.h"
#include "awry/query/plan.h"
#include "awry/store/trace_store.h"
#include "base/status.h"
#include "codec/json.h"
#include "net/http.h"
#include "trace/span.h"

namespace awry::api {

// Each is kInvalidArgument and names the parameter when its text is bad.

// `start` and `end` (RFC 3339, or a duration back from now), or `start_ns` and `end_ns`. Without an
// end: now; without a start: `length_ns` before the end.
base::Result<query::Window> WindowParams(const net::HttpRequest& request, int64_t now_ns,
                                         int64_t length_ns);
// A duration above 0 such as 60s; `fallback_ns` when missing.
base::Result<int64_t> StepParam(const net::HttpRequest& request, int64_t fallback_ns);
base::Result<size_t> CountParam(const net::HttpRequest& request, std::string_view name,
                                size_t fallback, size_t count_max);
// All values of a repeated parameter.
std::vector<std::string> RepeatedParam(const net::HttpRequest& request, std::string_view name);
// "server", "client", … and "unspecified"; false for anything else.
bool ParseSpanKind(std::string_view text, trace::SpanKind& kind);

// The time that a query may take, as the options say.
store::ReadLimits ReadLimitsOf(const Context& context);

// In ms with all digits; null for NaN.
void AppendMs(double ns, codec::JsonWriter& json);
// `part` / `of`; null when `of` is 0.
void AppendRatio(uint64_t part, uint64_t of, codec::JsonWriter& json);

}  // namespace awry::api
