#include "codec/compress.h"

#include <gtest/gtest.h>

#include "base/random.h"

namespace awry::codec {
namespace {

constexpr Compression kAll[] = {Compression::kGzip, Compression::kZlib, Compression::kDeflate, Compression::kZstd};

std::string RandomBytes(base::Random& random, size_t size, uint64_t alphabet) {
  std::string bytes(size, '\0');
  for (char& byte : bytes) byte = static_cast<char>(random.Below(alphabet));
  return bytes;
}

TEST(Compress, ComesBackTheSame) {
  base::Random random(1);
  for (const Compression compression : kAll) {
    for (const size_t size : {0u, 1u, 100u, 4'096u, 70'000u, 1'000'000u}) {
      const std::string bytes = RandomBytes(random, size, 1 + random.Below(256));
      const auto packed = Compress(compression, bytes);
      ASSERT_TRUE(packed.ok());
      const auto back = Decompress(compression, *packed, bytes.size());
      ASSERT_TRUE(back.ok()) << back.status().ToString();
      EXPECT_EQ(*back, bytes);
    }
  }
}

TEST(Decompress, StopsOneByteBeyondTheLimit) {
  const std::string bytes(10'000, 'x');
  for (const Compression compression : kAll) {
    const std::string packed = Compress(compression, bytes).value();
    EXPECT_TRUE(Decompress(compression, packed, 10'000).ok());
    EXPECT_EQ(Decompress(compression, packed, 9'999).status().code(), base::StatusCode::kResourceExhausted);
    EXPECT_EQ(Decompress(compression, packed, 0).status().code(), base::StatusCode::kResourceExhausted);
  }
}

TEST(Decompress, DoesNotUnpackABomb) {
  const std::string zeros(64 << 20, '\0');
  for (const Compression compression : kAll) {
    const std::string packed = Compress(compression, zeros).value();
    ASSERT_LT(packed.size(), size_t{1} << 17);
    std::string_view input = packed;
    std::string out;
    auto decompressor = Decompressor::Create(compression).value();
    ASSERT_TRUE(decompressor->Push(input, out, 1'000'000).ok());
    EXPECT_EQ(out.size(), 1'000'000u);
    EXPECT_LE(out.capacity(), 2'000'000u);
    EXPECT_EQ(Decompress(compression, packed, 1'000'000).status().code(),
              base::StatusCode::kResourceExhausted);
  }
}

TEST(Decompress, RefusesDamagedAndCutBytes) {
  base::Random random(2);
  const std::string bytes = RandomBytes(random, 5'000, 20);
  for (const Compression compression : kAll) {
    const std::string packed = Compress(compression, bytes).value();
    for (size_t size = 0; size < packed.size(); size += 97) {
      const auto cut = Decompress(compression, packed.substr(0, size), 1 << 20);
      EXPECT_EQ(cut.status().code(), base::StatusCode::kInvalidArgument) << size;
    }
    EXPECT_EQ(Decompress(compression, "this is no compressed text at all", 1 << 20).status().code(),
              base::StatusCode::kInvalidArgument);
    EXPECT_FALSE(Decompress(compression, packed + "tail", 1 << 20).ok());
    for (int i = 0; i < 500; ++i) {
      std::string damaged = packed;
      damaged[random.Below(damaged.size())] ^= static_cast<char>(1 + random.Below(255));
      const auto result = Decompress(compression, damaged, 1 << 16);
      if (result.ok()) {
        EXPECT_LE(result->size(), size_t{1} << 16);
      }
    }
  }
}

TEST(Decompress, ReadsMembersAndFramesInARow) {
  for (const Compression compression : {Compression::kGzip, Compression::kZstd}) {
    const std::string packed = Compress(compression, "one ").value() + Compress(compression, "two").value();
    EXPECT_EQ(Decompress(compression, packed, 100).value(), "one two");
  }
}

TEST(Decompress, TakesRawDeflateForHttpDeflate) {
  // "hello" as one stored block, without the zlib header.
  const std::string raw("\x01\x05\x00\xfa\xffhello", 10);
  EXPECT_EQ(Decompress(Compression::kDeflate, raw, 100).value(), "hello");
  EXPECT_FALSE(Decompress(Compression::kZlib, raw, 100).ok());
}

TEST(Decompressor, WorksPieceByPiece) {
  base::Random random(3);
  const std::string bytes = RandomBytes(random, 300'000, 4);
  for (const Compression compression : kAll) {
    const std::string packed = Compress(compression, bytes).value();
    auto decompressor = Decompressor::Create(compression).value();
    std::string out;
    for (size_t at = 0; at < packed.size(); at += 1'000) {
      std::string_view piece = std::string_view(packed).substr(at, 1'000);
      size_t before = 0;
      do {
        before = out.size();
        ASSERT_TRUE(decompressor->Push(piece, out, 777).ok());
        ASSERT_LE(out.size() - before, 777u);
      } while (!piece.empty() || out.size() - before == 777);
    }
    EXPECT_TRUE(decompressor->Finish().ok());
    EXPECT_EQ(out, bytes);
  }
}

TEST(Compression, IsNamedByHttpAndByFirstBytes) {
  EXPECT_EQ(CompressionOfEncoding("GZip"), Compression::kGzip);
  EXPECT_EQ(CompressionOfEncoding("zstd"), Compression::kZstd);
  EXPECT_EQ(CompressionOfEncoding("br"), std::nullopt);
  EXPECT_EQ(DetectCompression(Compress(Compression::kGzip, "x").value()), Compression::kGzip);
  EXPECT_EQ(DetectCompression(Compress(Compression::kZstd, "x").value()), Compression::kZstd);
  EXPECT_EQ(DetectCompression("{}"), std::nullopt);
}

}  // namespace
}  // namespace awry::codec
