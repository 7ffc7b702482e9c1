// Awry's HTTP interface on one port: Jaeger's query API in three generations, Awry's own API,
// metrics and the web pages. Routes and shapes: docs/http-api.md.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "awry/check/watcher.h"
#include "awry/query/search.h"
#include "awry/stats/instrumentation.h"
#include "awry/store/trace_store.h"
#include "awry/why/findings.h"
#include "awry/why/why.h"
#include "base/clock.h"
#include "net/http_server.h"

namespace awry::api {

// What the listeners have counted since the start.
struct IntakeCounts {
  uint64_t spans_accepted = 0;
  uint64_t spans_rejected = 0;    // of requests that were kept otherwise
  uint64_t requests_refused = 0;  // kept not at all
};

struct ApiOptions {
  std::string base_path;  // "" or "/jaeger": before every route and page
  std::string web_root;   // folder of the built pages; "" serves none
  std::string ui_dir;     // folder of a build of Jaeger's own pages, served in place of ours
  std::string ui_config;  // JSON object that the pages find as JAEGER_CONFIG; may be empty
  std::string version = "0.1.0";
  query::SearchLimits limits;
  store::TraceStore* archive = nullptr;  // kept beyond retention; null: archiving answers 501
  // Names beside IP addresses, localhost and names without a dot that a browser may have in its
  // address line when it changes something.
  std::vector<std::string> allowed_hosts;
  std::function<IntakeCounts()> intake;             // may be empty
  std::function<std::string()> more_metrics;        // Prometheus lines of others; may be empty
  stats::InstrumentationBook* instrumentation = nullptr;  // must outlive the router; null: asking reads traces
  check::Watcher* checks = nullptr;  // must outlive the router; null: no checks run
  store::TraceStore* intake_store = nullptr;  // where POST /api/v1/spans commits; null: the store
  std::function<bool()> ready;                      // for /readyz; empty means ready
  // As stats::RollupOptions::changed; may be empty.
  std::function<uint64_t(int64_t from_ns, int64_t until_ns)> changed;
  const base::Clock* clock = &base::SystemClock();  // must outlive the router
};

// Builds the router of port 16686. `store`, `engine` and `findings` must outlive every server that
// runs it. `findings` may be null: then there are none, and PATCH answers 404.
net::Router MakeRouter(store::TraceStore& store, why::Engine& engine, why::Findings* findings,
                       const ApiOptions& options);

}  // namespace awry::api
