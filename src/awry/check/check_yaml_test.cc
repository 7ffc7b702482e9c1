#include "awry/check/check_yaml.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>


#include "base/random.h"

namespace awry::check {
namespace {

using testing::HasSubstr;

std::string Refusal(const std::string& text, Problem* problem = nullptr) {
  const auto read = ReadYaml(text, problem);
  return read.ok() ? "taken" : read.status().message();
}

TEST(ReadYaml, TakesAListUnderChecksOrByItself) {
  const std::string list =
      "- name: own-context\n"
      "  never: '{ name = \"fetch\"\n"
      "    && span.a != span.b }'\n"
      "  severity: warning\n"
      "  description: >-\n"
      "    The context is\n"
      "    the user's own.\n"
      "- {name: quick, always: '{ duration < 1s }'}\n";
  for (const std::string& text : {list, "# all of them\nchecks:\n" + list}) {
    const auto read = ReadYaml(text);
    ASSERT_TRUE(read.ok()) << read.status().message();
    ASSERT_EQ(read->size(), 2u);
    const Check first{.name = "own-context",
                      .query = "{ name = \"fetch\" && span.a != span.b }",
                      .severity = Severity::kWarning,
                      .description = "The context is the user's own."};
    EXPECT_EQ((*read)[0].check, first);
    const Check second{.name = "quick", .always = true, .query = "{ duration < 1s }"};
    EXPECT_EQ((*read)[1].check, second);
  }
}

TEST(ReadYaml, AnEmptyTextHoldsNoChecks) {
  for (const char* text : {"", "# nothing\n", "checks:\n", "checks: []\n", "[]", "---\n"}) {
    const auto read = ReadYaml(text);
    ASSERT_TRUE(read.ok()) << text << ": " << read.status().message();
    EXPECT_TRUE(read->empty());
  }
}

TEST(ReadYaml, SaysWhereItIsWrong) {
  const std::pair<const char*, const char*> rows[] = {
      {"- name: a\n  nevr: x\n", "line 2, column 3: unknown key 'nevr': expected name, never"},
      {"- name: a\n  never: x\n  never: y\n", "line 3, column 3: key 'never' stands here twice"},
      {"- name: a\n  never: x\n  always: y\n", "line 3, column 3: a check has 'never' or 'always'"},
      {"- never: x\n", "line 1, column 3: the check has no 'name'"},
      {"- name: a\n", "the check has no 'never' or 'always'"},
      {"- name: a\n  never: x\n  severity: fatal\n", "line 3, column 13: 'severity' must be"},
      {"- name: a\n  never: [x]\n", "line 2, column 10: a list is not expected here"},
      {"- name: {a: b}\n", "line 1, column 9: a map is not expected here"},
      {"- name:\n  never: x\n", "a value is missing"},
      {"check:\n- name: a\n", "line 1, column 1: unknown key 'check': expected 'checks'"},
      {"checks:\n- name: a\n  never: x\nchecks:\n- name: b\n", "line 4"},
      {"text", "expected a list of checks"},
      {"- text", "expected a list of checks"},
      {"- name: a\n  never: x\n---\n- name: b\n", "a second document"},
      {"- name: \"a\\q\"\n  never: x\n", "no YAML"},
      {"- name: a\n\tnever: x\n", "no YAML"},
      {"- name: \x04\n", "line 1, column 9: a control character"},
      {"- name: \xff\n", "not UTF-8"},
  };
  for (const auto& [text, message] : rows) EXPECT_THAT(Refusal(text), HasSubstr(message)) << text;
  Problem problem;
  Refusal("- name: a\n  nevr: x\n", &problem);
  EXPECT_EQ(problem.line, 2u);
  EXPECT_EQ(problem.column, 3u);
}

TEST(ReadYaml, RefusesWhatCouldGrow) {
  std::string bomb = "- name: &a aaaaaaaaaa\n  never: *a\n";
  EXPECT_THAT(Refusal(bomb), HasSubstr("anchors are not taken"));
  EXPECT_THAT(Refusal("- name: x\n  never: *a\n"), testing::AnyOf(HasSubstr("alias"), HasSubstr("no YAML")));
  EXPECT_THAT(Refusal("- name: !!binary aGk=\n  never: x\n"), HasSubstr("tags are not taken"));
  EXPECT_THAT(Refusal("- <<: {name: a}\n"), HasSubstr("unknown key"));
  EXPECT_NE(Refusal(std::string(100'000, '[')), "taken");
  EXPECT_NE(Refusal(std::string(100'000, '{')), "taken");
  std::string deep;
  for (int i = 0; i < 300; ++i) deep += std::string(static_cast<size_t>(i), ' ') + "-\n";
  EXPECT_NE(Refusal(deep), "taken");
  EXPECT_THAT(Refusal(std::string(kYamlBytesMax + 1, ' ')), HasSubstr("too long"));
  EXPECT_EQ(Refusal(std::string(kYamlBytesMax, ' ')), "taken");
}

TEST(ReadYaml, TakesTheMostChecksAndNoMore) {
  std::vector<Check> checks;
  for (size_t i = 0; i < kChecksMax; ++i) checks.push_back({.name = std::to_string(i), .query = "{}"});
  EXPECT_EQ(ReadYaml(WriteYaml(checks))->size(), kChecksMax);
  checks.push_back({.name = "more", .query = "{}"});
  EXPECT_THAT(Refusal(WriteYaml(checks)), HasSubstr("more than 200 checks"));
}

TEST(WriteYaml, ReadsBackWhateverTheTexts) {
  base::Random random(7);
  const std::string alphabet[] = {"a", "'", "\"", "\\", "\n", ": ", "# ", " ", "{", "}", "&a", "*", "!", "é", "-", "\t", "%"};
  for (int round = 0; round < 300; ++round) {
    const auto text = [&] {
      std::string out = "x";
      for (uint64_t n = random.Below(12); n > 0; --n) out += alphabet[random.Below(std::size(alphabet))];
      return out;
    };
    const std::vector<Check> checks{
        {.name = text(), .always = random.Chance(0.5), .query = text(), .severity = Severity::kInfo, .description = text()},
        {.name = text(), .query = text()}};
    const auto read = ReadYaml(WriteYaml(checks));
    ASSERT_TRUE(read.ok()) << read.status().message() << "\n" << WriteYaml(checks);
    ASSERT_EQ(read->size(), 2u);
    EXPECT_EQ((*read)[0].check, checks[0]) << WriteYaml(checks);
    EXPECT_EQ((*read)[1].check, checks[1]) << WriteYaml(checks);
  }
}

TEST(ReadYaml, SurvivesTornText) {
  const std::string whole = WriteYaml({{.name = "a'b", .query = "{ name = \"x\" }", .description = "line\nline"},
                                       {.name = "b", .always = true, .query = "{ duration < 1s }"}});
  base::Random random(11);
  for (size_t cut = 0; cut < whole.size(); ++cut) (void)ReadYaml(whole.substr(0, cut));
  for (int round = 0; round < 500; ++round) {
    std::string torn = whole;
    for (int i = 0; i < 3; ++i) torn[random.Below(torn.size())] = "[]{}:-&*!|>'\"\n\t #%@`,?"[random.Below(22)];
    (void)ReadYaml(torn);
  }
}

}  // namespace
}  // namespace awry::check
