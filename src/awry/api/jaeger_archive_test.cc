#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "awry/api/server_test.h"

namespace awry::api {
namespace {

using query::MakeTrace;
using testing::HasSubstr;

class ArchivedServer {
 public:
  ArchivedServer() : server_({.archive = archive_.get()}) {}
  ~ArchivedServer() { std::filesystem::remove_all(folder_); }
  TestServer& operator*() { return server_; }
  TestServer* operator->() { return &server_; }
  store::TraceStore& archive() { return *archive_; }

 private:
  const std::string folder_ = (std::filesystem::temp_directory_path() /
                               ("awry_archive_" + std::to_string(base::EntropySeed())))
                                  .string();
  std::unique_ptr<store::TraceStore> archive_ = columnar::Open({.path = folder_}).value();
  TestServer server_;
};

TEST(JaegerArchive, KeepsATraceAndAnswersAsJaegerDoes) {
  ArchivedServer server;
  server->Add(MakeTrace(0xa, {{.id = 1}, {.id = 2, .parent = 1}}));
  for (int again = 0; again < 2; ++again) {
    const auto response = server->Send("POST", "/api/archive/a");
    EXPECT_EQ(response.status, 200);
    EXPECT_EQ(response.body, R"({"data":[],"total":0,"limit":0,"offset":0,"errors":[]})");
  }
  EXPECT_EQ(server.archive().GetTrace({0, 0xa}).value().spans.size(), 2u);
  const auto missing = server->Send("POST", "/api/archive/dead?start=1&end=2");
  EXPECT_EQ(missing.status, 404);
  EXPECT_THAT(missing.body, HasSubstr(R"("errors":[{"code":404,"msg":"trace not found"}])"));
  EXPECT_EQ(server->Send("POST", "/api/archive/xyz").status, 400);
  EXPECT_EQ(server->Send("POST", "/api/archive/a?start=x").status, 400);
}

TEST(JaegerArchive, GivesWhatTheStoreHasNoMore) {
  ArchivedServer server;
  const auto batch = server.archive().NewBatch();
  trace::Replay(query::MakeSpan({0, 0xe}, {.id = 5, .name = "kept"}), *batch);
  ASSERT_TRUE(batch->Commit().ok());
  EXPECT_THAT(server->Get("/api/traces/e").body, HasSubstr("kept"));
  EXPECT_THAT(server->Get("/api/traces?traceID=e").body, HasSubstr("kept"));
  EXPECT_THAT(server->Get("/api/v3/traces/e").body, HasSubstr("kept"));
  EXPECT_EQ(server->Send("POST", "/api/archive/e").status, 200);
}

TEST(JaegerArchive, SaysThatThereIsNone) {
  TestServer server;
  server.Add(MakeTrace(0xa, {{.id = 1}}));
  const auto response = server.Send("POST", "/api/archive/a");
  EXPECT_EQ(response.status, 501);
  EXPECT_THAT(response.body, HasSubstr("archive storage was not configured"));
}

TEST(DeepDependencies, NamesThePathsThroughAService) {
  TestServer server;
  server.Add(MakeTrace(0xa, {{.id = 1, .service = "web", .name = "GET /"},
                             {.id = 2, .parent = 1, .service = "web", .name = "render"},
                             {.id = 3, .parent = 2, .service = "shop", .name = "list"},
                             {.id = 4, .parent = 3, .service = "db", .name = "select"},
                             {.id = 5, .parent = 1, .service = "auth", .name = "check"}}));
  EXPECT_EQ(
      server.Get("/api/deep-dependencies?service=shop").body,
      R"({"dependencies":[{"path":[{"service":"web","operation":"GET /"},{"service":"shop","operation":"list"},)"
      R"({"service":"db","operation":"select"}],"attributes":[{"key":"exemplar_trace_id","value":"000000000000000a"}]}]})");
  EXPECT_EQ(server.Get("/api/deep-dependencies?service=shop&operation=other").body,
            R"({"dependencies":[]})");
  EXPECT_EQ(server.Get("/api/deep-dependencies").status, 400);
}

TEST(QualityMetrics, CountWhatTheSpansOfAServiceLack) {
  TestServer server;
  server.Add(MakeTrace(
      0xa, {{.id = 1, .service = "web", .kind = trace::SpanKind::kUnspecified},
            {.id = 2, .parent = 99, .service = "web", .status = trace::SpanStatus::kError},
            {.id = 3, .parent = 98, .service = "db"}}));
  const auto response = server.Get("/api/quality-metrics?service=web&lookback=1");
  ASSERT_EQ(response.status, 200) << response.body;
  const auto json = codec::JsonDocument::Parse(response.body).value();
  const auto parent = json.root().Find("metrics").At(0);
  EXPECT_EQ(parent.Find("name").AsString(), "Parent is there");
  EXPECT_EQ(parent.Find("failureCount").AsInt64(), 1);
  EXPECT_EQ(parent.Find("exemptionCount").AsInt64(), 1);
  EXPECT_EQ(parent.Find("failureExamples").At(0).Find("spanIDs").At(0).AsString(),
            "0000000000000002");
  EXPECT_EQ(json.root().Find("scores").At(0).Find("value").AsInt64(), 0);
  EXPECT_EQ(json.root().Find("metrics").At(3).Find("failureCount").AsInt64(), 1);
  EXPECT_EQ(server.Get("/api/quality-metrics").status, 400);
}

}  // namespace
}  // namespace awry::api
