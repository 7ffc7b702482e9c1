#include "awry/columnar/columnar_store.h"

#include <gtest/gtest.h>

#include "awry/store/store_suite.h"

namespace awry::store {

// Tables of few spans, so that the suite meets sealing and merging as well.
INSTANTIATE_TEST_SUITE_P(
    Columnar, StoreSuite,
    testing::Values(
        StoreSuiteEngine{"SmallTables",
                         [](const std::string& folder) {
                           return columnar::Open({.path = folder,
                                                  .fsync = columnar::FsyncPolicy::kNever,
                                                  .table_spans_max = 64});
                         }},
        StoreSuiteEngine{
            "Default", [](const std::string& folder) { return columnar::Open({.path = folder}); }}),
    [](const testing::TestParamInfo<StoreSuiteEngine>& engine) { return engine.param.name; });

}  // namespace awry::store
