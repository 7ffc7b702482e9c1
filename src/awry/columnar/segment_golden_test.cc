// tests/golden/segment_v2.seg, byte for byte; docs/formats/segment.md walks through it. Files of
// version 1 are still read: segment_v1.seg holds the same spans.
// AWRY_WRITE_GOLDEN=1 writes it anew: only ever with a new version of the format.
#include <gtest/gtest.h>

#include <cstdlib>

#include "awry/columnar/batch.h"
#include "awry/columnar/fault_file_system.h"
#include "awry/columnar/mem_table.h"
#include "awry/columnar/segment_cursor.h"
#include "awry/columnar/segment_reader.h"
#include "awry/columnar/segment_writer.h"
#include "awry/store/store_suite.h"

namespace awry::columnar {
namespace {

using trace::Value;
using trace::ValueView;

constexpr char kGolden[] = AWRY_SOURCE_DIR "/tests/golden/segment_v2.seg";
constexpr char kGoldenVersion1[] = AWRY_SOURCE_DIR "/tests/golden/segment_v1.seg";

// Two spans of one trace, the second with an error and its message.
std::vector<trace::Span> GoldenSpans() {
  trace::Span root = store::MakeSpan({0x0102030405060708, 0x090a0b0c0d0e0f10}, 0x1111111111111111,
                                     0, "svc", "root", 1'000'000, 500);
  root.kind = trace::SpanKind::kServer;
  root.attributes = {{"user", Value(ValueView::String("u1"))}, {"n", Value(ValueView::Int(-2))}};
  trace::Span child = store::MakeSpan(root.trace_id, 0x2222222222222222, root.span_id, "svc",
                                      "child", 1'000'100, 300);
  child.status = trace::SpanStatus::kError;
  child.status_message = "no";
  child.attributes = {{"user", Value(ValueView::String("u1"))}};
  child.resource = root.resource;
  child.scope = root.scope;
  return {root, child};
}

std::string WriteGolden(FaultFileSystem& files) {
  BatchEncoder encoder;
  for (const trace::Span& span : GoldenSpans()) trace::Replay(span, encoder);
  MemTable table(64);
  table.Add(encoder.Finish(77));
  // Stored blocks: what zstd makes differs from version to version.
  auto writer = SegmentWriter::Create(files, "/g/1.seg", 0);
  SchemaMap map(table.schema(), (*writer)->schema());
  table.VisitSorted(table.span_count(), [&](Row& row) {
    row.shape = map.Shape(row.shape);
    return (*writer)->Add(row).ok();
  });
  EXPECT_TRUE((*writer)->Finish(77, 77).ok());
  return files.Contents("/g/1.seg");
}

TEST(SegmentGolden, TheWriterMakesItToTheByte) {
  FaultFileSystem files(1);
  const std::string made = WriteGolden(files);
  if (std::getenv("AWRY_WRITE_GOLDEN") != nullptr) {
    auto file = base::RealFileSystem().OpenForAppend(kGolden, true);
    ASSERT_TRUE((*file)->Append(made).ok());
  }
  const auto golden = base::RealFileSystem().ReadAll(kGolden);
  ASSERT_TRUE(golden.ok()) << golden.status().ToString();
  EXPECT_EQ(made, *golden);
}

void ExpectGoldenSpans(const std::string& path) {
  auto segment = SegmentReader::Open(base::RealFileSystem(), path, 1);
  ASSERT_TRUE(segment.ok()) << segment.status().ToString();
  EXPECT_TRUE((*segment)->Verify().ok());
  EXPECT_EQ((*segment)->footer().spans, 2u);
  EXPECT_EQ((*segment)->footer().arrival_max_ns, 77);
  const SegmentRun& run = *(*segment)->runs()[0];
  SegmentCursor cursor(run,
                       [](const base::Status& status) { ADD_FAILURE() << status.ToString(); });
  const std::vector<trace::Span> expected = GoldenSpans();
  ASSERT_TRUE(cursor.Seek(expected[0].trace_id));
  size_t at = 0;
  ASSERT_TRUE(cursor
                  .TakeRows([&](Row& row) {
                    EXPECT_EQ(store::Difference(ToSpan(run.schema(), row), expected[at++]),
                              "");
                    return base::OkStatus();
                  })
                  .ok());
  EXPECT_EQ(at, 2u);
  EXPECT_FALSE(cursor.Seek({9, 9}));
}

TEST(SegmentGolden, TheReaderGivesItsSpans) { ExpectGoldenSpans(kGolden); }

TEST(SegmentGolden, AFileOfVersion1IsStillRead) { ExpectGoldenSpans(kGoldenVersion1); }

TEST(SegmentGolden, ANewerVersionIsRefusedByName) {
  FaultFileSystem files(1);
  WriteGolden(files);
  std::string& bytes = files.Contents("/g/1.seg");
  bytes[8] = 3;                  // header
  bytes[bytes.size() - 12] = 3;  // trailer
  const auto segment = SegmentReader::Open(files, "/g/1.seg", 1);
  EXPECT_EQ(segment.status().code(), base::StatusCode::kUnimplemented);
  EXPECT_EQ(segment.status().message(),
            "written by a newer Awry: segment version 3, this one reads up to 2: /g/1.seg");
}

}  // namespace
}  // namespace awry::columnar
