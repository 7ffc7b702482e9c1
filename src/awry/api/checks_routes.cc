#include "awry/api/checks_routes.h"

#include <fmt/format.h>

#include <atomic>

#include "awry/api/check_json.h"
#include "awry/api/get_params.h"
#include "awry/api/request_json.h"
#include "awry/api/trace_id_text.h"
#include "awry/query/time_text.h"

namespace awry::api {
namespace {

using net::HttpRequest;
using net::HttpResponse;

constexpr int64_t kDayS = 86'400;
constexpr size_t kViolationsMax = 1'000;
constexpr int kDryRunsMax = 2;  // each takes a processor

HttpResponse NoChecks() {
  return net::ErrorResponse(base::NotFound("this server runs no checks: awry serve does"));
}

HttpResponse List(Context& context, const HttpRequest& request) {
  if (context.options.checks == nullptr) return NoChecks();
  const auto window_s = WindowSecondsParam(request, kDayS, 3'600, 30 * kDayS);
  if (!window_s.ok()) return net::ErrorResponse(window_s.status());
  auto json = ChecksToJson(*context.options.checks, *window_s, context.now_ns());
  return json.ok() ? net::JsonResponse(200, *std::move(json)) : net::ErrorResponse(json.status());
}

// `since` and `until`: times, or durations ago.
base::Result<query::Window> DryRunWindow(const HttpRequest& request, int64_t now_ns) {
  query::Window window;
  for (const auto& [name, bound] : {std::pair("since", &window.from_ns), std::pair("until", &window.until_ns)}) {
    const std::string* text = request.query_param(name);
    if (text == nullptr || text->empty()) continue;
    auto time = query::ParseTime(*text, now_ns);
    if (!time.ok()) return time.status().WithContext(fmt::format("'{}'", name));
    *bound = *time;
  }
  if (window.from_ns > window.until_ns)
    return base::InvalidArgument("'since' must not be after 'until'");
  return window;
}

HttpResponse DryRun(Context& context, const HttpRequest& request, const ChecksBody& body) {
  check::Problem problem;
  const auto rules = check::RuleSet::Make(body.checks, &problem);
  if (!rules.ok()) return CheckFailure(rules.status(), problem);
  const auto window = DryRunWindow(request, context.now_ns());
  if (!window.ok()) return net::ErrorResponse(window.status());
  const auto timeout_s = CountParam(request, "timeout_s", 60, 600);
  if (!timeout_s.ok()) return net::ErrorResponse(timeout_s.status());
  if (context.dry_runs.fetch_add(1) >= kDryRunsMax) {
    --context.dry_runs;
    return net::ErrorResponse(base::ResourceExhausted(
        fmt::format("{} dry runs are under way already: ask again in a moment", kDryRunsMax)));
  }
  const int64_t started_ns = base::SystemClock().MonotonicNs();
  const auto result = check::DryRun(
      context.store, **rules, {.window = *window, .time = std::chrono::seconds(*timeout_s)});
  --context.dry_runs;
  if (!result.ok()) return net::ErrorResponse(result.status());
  const int64_t took_ms = (base::SystemClock().MonotonicNs() - started_ns) / 1'000'000;
  return net::JsonResponse(200, DryRunToJson(**rules, *result, took_ms));
}

bool IsSet(const HttpRequest& request, std::string_view name) {
  const std::string* value = request.query_param(name);
  return value != nullptr && *value != "0" && *value != "false";
}

HttpResponse Put(Context& context, const HttpRequest& request) {
  const auto json = ParseBody(request);
  if (!json.ok()) return net::ErrorResponse(json.status());
  check::Problem problem;
  const auto body = ChecksFromJson(json->root(), problem);
  if (!body.ok()) return CheckFailure(body.status(), problem);
  if (IsSet(request, "dry_run")) return DryRun(context, request, *body);
  if (context.options.checks == nullptr) return NoChecks();
  const base::Status replaced = context.options.checks->book().Replace(body->checks, body->yaml, &problem);
  if (!replaced.ok()) return CheckFailure(replaced, problem);
  return List(context, request);
}

base::Result<check::ViolationFilter> FilterOf(Context& context, const HttpRequest& request) {
  check::ViolationFilter filter;
  if (const std::string* name = request.query_param("check")) filter.check = *name;
  if (const std::string* text = request.query_param("trace_id"); text != nullptr && !text->empty()) {
    const auto id = ParseTraceId(*text);
    if (!id.has_value()) return base::InvalidArgument("'trace_id' must be 1 to 32 hex digits");
    filter.trace_id = *id;
  }
  const int64_t now_ns = context.now_ns();
  for (const auto& [name, bound] : {std::pair("start", &filter.from_ns), std::pair("end", &filter.until_ns)}) {
    const std::string* text = request.query_param(name);
    if (text == nullptr) text = request.query_param(std::string(name) + "_ns");
    if (text == nullptr || text->empty()) continue;
    auto time = query::ParseTime(*text, now_ns);
    if (!time.ok()) return time.status().WithContext(fmt::format("'{}'", name));
    *bound = *time;
  }
  ASSIGN_OR_RETURN(filter.limit, CountParam(request, "limit", filter.limit, kViolationsMax));
  if (const std::string* cursor = request.query_param("cursor")) filter.cursor = *cursor;
  return filter;
}

HttpResponse Violations(Context& context, const HttpRequest& request) {
  if (context.options.checks == nullptr) return NoChecks();
  const auto filter = FilterOf(context, request);
  if (!filter.ok()) return net::ErrorResponse(filter.status());
  const auto page = context.options.checks->ledger().List(*filter);
  if (!page.ok()) return net::ErrorResponse(page.status());
  return net::JsonResponse(200, ViolationsToJson(*page));
}

}  // namespace

base::Result<int64_t> WindowSecondsParam(const HttpRequest& request, int64_t fallback, int64_t least, int64_t most) {
  const std::string* text = request.query_param("window_s");
  if (text == nullptr) return fallback;
  const bool digits = !text->empty() && text->size() < 10 &&
                      text->find_first_not_of("0123456789") == std::string::npos;
  const int64_t seconds = digits ? std::stoll(*text) : -1;
  if (seconds < least || seconds > most)
    return base::InvalidArgument(fmt::format("'window_s' must be {} to {}", least, most));
  return seconds;
}

void AddChecks(const ContextPtr& context, const AddRoute& add) {
  add("GET", "/api/v1/checks", [context](const HttpRequest& request) { return List(*context, request); });
  add("PUT", "/api/v1/checks", [context](const HttpRequest& request) { return Put(*context, request); });
  add("GET", "/api/v1/violations",
      [context](const HttpRequest& request) { return Violations(*context, request); });
}

}  // namespace awry::api
