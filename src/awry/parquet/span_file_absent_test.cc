#include "awry/parquet/span_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace awry::parquet {
namespace {

TEST(SpanFile, SaysHowToBuildAProgramThatWritesParquet) {
  const auto file = SpanFile::Create(base::RealFileSystem(), "/nonexistent/spans.parquet");
  ASSERT_FALSE(file.ok());
  EXPECT_EQ(file.status().code(), base::StatusCode::kUnimplemented);
  EXPECT_THAT(file.status().message(), testing::HasSubstr("-DAWRY_PARQUET=ON"));
  EXPECT_EQ(CanWriteSpanFiles(), file.status());
}

}  // namespace
}  // namespace awry::parquet
