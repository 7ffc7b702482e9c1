// Stores of other versions: older ones open, newer ones are refused by name, and neither is ever
// called corrupt.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "awry/columnar/columnar_store.h"
#include "awry/columnar/fault_file_system.h"
#include "awry/columnar/manifest.h"
#include "awry/store/store_suite.h"
#include "codec/crc32c.h"
#include "codec/varint.h"

namespace awry::columnar {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using trace::TraceId;

constexpr TraceId kGoldenTrace{0x0102030405060708, 0x090a0b0c0d0e0f10};

// A store whose only segment is one of the golden files.
void MakeStore(FaultFileSystem& files, const std::string& golden) {
  const auto bytes =
      base::RealFileSystem().ReadAll(AWRY_SOURCE_DIR "/tests/golden/" + golden);
  ASSERT_TRUE(bytes.ok());
  ASSERT_TRUE(files.MakeDirs("/data").ok());
  ASSERT_TRUE(files.WriteAtomically("/data/" + SegmentFileName(1), *bytes).ok());
  ASSERT_TRUE(WriteManifest(files, "/data/MANIFEST", {.first_log = 2, .segments = {1}}).ok());
}

ColumnarOptions OptionsOf(FaultFileSystem& files) {
  return {.path = "/data", .fsync = FsyncPolicy::kNever, .table_spans_max = 64, .file_system = &files};
}

TEST(Versions, AStoreOfVersion1OpensAndGrowsOn) {
  FaultFileSystem files(1);
  MakeStore(files, "segment_v1.seg");
  for (uint64_t round = 1; round <= 3; ++round) {
    auto opened = Open(OptionsOf(files));
    ASSERT_TRUE(opened.ok()) << opened.status().ToString();
    for (uint64_t t = 1; t <= 100; ++t) {  // merged meanwhile
      ASSERT_TRUE(Put(**opened, {store::MakeSpan({round, t}, 1, 0, "svc", "new",
                                                 static_cast<int64_t>(t) * 1'000'000)}).ok());
      if (t % 10 == 0) {
        ASSERT_TRUE((*opened)->Flush().ok());
      }
    }
    const auto trace = (*opened)->GetTrace(kGoldenTrace);
    ASSERT_TRUE(trace.ok());
    EXPECT_EQ(trace->spans.size(), 2u);
    EXPECT_THAT(Find(**opened, {.service = "svc", .name = "root"}), ElementsAre(kGoldenTrace));
    EXPECT_THAT(Find(**opened, {.equals = {{"user", "u1"}}}), ElementsAre(kGoldenTrace));
    EXPECT_EQ((*opened)->Stats().spans, 2 + round * 100);
    EXPECT_THAT((*opened)->Stats().problems, ElementsAre());
    const auto calls = (*opened)->CountServiceCalls(store::kTimeMin, store::kTimeMax, {},
                                                    [](const TraceId&) { return false; });
    EXPECT_TRUE(calls.ok());
  }
}

TEST(Versions, ANewerSegmentIsRefusedByName) {
  FaultFileSystem files(1);
  MakeStore(files, "segment_v2.seg");
  std::string& bytes = files.Contents("/data/" + SegmentFileName(1));
  bytes[8] = 7;                  // header
  bytes[bytes.size() - 12] = 7;  // trailer
  const auto opened = Open(OptionsOf(files));
  EXPECT_EQ(opened.status().code(), base::StatusCode::kUnimplemented);
  EXPECT_THAT(opened.status().message(), HasSubstr("written by a newer Awry: segment version 7"));
}

TEST(Versions, ANewerManifestIsRefusedByName) {
  FaultFileSystem files(1);
  MakeStore(files, "segment_v2.seg");
  std::string& bytes = files.Contents("/data/MANIFEST");
  bytes[8] = 2;
  const std::string_view all = bytes;
  std::string crc;
  codec::PutFixed(crc, codec::Crc32c(all.substr(16), codec::Crc32c(all.substr(0, 12))));
  bytes.replace(12, 4, crc);
  const auto opened = Open(OptionsOf(files));
  EXPECT_EQ(opened.status().code(), base::StatusCode::kUnimplemented);
  EXPECT_THAT(opened.status().message(), HasSubstr("written by a newer Awry: manifest version 2"));
}

TEST(Versions, AnotherLayoutUnderAGoodChecksumIsNotCalledCorrupt) {
  FaultFileSystem files(1);
  MakeStore(files, "segment_v2.seg");
  std::string& bytes = files.Contents("/data/" + SegmentFileName(1));
  const std::string trailer = bytes.substr(bytes.size() - 28);
  const auto offset = codec::ReadFixed<uint64_t>(trailer.data());
  std::string footer = bytes.substr(offset, bytes.size() - 28 - offset);
  footer[footer.size() / 2] = static_cast<char>(0xff);  // the lengths no longer add up
  footer.back() = static_cast<char>(0xff);
  footer[2] = 9;  // runs
  std::string crc;
  codec::PutFixed(crc, codec::Crc32c(std::string_view(trailer).substr(0, 12), codec::Crc32c(footer)));
  bytes = bytes.substr(0, offset) + footer + trailer.substr(0, 12) + crc + trailer.substr(16);
  auto opened = Open(OptionsOf(files));
  ASSERT_TRUE(opened.ok());
  EXPECT_THAT((*opened)->Stats().problems,
              ElementsAre(HasSubstr("segment footer is whole but not laid out as version 2")));
}

}  // namespace
}  // namespace awry::columnar
