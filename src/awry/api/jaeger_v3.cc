// Jaeger's third query API over HTTP (wire-contract 8).
#include <fmt/format.h>

#include <functional>
#include <memory>
#include <utility>

#include "awry/api/context.h"
#include "awry/api/jaeger_params.h"
#include "awry/api/outgoing_trace.h"
#include "awry/api/trace_id_text.h"
#include "awry/api/v3_query.h"
#include "awry/api/v3_summary.h"
#include "awry/query/time_text.h"
#include "awry/stats/dependencies.h"
#include "base/log.h"
#include "codec/json.h"
#include "wire/otlp_json.h"

namespace awry::api {
namespace {

using net::HttpRequest;
using net::HttpResponse;

HttpResponse Failure(int http_status, std::string_view message) {
  std::string out;
  codec::JsonWriter json(out);
  json.BeginObject().Key("error").BeginObject();
  json.Key("httpCode").Int(http_status).Key("message").String(message).EndObject().EndObject();
  HttpResponse response = net::TextResponse(http_status, out + "\n");
  net::SetHeader(response.headers, "X-Content-Type-Options", "nosniff");
  return response;
}
HttpResponse Failure(const base::Status& status) {
  HttpResponse response = Failure(base::HttpStatusOf(status.code()), status.message());
  if (status.code() == base::StatusCode::kResourceExhausted) net::SetHeader(response.headers, "Retry-After", "1");
  return response;
}

constexpr std::string_view kBegin = "{\"result\":";

// Appends {"resourceSpans":…} of all. `after_span` may send what `out` has; false stops.
base::Status AppendSpans(const OutgoingTraces& traces, std::string& out,
                         const std::function<bool()>& after_span) {
  wire::OtlpSpansJson json(out);
  for (const auto& trace : traces) {
    bool go_on = true;
    RETURN_IF_ERROR(trace->VisitSpans([&](trace::Span& span) {
      MakeV3(span);
      json.Add(span);
      go_on = after_span();
      return go_on;
    }));
    if (!go_on) return base::OkStatus();
  }
  json.Finish();
  return base::OkStatus();
}

HttpResponse TracesAnswer(OutgoingTraces traces) {
  if (FitsAtOnce(traces)) {
    std::string out(kBegin);
    const base::Status made = AppendSpans(traces, out, [] { return true; });
    return made.ok() ? net::JsonResponse(200, out + "}") : Failure(made);
  }
  HttpResponse response = net::JsonResponse(200, "");
  response.stream = [shared = std::make_shared<const OutgoingTraces>(std::move(traces))](
                        const net::BodyWriter& write) {
    constexpr size_t kPieceBytes = 64 << 10;
    std::string out(kBegin);
    bool alive = true;
    const base::Status made = AppendSpans(*shared, out, [&] {
      if (out.size() < kPieceBytes) return true;
      alive = write(out);
      out.clear();
      return alive;
    });
    if (!alive) return false;
    if (!made.ok()) {  // what was sent cannot be taken back
      base::LogError("trace was cut off while it was sent: {}", made.message());
      return false;
    }
    for (const auto& trace : *shared) trace->EndReading();
    return write(out + "}");
  };
  return response;
}

// Names what a search did not look at: the answer's shape has no place for it.
HttpResponse WithLeftOut(HttpResponse response, const query::SearchResult& result) {
  std::string ids;
  for (const trace::TraceId& id : result.left_out)
    ids += (ids.empty() ? "" : ", ") + trace::ToHex(id);
  if (!ids.empty()) net::SetHeader(response.headers, "Awry-Left-Out", ids);
  return response;
}

HttpResponse OneTrace(Context& context, const HttpRequest& request) {
  const auto id = ParseTraceId(request.path_param("trace_id"));
  if (!id.has_value())
    return Failure(400, "malformed parameter trace_id: 1 to 32 hex digits are expected");
  for (const char* name : {"startTime", "endTime"}) {
    const std::string text = ParamOfEitherCase(request, name);
    if (!text.empty() && !query::ParseRfc3339(text).ok())
      return Failure(400, fmt::format("malformed parameter {}: RFC 3339 is expected", name));
  }
  const std::string raw = ParamOfEitherCase(request, "rawTraces");
  if (!raw.empty() && raw != "true" && raw != "false")
    return Failure(400, "malformed parameter rawTraces: true or false is expected");
  auto trace = OutgoingTrace::Open(context.source(request), *id, raw == "true");
  if (trace.status().code() == base::StatusCode::kNotFound) return Failure(404, "No traces found");
  if (!trace.ok()) return Failure(trace.status());
  OutgoingTraces traces;
  traces.push_back(*std::move(trace));
  return TracesAnswer(std::move(traces));
}

base::Result<V3Search> SearchOf(const HttpRequest& request) {
  ASSIGN_OR_RETURN(V3Parameters parameters, ParametersOf(request));
  return CheckParameters(std::move(parameters), true);
}

HttpResponse FindTraces(Context& context, const HttpRequest& request) {
  const auto search = SearchOf(request);
  if (!search.ok()) return Failure(search.status());
  auto result = Run(context.source(request), *search);
  if (!result.ok()) return Failure(result.status());
  if (result->hits.empty() && !result->left_out.empty()) {
    return WithLeftOut(
        Failure(base::ResourceExhausted("all that was found is too large to be searched within "
                                        "--memory; ask for it by its id")),
        *result);
  }
  if (result->hits.empty()) return Failure(404, "No traces found");
  return WithLeftOut(TracesAnswer(Outgoing(*result, search->raw)), *result);
}

HttpResponse Summaries(Context& context, const HttpRequest& request) {
  const auto search = SearchOf(request);
  if (!search.ok()) return Failure(search.status());
  const auto result = Run(context.source(request), *search);
  if (!result.ok()) return Failure(result.status());
  std::string out;
  codec::JsonWriter json(out);
  json.BeginObject().Key("summaries").BeginArray();
  for (const query::Hit& hit : result->hits) AppendJson(Summarize(hit.trace), json);
  json.EndArray().EndObject();
  return WithLeftOut(net::JsonResponse(200, std::move(out)), *result);
}

base::Result<int64_t> RequiredTime(const HttpRequest& request, const char* name) {
  auto parsed = query::ParseRfc3339(ParamOfEitherCase(request, name));
  if (parsed.ok()) return parsed;
  return base::InvalidArgument(
      fmt::format("malformed parameter {}: a time in RFC 3339 is required", name));
}

HttpResponse Dependencies(Context& context, const HttpRequest& request) {
  const auto from_ns = RequiredTime(request, "startTime");
  if (!from_ns.ok()) return Failure(from_ns.status());
  const auto until_ns = RequiredTime(request, "endTime");
  if (!until_ns.ok()) return Failure(until_ns.status());
  const auto links =
      stats::Dependencies(context.rollup, {.from_ns = *from_ns, .until_ns = *until_ns});
  if (!links.ok()) return Failure(links.status());
  std::string out;
  codec::JsonWriter json(out);
  json.BeginObject().Key("dependencies").BeginArray();
  for (const stats::Dependency& link : *links) {
    json.BeginObject().Key("parent").String(link.parent).Key("child").String(link.child);
    json.Key("callCount").String(std::to_string(link.calls)).EndObject();
  }
  json.EndArray().EndObject();
  return net::JsonResponse(200, std::move(out));
}

HttpResponse Services(Context& context, const HttpRequest&) {
  std::string out;
  codec::JsonWriter json(out);
  json.BeginObject().Key("services").BeginArray();
  for (const std::string& service : context.store.Services()) json.String(service);
  json.EndArray().EndObject();
  return net::JsonResponse(200, std::move(out));
}

HttpResponse Operations(Context& context, const HttpRequest& request) {
  const std::string service = TextParam(request, "service");
  if (service.empty()) return Failure(400, "malformed parameter service: it is required");
  const std::string wanted = ParamOfEitherCase(request, "spanKind");
  std::string out;
  codec::JsonWriter json(out);
  json.BeginObject().Key("operations").BeginArray();
  for (const store::Operation& operation : context.store.Operations(service)) {
    const std::string_view kind = KindNameV3(operation.kind);
    if (!wanted.empty() && kind != wanted) continue;
    json.BeginObject().Key("name").String(operation.name).Key("spanKind").String(kind).EndObject();
  }
  json.EndArray().EndObject();
  return net::JsonResponse(200, std::move(out));
}

}  // namespace

void AddJaegerV3(const ContextPtr& context, const AddRoute& add) {
  const auto route = [&](const char* method, const char* pattern,
                         HttpResponse (*handle)(Context&, const HttpRequest&)) {
    add(method, pattern,
        [context, handle](const HttpRequest& request) { return handle(*context, request); });
  };
  route("GET", "/api/v3/services", Services);
  route("GET", "/api/v3/operations", Operations);
  route("GET", "/api/v3/traces", FindTraces);
  route("POST", "/api/v3/traces", FindTraces);
  route("GET", "/api/v3/traces/{trace_id}", OneTrace);
  route("GET", "/api/v3/trace-summaries", Summaries);
  route("POST", "/api/v3/trace-summaries", Summaries);
  route("GET", "/api/v3/dependencies", Dependencies);
}

}  // namespace awry::api
