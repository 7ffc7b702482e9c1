// Finds the predictions in a store: every span with a `prediction.…` attribute is one.
#pragma once

#include <string>
#include <vector>

#include "awry/query/plan.h"
#include "awry/stats/drift.h"
#include "awry/store/trace_store.h"
#include "base/status.h"

namespace awry::stats {

struct DriftNames {
  std::string version_key = "model.version";       // of the span, else of its resource
  std::string prediction_prefix = "prediction.";   // of the span
  std::string feature_prefix = "features.";        // of any span of the same service in the trace
};

struct DriftReading {
  std::vector<DriftSeries> series;
  uint64_t traces = 0;      // read
  uint64_t sampled_of = 1;  // one trace in so many was read
  std::vector<std::string> notes;
};

struct DriftSource {
  static constexpr size_t kTracesMax = 60'000;      // read of one span; more are sampled
  static constexpr size_t kAttributesMax = 64;      // of one series
  static constexpr size_t kCategoryBytesMax = 128;  // of a value's text
  static constexpr size_t kCategoriesMax = 10'000;  // of one attribute
  std::string service;  // "" is any
  std::string version;  // not a filter: the versions to compare with are read too
  query::Window window;  // with the history
  int64_t newest_from_ns = 0;  // where the spans that predict are looked for
  DriftNames names;
};

// A version that is missing is "". Of a trace the first prediction of each span name counts.
base::Result<DriftReading> ReadDriftSeries(store::TraceStore& store, const DriftSource& source,
                                           const store::ReadLimits& limits = {});

}  // namespace awry::stats
