// The real processes together, once on the embedded defaults and once on Redis and PostgreSQL.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <fstream>

#include "sql/test_servers.h"
#include "stack/stack.h"

namespace awry::tests {
namespace {

using testing::HasSubstr;

// A redis-server on a free port, for as long as the object lives; url "" when it is not installed.
class Redis {
 public:
  explicit Redis(const std::string& folder) {
    const CommandResult started = RunCommand(
        "command -v redis-server >/dev/null || exit 9; for port in 27301 28417 29533 31649; do "
        "redis-server --port $port --bind 127.0.0.1 --save '' --appendonly no --daemonize yes --dir '" + folder +
        "' --pidfile '" + folder + "/redis.pid' >/dev/null && for i in $(seq 200); do [ -s '" + folder +
        "/redis.pid' ] && { echo $port; exit 0; }; sleep 0.05; done; done; exit 1");
    if (started.exit_code == 0) url_ = "redis://127.0.0.1:" + started.output.substr(0, started.output.find('\n'));
    pid_file_ = folder + "/redis.pid";
  }
  ~Redis() {
    std::ifstream in(pid_file_);
    int pid = 0;
    if (in >> pid) kill(pid, SIGTERM);
  }
  const std::string& url() const { return url_; }

 private:
  std::string url_, pid_file_;
};

std::string TextOf(const codec::JsonValue& object, std::string_view key) { return std::string(object.Find(key).AsString().value_or("")); }

HttpAnswer PostTransaction(const Stack& stack, const std::string& id, const std::string& user, const std::string& query = "?wait=processed") {
  return stack.Call(kProcessor, "POST", "/transactions" + query,
                    R"({"id":")" + id + R"(","user_id":")" + user +
                        R"(","date":"2026-11-02","amount_minor":-1239,"currency":"EUR","description":"TESCO STORES 3953"})");
}

// One transaction goes through, its article spans stand once, and the fault gives other people's patterns.
void CheckPipeline(const Stack& stack) {
  const HttpAnswer first = PostTransaction(stack, "t1", "user123");
  ASSERT_EQ(first.status, 201) << first.text;
  EXPECT_EQ(TextOf(first.root(), "processing"), "done") << first.text;
  const HttpAnswer again = PostTransaction(stack, "t1", "user123");
  EXPECT_EQ(again.status, 200) << "the same id again is the same transaction: " << again.text;

  HttpAnswer list = stack.Call(kProcessor, "GET", "/transactions?user_id=user123");
  ASSERT_EQ(list.root().Find("transactions").size(), 1u) << list.text;
  EXPECT_NE(TextOf(list.root().Find("transactions").At(0), "category"), "");
  const HttpAnswer patterns = stack.Call(kAnalyzer, "GET", "/patterns/user123");
  EXPECT_EQ(TextOf(patterns.root(), "user_id"), "user123");
  EXPECT_EQ(TextOf(patterns.root().Find("cache"), "key"), "patterns:user123");

  ASSERT_EQ(stack.Call(kAnalyzer, "PUT", "/admin/faults/cache-key", R"({"enabled":true})").status, 200);
  ASSERT_EQ(stack.Call(kAnalyzer, "DELETE", "/admin/cache").status, 200);
  EXPECT_EQ(TextOf(stack.Call(kAnalyzer, "GET", "/patterns/user124").root(), "user_id"), "user124");
  const HttpAnswer foreign = stack.Call(kAnalyzer, "GET", "/patterns/user123");
  EXPECT_EQ(foreign.status, 200);
  EXPECT_EQ(TextOf(foreign.root(), "user_id"), "user124") << "the bug serves another user's patterns: " << foreign.text;
  EXPECT_EQ(TextOf(foreign.root().Find("cache"), "key"), "patterns:user12");
  EXPECT_TRUE(foreign.root().Find("cache").Find("hit").AsBool().value_or(false));
}

TEST(Pipeline, RunsOnTheEmbeddedDefaults) {
  const TemporaryFolder folder("pipeline");
  const Stack stack(folder.path());
  CheckPipeline(stack);
}

TEST(Pipeline, RunsOnRedisAndPostgres) {
  const TemporaryFolder folder("pipeline-servers");
  const TemporaryFolder redis_folder("redis");
  const Redis redis(redis_folder.path());
  const auto postgres = sql::TestPostgres::Start();
  if (redis.url().empty() || postgres == nullptr) GTEST_SKIP() << "redis-server or PostgreSQL is not installed";
  const Stack stack(folder.path(), {"--redis", redis.url(), "--database", postgres->url()});
  CheckPipeline(stack);
}

TEST(Pipeline, AServiceThatIsDownMakesTheJobWaitAndTheTransactionStaysQueued) {
  const TemporaryFolder folder("pipeline-down");
  std::string trace_id;
  {
    const Stack stack(folder.path());
    ASSERT_EQ(kill(stack.Pid("category-predictor"), SIGKILL), 0);
    const HttpAnswer posted = PostTransaction(stack, "t1", "user123", "");
    ASSERT_EQ(posted.status, 201) << posted.text;
    EXPECT_EQ(TextOf(posted.root(), "processing"), "queued");
    trace_id = TextOf(posted.root(), "trace_id");
  }
  // The next start finds the job and finishes it, in the same trace.
  const Stack stack(folder.path());
  HttpAnswer answer;
  EXPECT_TRUE(Eventually(60, [&] {
    answer = stack.Call(kProcessor, "GET", "/transactions/t1?user_id=user123");
    return TextOf(answer.root(), "processing") == "done";
  })) << answer.text;
  EXPECT_EQ(TextOf(answer.root(), "trace_id"), trace_id);
}

TEST(Pipeline, BadInputIsRefusedWithAJsonErrorEverywhere) {
  const TemporaryFolder folder("pipeline-bad");
  const Stack stack(folder.path());
  struct Case {
    int port;
    std::string method, target, body, type;
    int status;
  };
  const std::vector<Case> cases{
      {kProcessor, "POST", "/transactions", "{", "application/json", 400},
      {kProcessor, "POST", "/transactions", R"({"user_id":"a b","date":"2026-11-02","amount_minor":1,"currency":"EUR","description":"x"})", "application/json", 400},
      {kProcessor, "POST", "/transactions", "{}", "text/plain", 415},
      {kProcessor, "DELETE", "/transactions", "", "", 405},
      {kProcessor, "GET", "/transactions?user_id=" + std::string(129, 'a'), "", "", 400},
      {kPredictor, "POST", "/categorize", "[1", "application/json", 400},
      {kPredictor, "POST", "/replay", R"({"features":{}})", "application/json", 400},
      {kPredictor, "GET", "/categorize", "", "", 405},
      {kAnalyzer, "GET", "/patterns/a%20b", "", "", 400},
      {kFraud, "POST", "/check", R"({"id":"x"})", "application/json", 400},
      {kBudget, "PUT", "/budgets/user123", R"({"budgets":[{"categories":["nonsense"],"period":"month","limit_minor":1,"currency":"EUR"}]})", "application/json", 400},
      {kAwry, "POST", "/api/v1/search", R"({"query":"{ name = }"})", "application/json", 400},
      {kAwry, "POST", "/api/v1/why", R"({"trace_id":"zz"})", "application/json", 400},
      {kProcessor, "GET", "/nowhere", "", "", 404}};
  for (const Case& c : cases) {
    net::Headers headers;
    if (!c.type.empty()) headers.emplace_back("Content-Type", c.type);
    const HttpAnswer answer = stack.Call(c.port, c.method, c.target, c.body, headers);
    EXPECT_EQ(answer.status, c.status) << c.method << " " << c.target << ": " << answer.text;
    EXPECT_NE(TextOf(answer.root().Find("error"), "message"), "") << c.method << " " << c.target << ": " << answer.text;
  }
}

TEST(Pipeline, ASecondStartOnOneFolderAndAPortInUseAreRefusedByName) {
  const TemporaryFolder folder("pipeline-twice");
  const Stack stack(folder.path());
  const std::string port = std::to_string(stack.Port(kAwry));
  const CommandResult locked = RunCommand(Program("awry") + " serve --data '" + folder.path() + "/awry' --http auto --otlp-grpc 0 --otlp-http 0 "
                                          "--jaeger-compact 0 --jaeger-binary 0 --jaeger-http 0 --jaeger-grpc 0 --zipkin 0 "
                                          "--sampling 0 --sampling-grpc 0 --query-grpc 0 2>&1");
  EXPECT_NE(locked.exit_code, 0);
  EXPECT_THAT(locked.output, HasSubstr(folder.path()));
  const CommandResult taken = RunCommand(Program("awry") + " serve --data '" + folder.path() + "/other' --http " + port +
                                         " --otlp-grpc 0 --otlp-http 0 --jaeger-compact 0 --jaeger-binary 0 --jaeger-http 0 "
                                         "--jaeger-grpc 0 --zipkin 0 --sampling 0 --sampling-grpc 0 --query-grpc 0 2>&1");
  EXPECT_NE(taken.exit_code, 0);
  EXPECT_THAT(taken.output, testing::AllOf(HasSubstr(port), HasSubstr("--http")));
}

}  // namespace
}  // namespace awry::tests
