#include "label_file.h"

#include <gtest/gtest.h>

namespace awry::app {
namespace {

TEST(ParseLabels, ReadsJsonLines) {
  const auto labels = ParseLabels(
      "{\"trace_id\":\"1\",\"label\":\"wrong\",\"expected\":\"a\"}\r\n\n{\"trace_id\":\"2\","
      "\"label\":\"right\"}");
  ASSERT_TRUE(labels.ok()) << labels.status().ToString();
  ASSERT_EQ(labels->size(), 2u);
  EXPECT_EQ((*labels)[0].expected, "a");
  EXPECT_EQ((*labels)[1].verdict, trace::Verdict::kRight);
}

TEST(ParseLabels, ReadsCsvWithQuotes) {
  const auto labels =
      ParseLabels("\xEF\xBB\xBFtrace_id,label,note\n1,wrong,\"a \"\"b\"\", c\nd\"\n2,right,\n");
  ASSERT_TRUE(labels.ok()) << labels.status().ToString();
  ASSERT_EQ(labels->size(), 2u);
  EXPECT_EQ((*labels)[0].note, "a \"b\", c\nd");
}

TEST(ParseLabels, ReadsSemicolonsAndTabs) {
  for (const char* text : {"trace_id;label;note\r\n1;wrong;a, b\r\n", "trace_id\tlabel\tnote\n1\twrong\ta, b\n"}) {
    const auto labels = ParseLabels(text);
    ASSERT_TRUE(labels.ok()) << labels.status().ToString();
    ASSERT_EQ(labels->size(), 1u);
    EXPECT_EQ(labels->front().note, "a, b");
  }
}

TEST(ParseLabels, NamesTheLineThatIsWrong) {
  const std::pair<const char*, const char*> rows[] = {
      {"{\"trace_id\":\"1\",\"label\":\"wrong\"}\n{\"trace_id\":\"1\"}", "line 2: "},
      {"{\"trace_id\":\"1\",\"label\":\"wrong\"}\n{", "line 2: "},
      {"trace_id,label\n1,wrong\n2,maybe", "line 3: "},
      {"trace_id,label\n1", "line 2: 1 fields, the header has 2"},
      {"trace,label\n1,wrong", "line 1: the header needs a column trace_id"},
      {"trace_id,label\n1,\"wrong", "line 2: a quote is not closed"},
  };
  for (const auto& [text, message] : rows) {
    const auto labels = ParseLabels(text);
    ASSERT_FALSE(labels.ok()) << text;
    EXPECT_NE(labels.status().message().find(message), std::string::npos)
        << labels.status().message();
  }
  EXPECT_TRUE(ParseLabels("")->empty());
}

}  // namespace
}  // namespace awry::app
