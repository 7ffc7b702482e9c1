#include "codec/thrift.h"

#include <gtest/gtest.h>

namespace awry::codec {
namespace {

TEST(Thrift, CompactStructsComeBackField) {
  std::string bytes;
  ThriftCompactWriter w(bytes);
  w.StructBegin();
  w.FieldBool(1, true);
  w.FieldI32(2, -7);
  w.FieldI64(30, INT64_MIN);  // a delta beyond 15
  w.FieldDouble(31, 0.5);
  w.FieldBinary(32, "text");
  w.FieldList(33, ThriftType::kStruct, 20);  // a size beyond 14
  for (int i = 0; i < 20; ++i) {
    w.StructBegin();
    w.FieldI32(1, i);
    w.StructEnd();
  }
  w.StructEnd();

  ThriftReader r(ThriftEncoding::kCompact, bytes);
  ThriftField field;
  r.StructBegin();
  ASSERT_TRUE(r.NextField(field));
  EXPECT_EQ(field.id, 1);
  EXPECT_TRUE(r.Bool());
  ASSERT_TRUE(r.NextField(field));
  EXPECT_EQ(r.I32(), -7);
  ASSERT_TRUE(r.NextField(field));
  EXPECT_EQ(field.id, 30);
  EXPECT_EQ(r.I64(), INT64_MIN);
  ASSERT_TRUE(r.NextField(field));
  EXPECT_EQ(r.Double(), 0.5);
  ASSERT_TRUE(r.NextField(field));
  EXPECT_EQ(r.Binary(), "text");
  ASSERT_TRUE(r.NextField(field));
  ThriftType element = ThriftType::kStop;
  ASSERT_EQ(r.ListBegin(element), 20u);
  for (int i = 0; i < 20; ++i) {
    r.StructBegin();
    ASSERT_TRUE(r.NextField(field));
    EXPECT_EQ(r.I32(), i);
    EXPECT_FALSE(r.NextField(field));
    r.StructEnd();
  }
  EXPECT_FALSE(r.NextField(field));
  r.StructEnd();
  EXPECT_TRUE(r.ok() && r.at_end());
}

TEST(Thrift, SkipsWhatItDoesNotKnow) {
  std::string bytes;
  ThriftCompactWriter w(bytes);
  w.StructBegin();
  w.FieldList(1, ThriftType::kStruct, 1);
  w.StructBegin();
  w.FieldBinary(4, "inner");
  w.StructEnd();
  w.FieldBool(2, false);
  w.FieldI32(3, 9);
  w.StructEnd();
  ThriftReader r(ThriftEncoding::kCompact, bytes);
  ThriftField field;
  r.StructBegin();
  while (r.NextField(field) && field.id != 3) r.Skip(field.type);
  EXPECT_EQ(r.I32(), 9);
}

TEST(Thrift, NestingIsLimitedAndLengthsAreNotTrusted) {
  const std::string nested(1'000, '\x1c');  // a struct in a struct in a …
  ThriftReader deep(ThriftEncoding::kCompact, nested);
  ThriftField field;
  deep.StructBegin();
  while (deep.NextField(field)) deep.Skip(field.type);
  EXPECT_FALSE(deep.ok());
  ThriftReader lying(ThriftEncoding::kBinary, std::string_view("\x0b\x00\x01\x7f\xff\xff\xff", 7));
  lying.StructBegin();
  ASSERT_TRUE(lying.NextField(field));
  EXPECT_EQ(lying.Binary(), "");
  EXPECT_FALSE(lying.ok());
}

}  // namespace
}  // namespace awry::codec
