#include "awry/api/graph_routes.h"

#include "awry/api/get_params.h"
#include "awry/stats/service_graph.h"

namespace awry::api {
namespace {

constexpr int64_t kHourNs = 3'600'000'000'000;

void AppendFigures(const stats::RedFigures& figures, codec::JsonWriter& json) {
  json.Key("calls").UInt(figures.calls).Key("errors").UInt(figures.errors).Key("error_rate");
  AppendRatio(figures.errors, figures.calls, json);
  json.Key("p50_ms");
  AppendMs(figures.p50_ns, json);
  json.Key("p95_ms");
  AppendMs(figures.p95_ns, json);
}

std::string GraphToJson(const stats::ServiceGraph& graph, const query::Window& window) {
  const double seconds = (static_cast<double>(window.until_ns) -
                          static_cast<double>(window.from_ns) + 1) / 1e9;
  const auto rate = [&](uint64_t calls) { return static_cast<double>(calls) / seconds; };
  std::string out;
  codec::JsonWriter json(out);
  json.BeginObject().Key("nodes").BeginArray();
  for (const stats::ServiceGraph::Node& node : graph.nodes) {
    json.BeginObject().Key("service").String(node.service).Key("spans").UInt(node.spans);
    json.Key("rate").Double(rate(node.entries.calls));
    AppendFigures(node.entries, json);
    json.EndObject();
  }
  json.EndArray().Key("edges").BeginArray();
  for (const stats::ServiceGraph::Edge& edge : graph.edges) {
    json.BeginObject().Key("parent").String(edge.parent).Key("child").String(edge.child);
    json.Key("rate").Double(rate(edge.calls.calls));
    AppendFigures(edge.calls, json);
    json.EndObject();
  }
  json.EndArray().Key("window").BeginObject().Key("start_ns").Int(window.from_ns);
  json.Key("end_ns").Int(window.until_ns).EndObject().Key("complete").Bool(true).EndObject();
  return out;
}

}  // namespace

void AddGraph(const ContextPtr& context, const AddRoute& add) {
  add("GET", "/api/v1/graph", [context](const net::HttpRequest& request) {
    const auto window = WindowParams(request, context->now_ns(), kHourNs);
    if (!window.ok()) return net::ErrorResponse(window.status());
    const auto graph = stats::ReadServiceGraph(context->rollup, *window, ReadLimitsOf(*context));
    if (!graph.ok()) return net::ErrorResponse(graph.status());
    return net::JsonResponse(200, GraphToJson(*graph, *window));
  });
}

}  // namespace awry::api
