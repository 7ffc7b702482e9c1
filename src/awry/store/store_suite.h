// What every engine must pass. An engine's tests list store_suite.cc and
// store_suite_more.cc among their sources and say:
//   INSTANTIATE_TEST_SUITE_P(Columnar, StoreSuite, testing::Values(StoreSuiteEngine{…}));
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "awry/store/trace_store.h"
#include "trace/span.h"

namespace awry::store {

struct StoreSuiteEngine {
  std::string name;
  // Opens the store that lives in the folder, which outlasts stores and is empty at first.
  std::function<base::Result<std::unique_ptr<TraceStore>>(const std::string& folder)> open;
};

class StoreSuite : public testing::TestWithParam<StoreSuiteEngine> {
 protected:
  void SetUp() override;
  void TearDown() override;
  // Closes the store and opens it again.
  void Reopen();
  TraceStore& store() { return *store_; }

 private:
  std::string folder_;
  std::unique_ptr<TraceStore> store_;
};

// A span with a service, a name and a start; the rest is plain.
trace::Span MakeSpan(trace::TraceId trace_id, trace::SpanId span_id, trace::SpanId parent_id,
                     const std::string& service, const std::string& name, int64_t start_ns,
                     int64_t duration_ns = 1'000);

// Commits the spans as one batch.
base::Status Put(TraceStore& store, const std::vector<trace::Span>& spans);

// "" when equal in everything, else the first difference.
std::string Difference(const trace::Span& a, const trace::Span& b);

// The ids that FindTraces gives, in its order.
std::vector<trace::TraceId> Find(TraceStore& store, const SpanFilter& filter);

}  // namespace awry::store
