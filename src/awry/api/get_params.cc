#include "awry/api/get_params.h"

#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <optional>

#include "awry/api/jaeger_params.h"
#include "awry/query/tag_search.h"
#include "awry/query/time_text.h"

namespace awry::api {
namespace {

base::Result<std::optional<int64_t>> TimeOf(const net::HttpRequest& request,
                                            const std::string& name, int64_t now_ns) {
  if (const std::string exact = TextParam(request, name + "_ns"); !exact.empty()) {
    int64_t ns = 0;
    const auto [end, problem] = std::from_chars(exact.data(), exact.data() + exact.size(), ns);
    if (problem != std::errc() || end != exact.data() + exact.size())
      return base::InvalidArgument(
          fmt::format("'{}_ns' must be Unix nanoseconds: '{}'", name, exact));
    return std::optional(ns);
  }
  const std::string text = TextParam(request, name);
  if (text.empty()) return std::optional<int64_t>();
  const auto parsed = query::ParseTime(text, now_ns);
  if (!parsed.ok())
    return base::InvalidArgument(fmt::format("'{}': {}", name, parsed.status().message()));
  return std::optional(*parsed);
}

}  // namespace

base::Result<query::Window> WindowParams(const net::HttpRequest& request, int64_t now_ns,
                                         int64_t length_ns) {
  ASSIGN_OR_RETURN(const auto start, TimeOf(request, "start", now_ns));
  ASSIGN_OR_RETURN(const auto end, TimeOf(request, "end", now_ns));
  query::Window window{.until_ns = end.value_or(now_ns)};
  int64_t from_ns = 0;
  if (__builtin_sub_overflow(window.until_ns, length_ns, &from_ns)) from_ns = store::kTimeMin;
  window.from_ns = start.value_or(from_ns);
  if (window.from_ns > window.until_ns)
    return base::InvalidArgument("'start' must not be after 'end'");
  return window;
}

base::Result<int64_t> StepParam(const net::HttpRequest& request, int64_t fallback_ns) {
  const std::string text = TextParam(request, "step");
  if (text.empty()) return fallback_ns;
  int days = 0;  // which the query language's durations do not have
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), days);
  const bool in_days = problem == std::errc() && std::string_view(end) == "d";
  const auto parsed =
      in_days ? query::ParseDuration(std::to_string(int64_t{24} * days) + "h")
              : query::ParseDuration(text);
  if (!parsed.ok() || *parsed <= 0)
    return base::InvalidArgument(
        fmt::format("'step' must be a duration above 0, such as 60s, 5m or 1d: '{}'", text));
  return *parsed;
}

base::Result<size_t> CountParam(const net::HttpRequest& request, std::string_view name,
                                size_t fallback, size_t count_max) {
  const std::string text = TextParam(request, name);
  if (text.empty()) return fallback;
  size_t count = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), count);
  if (problem != std::errc() || end != text.data() + text.size() || count < 1 ||
      count > count_max)
    return base::InvalidArgument(fmt::format("'{}' must be 1 to {}: '{}'", name, count_max, text));
  return count;
}

std::vector<std::string> RepeatedParam(const net::HttpRequest& request, std::string_view name) {
  std::vector<std::string> out;
  for (const auto& [key, value] : request.query_params) {
    if (key == name) out.push_back(value);
  }
  return out;
}

bool ParseSpanKind(std::string_view text, trace::SpanKind& kind) {
  using enum trace::SpanKind;
  for (const trace::SpanKind known :
       {kUnspecified, kInternal, kServer, kClient, kProducer, kConsumer}) {
    const std::string_view name =
        known == kUnspecified ? "unspecified" : trace::SpanKindName(known);
    if (name != text) continue;
    kind = known;
    return true;
  }
  return false;
}

store::ReadLimits ReadLimitsOf(const Context& context) {
  return {.deadline_monotonic_ns = base::SystemClock().MonotonicNs() +
                                   context.options.limits.time.count() * 1'000'000,
          .threads = 2};
}

void AppendMs(double ns, codec::JsonWriter& json) {
  if (std::isnan(ns)) {
    json.Null();
  } else {
    json.Double(ns / 1e6);
  }
}

void AppendRatio(uint64_t part, uint64_t of, codec::JsonWriter& json) {
  if (of == 0) {
    json.Null();
  } else {
    json.Double(static_cast<double>(part) / static_cast<double>(of));
  }
}

}  // namespace awry::api
