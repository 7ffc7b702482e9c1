// What every route has at hand, and how routes are added.
#pragma once

#include <algorithm>
#include <atomic>
#include <functional>
#include <memory>
#include <string>

#include "awry/api/query_source.h"
#include "awry/api/server.h"
#include "awry/api/status_meter.h"
#include "awry/stats/rollup.h"

namespace awry::api {

// Of what is counted for metrics, and kept; less where questions may hold less.
inline constexpr size_t kRollupBytesMax = 64 << 20;
inline constexpr size_t kBuildBytesMax = 256 << 20;

// Shared by all routes of one router. Thread-safe: what changes synchronizes itself.
struct Context {
  store::TraceStore& store;
  why::Engine& engine;
  why::Findings* findings;
  ApiOptions options;
  StatusMeter meter;
  std::atomic<int> questions{0};  // of why, being answered now
  std::atomic<int> dry_runs{0};   // of checks, under way
  std::atomic<int> tails{0};      // clients of the live tail
  stats::Rollup rollup{
      store, {.cache_bytes_max = std::min<size_t>(kRollupBytesMax, options.limits.memory_bytes / 4),
              .build_bytes_max = std::min<size_t>(kBuildBytesMax, options.limits.memory_bytes),
              .changed = options.changed}};

  int64_t now_ns() const { return options.clock->NowUnixNs(); }
  // What `request` may read from; its search ends when its client goes. Must not outlive it.
  QuerySource source(const net::HttpRequest& request) {
    QuerySource out{store, options.archive, options.limits, options.clock, &rollup};
    out.limits.cancelled = request.gone;
    return out;
  }
};
using ContextPtr = std::shared_ptr<Context>;

// Adds a route under the base path.
using AddRoute =
    std::function<void(std::string method, std::string pattern, net::HttpHandler handler)>;

void AddJaegerV1(const ContextPtr& context, const AddRoute& add);
void AddJaegerArchive(const ContextPtr& context, const AddRoute& add);
void AddJaegerTransform(const ContextPtr& context, const AddRoute& add);
void AddDeepDependencies(const ContextPtr& context, const AddRoute& add);
void AddQualityMetrics(const ContextPtr& context, const AddRoute& add);
void AddJaegerV3(const ContextPtr& context, const AddRoute& add);
void AddLabels(const ContextPtr& context, const AddRoute& add);
void AddSearch(const ContextPtr& context, const AddRoute& add);
void AddWhy(const ContextPtr& context, const AddRoute& add);
void AddFindings(const ContextPtr& context, const AddRoute& add);
void AddSpans(const ContextPtr& context, const AddRoute& add);
void AddStatus(const ContextPtr& context, const AddRoute& add);

}  // namespace awry::api
