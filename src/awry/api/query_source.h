// What Jaeger's query APIs read from, over HTTP and gRPC alike.
#pragma once

#include "awry/query/search.h"
#include "awry/stats/rollup.h"
#include "awry/store/trace_store.h"
#include "base/clock.h"
#include "base/status.h"
#include "trace/span.h"

namespace awry::api {

// Borrows: what it points at must outlive it. Thread-safe.
struct QuerySource {
  store::TraceStore& store;
  store::TraceStore* archive = nullptr;  // kept beyond retention; null: nothing is archived
  query::SearchLimits limits;
  const base::Clock* clock = &base::SystemClock();
  stats::Rollup* rollup = nullptr;  // counts kept between questions; null: counted anew
};

// Copies what the store has of a trace into the archive; durable on return, and again changes
// nothing. kNotFound; kUnimplemented when there is no archive.
base::Status ArchiveTrace(const QuerySource& source, const trace::TraceId& id);

}  // namespace awry::api
