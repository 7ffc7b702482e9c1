#include "awry/stats/service_graph.h"

#include <algorithm>
#include <map>

namespace awry::stats {
namespace {

// Adds up the calls of one thing over blocks, one thing after the other.
class RedSum {
 public:
  void Add(const Calls& calls) {
    figures_.calls += calls.calls;
    figures_.errors += calls.errors;
    durations_.Add(calls.durations);
  }
  RedFigures Take() {
    figures_.p50_ns = durations_.QuantileNs(0.5);
    figures_.p95_ns = durations_.QuantileNs(0.95);
    durations_.Clear();
    return std::exchange(figures_, {});
  }

 private:
  RedFigures figures_;
  HistogramSum durations_;
};

}  // namespace

base::Result<ServiceGraph> ReadServiceGraph(Rollup& rollup, const query::Window& window,
                                            const store::ReadLimits& limits) {
  ASSIGN_OR_RETURN(const std::vector<BlockPtr> blocks, rollup.Cover(window, limits));
  std::map<uint32_t, std::vector<const Block::Service*>> services;
  std::map<std::pair<uint32_t, uint32_t>, std::vector<const Block::Edge*>> edges;
  for (const BlockPtr& block : blocks) {
    for (const Block::Service& service : block->services)
      services[service.service].push_back(&service);
    for (const Block::Edge& edge : block->edges) edges[{edge.parent, edge.child}].push_back(&edge);
  }
  ServiceGraph graph;
  RedSum sum;
  for (const auto& [number, parts] : services) {
    ServiceGraph::Node node{.service = rollup.names().ServiceName(number), .entries = {}};
    for (const Block::Service* part : parts) {
      node.spans += part->spans;
      sum.Add(part->entries);
    }
    node.entries = sum.Take();
    graph.nodes.push_back(std::move(node));
  }
  for (const auto& [pair, parts] : edges) {
    for (const Block::Edge* part : parts) sum.Add(part->calls);
    graph.edges.push_back({rollup.names().ServiceName(pair.first),
                           rollup.names().ServiceName(pair.second), sum.Take()});
  }
  std::ranges::sort(graph.nodes, {}, &ServiceGraph::Node::service);
  std::ranges::sort(graph.edges, [](const auto& a, const auto& b) {
    return std::tie(a.parent, a.child) < std::tie(b.parent, b.child);
  });
  return graph;
}

}  // namespace awry::stats
