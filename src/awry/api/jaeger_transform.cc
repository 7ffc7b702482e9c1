// POST /api/transform: OTLP JSON in, Jaeger's JSON out, as the upload of Jaeger's pages asks for.
// Nothing is stored.
#include <algorithm>
#include <unordered_map>
#include <vector>

#include "awry/api/context.h"
#include "awry/api/jaeger_envelope.h"
#include "trace/span_sink.h"
#include "wire/jaeger_json.h"
#include "wire/otlp_json.h"

namespace awry::api {
namespace {

using net::HttpRequest;
using net::HttpResponse;

// In the order in which the traces first appear.
std::vector<trace::Trace> GroupByTrace(std::vector<trace::Span> spans) {
  std::vector<trace::Trace> out;
  std::unordered_map<trace::TraceId, size_t> at;
  for (trace::Span& span : spans) {
    const auto [found, is_new] = at.try_emplace(span.trace_id, out.size());
    if (is_new) out.push_back({.id = span.trace_id, .spans = {}});
    out[found->second].spans.push_back(std::move(span));
  }
  for (trace::Trace& trace : out) {
    std::ranges::stable_sort(trace.spans, {}, [](const trace::Span& span) {
      return std::pair(span.start_ns, span.span_id);
    });
  }
  return out;
}

HttpResponse Transform(const HttpRequest& request) {
  trace::SpanCollector collector;
  wire::DecodeReport report;
  const base::Status decoded = wire::DecodeOtlpJson(request.body, collector, report);
  if (!decoded.ok())
    return JaegerFailure(request, 400, "cannot unmarshal OTLP : " + decoded.message());
  std::vector<JaegerError> errors;
  if (report.rejected > 0) errors.push_back({.message = report.message});
  std::string data = "[";
  for (const trace::Trace& trace : GroupByTrace(std::move(collector.spans()))) {
    data += data.size() > 1 ? "," : "";
    wire::AppendJaegerTraceJson(trace, data);
  }
  return JaegerAnswer(request, data + "]", 0, errors);
}

}  // namespace

void AddJaegerTransform(const ContextPtr& context, const AddRoute& add) {
  (void)context;
  add("POST", "/api/transform", Transform);
}

}  // namespace awry::api
