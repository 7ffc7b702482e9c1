// Jaeger's third query API over HTTP (wire-contract 8).
#include <fmt/format.h>

#include "awry/api/context.h"
#include "awry/api/jaeger_params.h"
#include "awry/api/trace_id_text.h"
#include "awry/api/v3_query.h"
#include "awry/api/v3_summary.h"
#include "awry/query/time_text.h"
#include "awry/stats/dependencies.h"
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
  return Failure(base::HttpStatusOf(status.code()), status.message());
}

HttpResponse TracesAnswer(std::vector<trace::Span> spans) {
  std::string out = "{\"result\":";
  wire::AppendOtlpJson(spans, out);
  return net::JsonResponse(200, out + "}");
}

void TakeSpans(trace::Trace& trace, bool raw, std::vector<trace::Span>& out) {
  MakeV3(trace, raw);
  for (trace::Span& span : trace.spans) out.push_back(std::move(span));
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
  auto trace = ReadTrace(context.source(request), *id);
  if (trace.status().code() == base::StatusCode::kNotFound) return Failure(404, "No traces found");
  if (!trace.ok()) return Failure(trace.status());
  std::vector<trace::Span> spans;
  TakeSpans(*trace, raw == "true", spans);
  return TracesAnswer(std::move(spans));
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
  if (result->hits.empty()) return Failure(404, "No traces found");
  std::vector<trace::Span> spans;
  for (query::Hit& hit : result->hits) TakeSpans(hit.trace, search->raw, spans);
  return TracesAnswer(std::move(spans));
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
  return net::JsonResponse(200, std::move(out));
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
