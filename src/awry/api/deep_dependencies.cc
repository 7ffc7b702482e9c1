// GET /api/deep-dependencies: the paths of calls through a service, from stored traces. A path
// names each service's first span of a visit, so that work inside a service is one step.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <utility>
#include <vector>

#include "awry/api/context.h"
#include "awry/api/jaeger_envelope.h"
#include "awry/api/jaeger_params.h"
#include "awry/query/tag_search.h"
#include "awry/query/topology.h"
#include "codec/json.h"
#include "wire/jaeger_json.h"

namespace awry::api {
namespace {

using net::HttpRequest;
using net::HttpResponse;

constexpr size_t kTracesMax = 1'000;  // the newest
constexpr size_t kPathsMax = 5'000;
constexpr size_t kStepsMax = 200;  // of one path

struct Step {
  std::string service;
  std::string operation;
  auto operator<=>(const Step&) const = default;
};
using Path = std::vector<Step>;

Path PathTo(const trace::Trace& trace, const query::Topology& topology, size_t leaf) {
  Path path;
  for (size_t at = leaf; at != query::kNone && path.size() < kStepsMax; at = topology.parent(at)) {
    const trace::Span& span = trace.spans[at];
    if (!path.empty() && path.back().service == span.resource->service) {
      path.back().operation = span.name;  // nearer to where the visit began
    } else {
      path.push_back({span.resource->service, span.name});
    }
  }
  std::ranges::reverse(path);
  return path;
}

// Every distinct path with the trace in which it was seen first.
using Paths = std::map<Path, trace::TraceId>;

void AddPaths(const trace::Trace& trace, const Step& focus, Paths& paths) {
  const query::Topology topology(trace);
  for (size_t i = 0; i < trace.spans.size() && paths.size() < kPathsMax; ++i) {
    if (!topology.children(i).empty()) continue;
    Path path = PathTo(trace, topology, i);
    const bool through = std::ranges::any_of(path, [&](const Step& step) {
      return step.service == focus.service &&
             (focus.operation.empty() || step.operation == focus.operation);
    });
    if (through) paths.try_emplace(std::move(path), trace.id);
  }
}

std::string ToJson(const Paths& paths) {
  std::string out;
  codec::JsonWriter json(out);
  json.BeginObject().Key("dependencies").BeginArray();
  for (const auto& [path, example] : paths) {
    json.BeginObject().Key("path").BeginArray();
    for (const Step& step : path) {
      json.BeginObject().Key("service").String(step.service);
      json.Key("operation").String(step.operation).EndObject();
    }
    json.EndArray().Key("attributes").BeginArray().BeginObject();
    json.Key("key").String("exemplar_trace_id");
    json.Key("value").String(wire::JaegerTraceIdText(example)).EndObject().EndArray().EndObject();
  }
  json.EndArray().EndObject();
  return out;
}

HttpResponse DeepDependencies(Context& context, const HttpRequest& request) {
  constexpr int64_t kMicro = 1'000;
  constexpr int64_t kTwoDaysNs = 2 * 86'400 * int64_t{1'000'000'000};
  const Step focus{TextParam(request, "service"), TextParam(request, "operation")};
  if (focus.service.empty()) return JaegerFailure(request, 400, "parameter 'service' is required");
  const auto from_ns = TimeParam(request, "start", kMicro, context.now_ns() - kTwoDaysNs);
  if (!from_ns.ok()) return JaegerFailure(request, from_ns.status());
  const auto until_ns = TimeParam(request, "end", kMicro, context.now_ns());
  if (!until_ns.ok()) return JaegerFailure(request, until_ns.status());
  const auto found = query::Search(
      context.store, query::ToQuery({.service = focus.service, .operation = focus.operation}),
      {.window = {.from_ns = *from_ns, .until_ns = *until_ns},
       .limit = kTracesMax,
       .count = query::Counting::kNone,
       .limits = context.source(request).limits});
  if (!found.ok()) return JaegerFailure(request, found.status());
  Paths paths;
  for (const query::Hit& hit : found->hits) AddPaths(hit.trace, focus, paths);
  return net::JsonResponse(200, ToJson(paths));
}

}  // namespace

void AddDeepDependencies(const ContextPtr& context, const AddRoute& add) {
  add("GET", "/api/deep-dependencies",
      [context](const HttpRequest& request) { return DeepDependencies(*context, request); });
}

}  // namespace awry::api
