#include <gtest/gtest.h>

#include "base/random.h"
#include "codec/base64.h"
#include "codec/crc32c.h"
#include "codec/signature.h"
#include "codec/utf8.h"
#include "codec/varint.h"

namespace awry::codec {
namespace {

std::string RandomBytes(base::Random& random, size_t size) {
  std::string bytes(size, '\0');
  for (char& byte : bytes) byte = static_cast<char>(random.Below(256));
  return bytes;
}

TEST(Varint, ComesBackTheSame) {
  base::Random random(1);
  for (int i = 0; i < 10'000; ++i) {
    const uint64_t value = random.Next() >> random.Below(64);
    std::string bytes;
    PutVarint(bytes, value);
    EXPECT_EQ(bytes.size(), VarintSize(value));
    std::string_view in = bytes;
    uint64_t back = 0;
    ASSERT_TRUE(GetVarint(in, back));
    EXPECT_EQ(back, value);
    EXPECT_TRUE(in.empty());
    std::string_view cut = std::string_view(bytes).substr(0, bytes.size() - 1);
    EXPECT_FALSE(GetVarint(cut, back));
    EXPECT_EQ(cut.size(), bytes.size() - 1);
    EXPECT_EQ(UnZigZag(ZigZag(static_cast<int64_t>(value))), static_cast<int64_t>(value));
  }
  EXPECT_EQ(ZigZag(-1), 1u);
  EXPECT_EQ(ZigZag(1), 2u);
}

TEST(Varint, RefusesMoreThan64Bits) {
  uint64_t value = 0;
  std::string_view most("\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 10);
  EXPECT_TRUE(GetVarint(most, value));
  EXPECT_EQ(value, ~uint64_t{0});
  std::string_view more("\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02", 10);
  EXPECT_FALSE(GetVarint(more, value));
  std::string_view longer("\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x01", 11);
  EXPECT_FALSE(GetVarint(longer, value));
}

TEST(Fixed, IsLittleEndian) {
  std::string bytes;
  PutFixed<uint32_t>(bytes, 0x04030201);
  EXPECT_EQ(bytes, "\x01\x02\x03\x04");
  std::string_view in = bytes;
  uint16_t low = 0;
  uint32_t too_much = 0;
  ASSERT_TRUE(GetFixed(in, low));
  EXPECT_EQ(low, 0x0201);
  EXPECT_FALSE(GetFixed(in, too_much));
  EXPECT_EQ(in.size(), 2u);
}

TEST(Crc32c, AgreesWithTheStandardsVectors) {
  // RFC 3720, B.4.
  EXPECT_EQ(Crc32c(std::string(32, '\0')), 0x8a9136aau);
  EXPECT_EQ(Crc32c(std::string(32, '\xff')), 0x62a8ab43u);
  EXPECT_EQ(Crc32c("123456789"), 0xe3069283u);
}

TEST(Crc32c, GivesTheSameByInstructionAndByTableAndInPieces) {
  base::Random random(2);
  for (int i = 0; i < 500; ++i) {
    const std::string bytes = RandomBytes(random, random.Below(200));
    const uint32_t whole = Crc32c(bytes);
    EXPECT_EQ(Crc32cByTable(bytes), whole);
    const size_t cut = random.Below(bytes.size() + 1);
    EXPECT_EQ(Crc32c(std::string_view(bytes).substr(cut), Crc32c(std::string_view(bytes).substr(0, cut))), whole);
  }
}

TEST(Base64, ComesBackTheSame) {
  base::Random random(3);
  for (size_t size = 0; size < 100; ++size) {
    const std::string bytes = RandomBytes(random, size);
    EXPECT_EQ(Base64Decode(Base64Encode(bytes)).value(), bytes);
    EXPECT_EQ(Base64Decode(Base64UrlEncode(bytes)).value(), bytes);
    EXPECT_EQ(HexDecode(HexEncode(bytes)).value(), bytes);
  }
  EXPECT_EQ(Base64Encode("foob"), "Zm9vYg==");
  EXPECT_EQ(Base64UrlEncode("\xfb\xff"), "-_8");
  EXPECT_EQ(HexDecode("aBff").value(), "\xab\xff");
}

TEST(Base64, RefusesWhatIsNone) {
  for (const std::string_view text : {"A", "AA=A", "A===", "AAAA=", "AA==AAAA", "A B=", "AB==", "é"}) {
    EXPECT_EQ(Base64Decode(text).status().code(), base::StatusCode::kInvalidArgument) << text;
  }
  EXPECT_FALSE(HexDecode("abc").ok());
  EXPECT_FALSE(HexDecode("zz").ok());
}

TEST(Utf8, KnowsValidFromInvalid) {
  EXPECT_TRUE(IsValidUtf8("plain, é, €, 😀, \xF4\x8F\xBF\xBF"));
  for (const std::string_view text :
       {"\x80", "\xC0\x80", "\xC1\xBF", "\xE0\x9F\xBF", "\xED\xA0\x80", "\xF0\x8F\xBF\xBF", "\xF4\x90\x80\x80",
        "\xF5\x80\x80\x80", "\xE2\x82", "\xFF", "long enough for the fast path \xC3"}) {
    EXPECT_FALSE(IsValidUtf8(text));
    std::string repaired;
    AppendValidUtf8(repaired, text);
    EXPECT_TRUE(IsValidUtf8(repaired));
  }
  EXPECT_EQ(ValidUtf8Prefix("ab\xE2\x82"), 2u);
}

TEST(Utf8, WritesEveryCodePoint) {
  for (uint32_t code_point = 0; code_point <= 0x10FFFF; code_point += 13) {
    std::string text;
    AppendCodePoint(text, code_point);
    EXPECT_TRUE(IsValidUtf8(text)) << code_point;
  }
}

TEST(Utf8, CutsBetweenCharacters) {
  EXPECT_EQ(TruncateUtf8("aé😀", 3), "aé");
  EXPECT_EQ(TruncateUtf8("aé😀", 6), "aé");
  EXPECT_EQ(TruncateUtf8("aé😀", 7), "aé😀");
  EXPECT_EQ(TruncateUtf8("é", 1), "");
}

TEST(HmacSha256, AgreesWithRfc4231) {
  EXPECT_EQ(HexEncode(HmacSha256(std::string(20, '\x0b'), "Hi There")), "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
  EXPECT_EQ(HexEncode(HmacSha256("Jefe", "what do ya want for nothing?")),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  EXPECT_EQ(HexEncode(HmacSha256(std::string(131, '\xaa'), "Test Using Larger Than Block-Size Key - Hash Key First")),
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

// Known answer: echo -n "1600000000.{}" | openssl dgst -sha256 -hmac key
TEST(WebhookSignature, SignsTimeAndBody) {
  EXPECT_EQ(WebhookSignature("key", 1'600'000'000, "{}"), "t=1600000000,v1=068d0b330e50151f36064ff01089c224ffc1fc64ce4803e1296c5ba8e88de732");
}

}  // namespace
}  // namespace awry::codec
