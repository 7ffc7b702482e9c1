// Jaeger's third query API over HTTP (wire-contract 8).
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <unordered_set>

#include "awry/api/adjusters.h"
#include "awry/api/context.h"
#include "awry/api/jaeger_params.h"
#include "awry/api/trace_id_text.h"
#include "awry/query/time_text.h"
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

// "query.serviceName" or "query.service_name".
std::string Param(const HttpRequest& request, std::string_view camel) {
  std::string text = TextParam(request, camel);
  if (!text.empty()) return text;
  std::string snake;
  for (const char c : camel) {
    if (c >= 'A' && c <= 'Z') {
      snake += '_';
      snake += static_cast<char>(c - 'A' + 'a');
    } else {
      snake += c;
    }
  }
  return TextParam(request, snake);
}

struct V3Search {
  query::TagSearch search;
  query::Window window;
  size_t limit = kJaegerLimitDefault;
  bool raw = false;
};

base::Result<int64_t> RequiredTime(const HttpRequest& request, std::string_view name) {
  const std::string text = Param(request, name);
  if (text.empty())
    return base::InvalidArgument(
        fmt::format("malformed parameter {}: a time in RFC 3339 is required", name));
  auto parsed = query::ParseRfc3339(text);
  if (!parsed.ok()) return parsed.status().WithContext(fmt::format("malformed parameter {}", name));
  return parsed;
}

base::Result<std::optional<int64_t>> OptionalDuration(const HttpRequest& request,
                                                      std::string_view name) {
  const std::string text = Param(request, name);
  if (text.empty()) return std::optional<int64_t>();
  auto parsed = query::ParseDuration(text);
  if (!parsed.ok()) return parsed.status().WithContext(fmt::format("malformed parameter {}", name));
  return std::optional(*parsed);
}

base::Status ParseAttributes(const HttpRequest& request, query::TagSearch& search) {
  const std::string text = Param(request, "query.attributes");
  if (text.empty()) return base::OkStatus();
  const auto json = codec::JsonDocument::Parse(text, {.bytes_max = 64 << 10});
  if (!json.ok()) return json.status().WithContext("malformed parameter query.attributes");
  if (!json->root().is_object())
    return base::InvalidArgument(
        "malformed parameter query.attributes: an object of strings is expected");
  for (const codec::JsonMember member : json->root().members()) {
    const auto value = member.value.AsString();
    if (!value.has_value())
      return base::InvalidArgument(fmt::format(
          "malformed parameter query.attributes: the value of '{}' is no string", member.key));
    search.tags.emplace_back(member.key, *value);
  }
  return base::OkStatus();
}

base::Result<size_t> Depth(const HttpRequest& request) {
  std::string text = Param(request, "query.searchDepth");
  if (text.empty()) text = Param(request, "query.numTraces");
  if (text.empty()) return kJaegerLimitDefault;
  if (text.size() > 5 || text.find_first_not_of("0123456789") != std::string::npos ||
      std::stoul(text) < 1 || std::stoul(text) > query::kSearchLimitMax) {
    return base::InvalidArgument(
        fmt::format("malformed parameter query.searchDepth: 1 to {} is expected: {}",
                    query::kSearchLimitMax, text));
  }
  return std::stoul(text);
}

base::Result<V3Search> ParseV3Search(const HttpRequest& request) {
  V3Search out;
  out.search.service = Param(request, "query.serviceName");
  out.search.operation = Param(request, "query.operationName");
  ASSIGN_OR_RETURN(out.window.from_ns, RequiredTime(request, "query.startTimeMin"));
  ASSIGN_OR_RETURN(out.window.until_ns, RequiredTime(request, "query.startTimeMax"));
  if (out.window.from_ns >= out.window.until_ns) {
    return base::InvalidArgument(
        "malformed parameter query.startTimeMin: it must be before query.startTimeMax");
  }
  ASSIGN_OR_RETURN(out.search.duration_min_ns, OptionalDuration(request, "query.durationMin"));
  ASSIGN_OR_RETURN(out.search.duration_max_ns, OptionalDuration(request, "query.durationMax"));
  if (out.search.duration_min_ns.has_value() && out.search.duration_max_ns.has_value() &&
      *out.search.duration_min_ns > *out.search.duration_max_ns) {
    return base::InvalidArgument(
        "malformed parameter query.durationMin: it must not be above query.durationMax");
  }
  ASSIGN_OR_RETURN(out.limit, Depth(request));
  RETURN_IF_ERROR(ParseAttributes(request, out.search));
  const std::string raw = Param(request, "query.rawTraces");
  if (!raw.empty() && raw != "true" && raw != "false")
    return base::InvalidArgument("malformed parameter query.rawTraces: true or false is expected");
  out.raw = raw == "true";
  return out;
}

base::Result<query::SearchResult> Run(Context& context, const V3Search& search) {
  return query::Search(context.store, query::ToQuery(search.search),
                       {.window = search.window,
                        .limit = search.limit,
                        .count = false,
                        .limits = context.options.limits});
}

// Warnings travel as an attribute.
void WarningsToAttributes(trace::Trace& trace) {
  for (trace::Span& span : trace.spans) {
    if (span.warnings.empty()) continue;
    std::string array;
    for (const std::string& warning : span.warnings) {
      std::string any = "\x0a";  // AnyValue.string_value
      const auto length = [](size_t n, std::string& out) {
        for (; n >= 0x80; n >>= 7) out += static_cast<char>(n | 0x80);
        out += static_cast<char>(n);
      };
      length(warning.size(), any);
      any += warning;
      array += '\x0a';
      length(any.size(), array);
      array += any;
    }
    span.attributes.insert(span.attributes.begin(),
                           {"@jaeger@warnings", trace::Value(trace::ValueView::Array(array))});
  }
}

HttpResponse TracesAnswer(std::vector<trace::Span> spans) {
  std::string out = "{\"result\":";
  wire::AppendOtlpJson(spans, out);
  return net::JsonResponse(200, out + "}");
}

void TakeSpans(trace::Trace& trace, bool raw, std::vector<trace::Span>& out) {
  if (!raw) Adjust(trace);
  WarningsToAttributes(trace);
  for (trace::Span& span : trace.spans) out.push_back(std::move(span));
}

HttpResponse OneTrace(Context& context, const HttpRequest& request) {
  const auto id = ParseTraceId(request.path_param("trace_id"));
  if (!id.has_value())
    return Failure(400, "malformed parameter trace_id: 1 to 32 hex digits are expected");
  for (const char* name : {"startTime", "endTime"}) {
    const std::string text = Param(request, name);
    if (!text.empty() && !query::ParseRfc3339(text).ok())
      return Failure(400, fmt::format("malformed parameter {}: RFC 3339 is expected", name));
  }
  auto trace = context.store.GetTrace(*id);
  if (trace.status().code() == base::StatusCode::kNotFound) return Failure(404, "No traces found");
  if (!trace.ok()) return Failure(trace.status());
  std::vector<trace::Span> spans;
  TakeSpans(*trace, Param(request, "rawTraces") == "true", spans);
  return TracesAnswer(std::move(spans));
}

HttpResponse FindTraces(Context& context, const HttpRequest& request) {
  const auto search = ParseV3Search(request);
  if (!search.ok()) return Failure(search.status());
  auto result = Run(context, *search);
  if (!result.ok()) return Failure(result.status());
  if (result->hits.empty()) return Failure(404, "No traces found");
  std::vector<trace::Span> spans;
  for (query::Hit& hit : result->hits) TakeSpans(hit.trace, search->raw, spans);
  return TracesAnswer(std::move(spans));
}

struct ServiceCount {
  uint64_t spans = 0;
  uint64_t errors = 0;
};

// Zero values are left out, as protobuf's JSON does.
void AppendCount(codec::JsonWriter& json, const char* key, uint64_t count) {
  if (count != 0) json.Key(key).UInt(count);
}

void AppendSummary(const trace::Trace& trace, codec::JsonWriter& json) {
  std::unordered_set<trace::SpanId> ids;
  for (const trace::Span& span : trace.spans) ids.insert(span.span_id);
  std::map<std::string, ServiceCount> services;
  const trace::Span* root = nullptr;
  int64_t first_ns = store::kTimeMax, last_ns = store::kTimeMin;
  uint64_t errors = 0, orphans = 0;
  for (const trace::Span& span : trace.spans) {
    const bool error = span.status == trace::SpanStatus::kError;
    ServiceCount& service = services[span.resource->service];
    ++service.spans;
    service.errors += error ? 1 : 0;
    errors += error ? 1 : 0;
    orphans += span.parent_id != 0 && !ids.contains(span.parent_id) ? 1 : 0;
    if (span.parent_id == 0 && root == nullptr) root = &span;
    first_ns = std::min(first_ns, span.start_ns);
    last_ns = std::max(last_ns, span.end_ns);
  }
  json.BeginObject().Key("traceId").String(trace::ToHex(trace.id));
  if (root != nullptr) {
    json.Key("rootServiceName")
        .String(root->resource->service)
        .Key("rootOperationName")
        .String(root->name);
  }
  json.Key("minStartTimeUnixNano")
      .String(std::to_string(first_ns))
      .Key("maxEndTimeUnixNano")
      .String(std::to_string(last_ns));
  AppendCount(json, "spanCount", trace.spans.size());
  AppendCount(json, "errorSpanCount", errors);
  AppendCount(json, "orphanSpanCount", orphans);
  json.Key("services").BeginArray();
  for (const auto& [name, count] : services) {
    json.BeginObject().Key("name").String(name);
    AppendCount(json, "spanCount", count.spans);
    AppendCount(json, "errorSpanCount", count.errors);
    json.EndObject();
  }
  json.EndArray().EndObject();
}

HttpResponse Summaries(Context& context, const HttpRequest& request) {
  const auto search = ParseV3Search(request);
  if (!search.ok()) return Failure(search.status());
  const auto result = Run(context, *search);
  if (!result.ok()) return Failure(result.status());
  std::string out;
  codec::JsonWriter json(out);
  json.BeginObject().Key("summaries").BeginArray();
  for (const query::Hit& hit : result->hits) AppendSummary(hit.trace, json);
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
  const std::string wanted = Param(request, "spanKind");
  std::string out;
  codec::JsonWriter json(out);
  json.BeginObject().Key("operations").BeginArray();
  for (const store::Operation& operation : context.store.Operations(service)) {
    const bool unspecified = operation.kind == trace::SpanKind::kUnspecified;
    const std::string_view kind = unspecified ? "internal" : trace::SpanKindName(operation.kind);
    if (!wanted.empty() && kind != wanted) continue;
    json.BeginObject().Key("name").String(operation.name).Key("spanKind").String(kind).EndObject();
  }
  json.EndArray().EndObject();
  return net::JsonResponse(200, std::move(out));
}

}  // namespace

void AddJaegerV3(const ContextPtr& context, const AddRoute& add) {
  const auto route = [&](const char* pattern,
                         HttpResponse (*handle)(Context&, const HttpRequest&)) {
    add("GET", pattern,
        [context, handle](const HttpRequest& request) { return handle(*context, request); });
  };
  route("/api/v3/services", Services);
  route("/api/v3/operations", Operations);
  route("/api/v3/traces", FindTraces);
  route("/api/v3/traces/{trace_id}", OneTrace);
  route("/api/v3/trace-summaries", Summaries);
}

}  // namespace awry::api
