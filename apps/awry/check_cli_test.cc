// Runs the real `awry check` and `awry invariants` on a store of their own.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "base/random.h"
#include "codec/json.h"
#include "run_awry_test.h"

namespace awry {
namespace {

using testing::AllOf;
using testing::HasSubstr;

// A folder with a store of `count` traces; every `fault`th fetch reads another user's patterns (0: none).
class Store {
 public:
  explicit Store(int count, int fault)
      : path_(std::filesystem::temp_directory_path() / ("awry_check_cli_" + std::to_string(base::EntropySeed()))) {
    std::filesystem::create_directories(path_);
    std::string traces;
    for (int i = 1; i <= count; ++i) traces += TraceLine(i, fault != 0 && i % fault == 0);
    const Result imported = Awry("import --data " + data() + " " + Write("traces.jsonl", traces));
    EXPECT_EQ(imported.exit_code, 0) << imported.out;
  }
  ~Store() { std::filesystem::remove_all(path_); }
  std::string data() const { return (path_ / "data").string(); }
  std::string Write(const std::string& name, const std::string& text) const {
    std::ofstream(path_ / name) << text;
    return (path_ / name).string();
  }
  Result Check(const std::string& yaml, const std::string& more = "") const {
    return Awry("check --data " + data() + " " + Write("checks.yaml", yaml) + " " + more);
  }

 private:
  static std::string Span(int trace, const char* id, const char* parent, const char* name, int at,
                          const std::string& key, const std::string& value) {
    char trace_id[33];
    std::snprintf(trace_id, sizeof(trace_id), "%032x", trace);
    const std::string start = std::to_string(1'600'000'000 + trace) + "00" + std::to_string(at) + "000000";
    const std::string end = std::to_string(1'600'000'000 + trace) + "00" + std::to_string(at + 1) + "000000";
    return R"({"traceId":")" + std::string(trace_id) + R"(","spanId":")" + id + R"(","parentSpanId":")" + parent +
           R"(","name":")" + name + R"(","startTimeUnixNano":")" + start + R"(","endTimeUnixNano":")" + end +
           R"(","attributes":[{"key":")" + key + R"(","value":{"stringValue":")" + value + R"("}}]})";
  }
  static std::string TraceLine(int i, bool wrong) {
    const std::string user = "user" + std::to_string(1'000 + i);
    return R"({"resourceSpans":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"predictor"}}]},"scopeSpans":[{"spans":[)" +
           Span(i, "0000000000000001", "", "categorize", 1, "user_id", user) + "," +
           Span(i, "0000000000000002", "0000000000000001", "fetch", 2, "patterns.user_id", wrong ? user.substr(0, 6) : user) +
           "]}]}]}\n";
  }

  const std::filesystem::path path_;
};

constexpr char kOwn[] = "- name: own\n  never: '{ span.patterns.user_id != trace.user_id }'\n";

TEST(AwryCheck, ExitCodeSaysHoldsViolatedOrNotChecked) {
  const Store store(20, 4);
  const Result violated = store.Check(kOwn, "--examples 1");
  EXPECT_EQ(violated.exit_code, 1);
  EXPECT_THAT(violated.out, AllOf(HasSubstr("own  (error)  violated by 5 of 20 traces"),
                                  HasSubstr("00000000000000000000000000000014  2020-09-13T12:27:00.001Z  predictor: fetch"),
                                  HasSubstr("1 of 1 checks is violated; 20 traces read")));
  const Result holds = store.Check("- {name: fetched, always: '{ name = \"fetch\" }'}\n");
  EXPECT_EQ(holds.exit_code, 0);
  EXPECT_THAT(holds.out, HasSubstr("fetched  (error)  holds in 20 traces"));
  const Result window = store.Check(kOwn, "--until 2020-09-13T12:26:43.5Z");
  EXPECT_EQ(window.exit_code, 0) << "the fault came later: " << window.out;
  const std::pair<Result, const char*> not_checked[] = {
      {store.Check(kOwn, "--since 2020-09-14"), "no traces in that window"},
      {store.Check("[]"), "holds no checks"},
      {store.Check("- name: own\n  nevr: x\n"), "line 2, column 3: unknown key 'nevr'"},
      {store.Check("- {name: own, never: '{ name = }'}\n"), "check 'own' (line 1): query does not parse: column 10"},
      {store.Check(kOwn, "--since yesterday"), "'since'"},
      {Awry("check --data " + store.data() + " /nowhere.yaml"), "/nowhere.yaml"},
      {Awry("check --data /nowhere " + store.Write("c.yaml", kOwn)), "no store there"},
      {Awry("check --server http://127.0.0.1:1 " + store.Write("c.yaml", kOwn)), "no answer from"},
  };
  for (const auto& [run, message] : not_checked) {
    EXPECT_EQ(run.exit_code, 2) << run.out;
    EXPECT_THAT(run.out, HasSubstr(message));
  }
}

TEST(AwryCheck, PrintsTheApisAnswer) {
  const Store store(8, 4);
  const Result run = store.Check(kOwn, "--json");
  EXPECT_EQ(run.exit_code, 1);
  const auto answer = codec::JsonDocument::Parse(run.out);
  ASSERT_TRUE(answer.ok()) << run.out;
  EXPECT_EQ(answer->root().Find("checks").At(0).Find("violations").AsInt64(), 2);
}

TEST(AwryInvariants, ProposeAFileThatAwryCheckTakes) {
  const Store store(120, 0);
  const Result proposed = Awry("invariants --data " + store.data());
  ASSERT_EQ(proposed.exit_code, 0);
  EXPECT_THAT(proposed.out, AllOf(HasSubstr("patterns.user_id"), HasSubstr("held in 120 of 120 traces"), HasSubstr("    never: ")));
  const Result held = store.Check(proposed.out);
  EXPECT_EQ(held.exit_code, 0) << proposed.out << held.out;
  const Store wrong(20, 4);
  EXPECT_EQ(wrong.Check(proposed.out).exit_code, 1) << "it catches the fault";
}

}  // namespace
}  // namespace awry
