// Jaeger's first query API (wire-contract 5).
#include <algorithm>
#include <set>

#include "awry/api/context.h"
#include "awry/api/jaeger_envelope.h"
#include "awry/api/jaeger_params.h"
#include "awry/api/outgoing_trace.h"
#include "awry/api/trace_id_text.h"
#include "awry/stats/dependencies.h"
#include "codec/json.h"
#include "wire/jaeger_json.h"

namespace awry::api {
namespace {

using net::HttpRequest;
using net::HttpResponse;

constexpr int64_t kMilli = 1'000'000;
constexpr int64_t kDayMs = 86'400'000;

std::string StringArray(const auto& texts) {
  std::string out;
  codec::JsonWriter json(out);
  json.BeginArray();
  for (const std::string& text : texts) json.String(text);
  json.EndArray();
  return out;
}

HttpResponse Services(Context& context, const HttpRequest& request) {
  const auto services = context.store.Services();
  return JaegerAnswer(request, StringArray(services), services.size());
}

HttpResponse Operations(Context& context, const HttpRequest& request) {
  const std::string service = TextParam(request, "service");
  if (service.empty()) return JaegerFailure(request, 400, "parameter 'service' is required");
  const std::string kind = TextParam(request, "spanKind");
  std::string out;
  codec::JsonWriter json(out);
  uint64_t count = 0;
  json.BeginArray();
  for (const store::Operation& operation : context.store.Operations(service)) {
    if (!kind.empty() && trace::SpanKindName(operation.kind) != kind) continue;
    json.BeginObject().Key("name").String(operation.name);
    json.Key("spanKind").String(trace::SpanKindName(operation.kind)).EndObject();
    ++count;
  }
  json.EndArray();
  return JaegerAnswer(request, out, count);
}

HttpResponse OperationNames(Context& context, const HttpRequest& request) {
  std::set<std::string> names;
  for (const store::Operation& operation :
       context.store.Operations(std::string(request.path_param("service")))) {
    names.insert(operation.name);
  }
  return JaegerAnswer(request, StringArray(names), names.size());
}

HttpResponse TracesById(Context& context, const HttpRequest& request,
                        const JaegerSearchParams& params) {
  OutgoingTraces traces;
  std::vector<JaegerError> errors;
  const QuerySource source = context.source(request);
  for (const trace::TraceId& id : params.trace_ids) {
    auto found = OutgoingTrace::Open(source, id, params.raw);
    if (found.ok()) {
      traces.push_back(*std::move(found));
    } else if (found.status().code() == base::StatusCode::kNotFound) {
      errors.push_back({.message = "trace not found", .trace_id = wire::JaegerTraceIdText(id)});
    } else {
      return JaegerFailure(request, found.status());
    }
  }
  const size_t count = traces.size();
  return JaegerTraces(request, std::move(traces), count, errors);
}

// A trace that a search did not look at is named beside what it found.
std::vector<JaegerError> LeftOut(const query::SearchResult& result) {
  std::vector<JaegerError> errors;
  for (const trace::TraceId& id : result.left_out) {
    errors.push_back({.message = "trace is too large to be searched within --memory; ask for it by its id",
                      .trace_id = wire::JaegerTraceIdText(id)});
  }
  return errors;
}

HttpResponse SearchTraces(Context& context, const HttpRequest& request) {
  auto params = ParseJaegerSearch(request, context.now_ns());
  if (!params.ok()) return JaegerFailure(request, params.status());
  if (!params->trace_ids.empty()) return TracesById(context, request, *params);
  const auto query = params->query.has_value()
                         ? query::WithTagSearch(*params->query, params->search)
                         : query::ToQuery(params->search);
  if (!query.ok()) return JaegerFailure(request, query.status());
  auto result = query::Search(context.store, *query,
                              {.window = params->window,
                               .limit = params->limit,
                               .count = TextParam(request, "total") == "exact" ? query::Counting::kAll : query::Counting::kCheap,
                               .limits = context.source(request).limits});
  if (!result.ok()) return JaegerFailure(request, result.status());
  // More than were asked for, when there are more; what was left out is named instead.
  const bool more = !result->total_is_exact && !result->next_cursor.empty();
  const uint64_t total =
      more ? std::max<uint64_t>(result->total, params->limit + 1) : result->total;
  return JaegerTraces(request, Outgoing(*result, params->raw), total, LeftOut(*result));
}

HttpResponse OneTrace(Context& context, const HttpRequest& request) {
  const auto id = ParseTraceId(request.path_param("id"));
  if (!id.has_value())
    return JaegerFailure(request, 400, "cannot parse trace id: 1 to 32 hex digits are expected");
  const auto raw = BoolParam(request, "raw");
  if (!raw.ok()) return JaegerFailure(request, raw.status());
  for (const char* name : {"start", "end"}) {
    const auto bound = TimeParam(request, name, 1'000, 0);
    if (!bound.ok()) return JaegerFailure(request, bound.status());
  }
  auto trace = OutgoingTrace::Open(context.source(request), *id, *raw);
  if (!trace.ok()) return JaegerFailure(request, trace.status());
  OutgoingTraces traces;
  traces.push_back(*std::move(trace));
  return JaegerTraces(request, std::move(traces), 1);
}

HttpResponse Dependencies(Context& context, const HttpRequest& request) {
  const auto end_ns = TimeParam(request, "endTs", kMilli, context.now_ns());
  const auto lookback_ns = TimeParam(request, "lookback", kMilli, kDayMs * kMilli);
  if (!end_ns.ok()) return JaegerFailure(request, end_ns.status());
  if (!lookback_ns.ok()) return JaegerFailure(request, lookback_ns.status());
  int64_t from_ns = 0;
  if (__builtin_sub_overflow(*end_ns, *lookback_ns, &from_ns)) from_ns = store::kTimeMin;
  const auto links = stats::Dependencies(context.rollup, {.from_ns = from_ns, .until_ns = *end_ns},
                                         TextParam(request, "service"));
  if (!links.ok()) return JaegerFailure(request, links.status());
  std::string out;
  codec::JsonWriter json(out);
  json.BeginArray();
  for (const stats::Dependency& link : *links) {
    json.BeginObject().Key("parent").String(link.parent).Key("child").String(link.child);
    json.Key("callCount").UInt(link.calls).EndObject();
  }
  json.EndArray();
  return JaegerAnswer(request, out, 0);
}

}  // namespace

void AddJaegerV1(const ContextPtr& context, const AddRoute& add) {
  const auto route = [&](const char* pattern,
                         HttpResponse (*handle)(Context&, const HttpRequest&)) {
    add("GET", pattern,
        [context, handle](const HttpRequest& request) { return handle(*context, request); });
  };
  route("/api/services", Services);
  route("/api/services/{service}/operations", OperationNames);
  route("/api/operations", Operations);
  route("/api/traces", SearchTraces);
  route("/api/traces/{id}", OneTrace);
  route("/api/dependencies", Dependencies);
}

}  // namespace awry::api
