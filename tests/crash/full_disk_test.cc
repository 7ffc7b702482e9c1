// The real server on a file system that runs full under a real client: it refuses with a code that
// says "again later", answers questions meanwhile, goes on when there is room, and has all that it
// acknowledged, also after a SIGKILL.
// Ours come first: Abseil, which gRPC includes, defines GUARDED_BY as well.
#include "crash_server.h"
#include "small_disk.h"

#include "awry/ingest/grpc_test_call.h"

#include <gmock/gmock.h>

namespace awry {
namespace {

using testing::AnyOf;
using testing::HasSubstr;

// Before main, because there must be one thread only.
const std::string kNoNamespace = EnterMountNamespace();

constexpr char kExport[] = "/opentelemetry.proto.collector.trace.v1.TraceService/Export";
constexpr uint64_t kSpans = 100;

// Sends traces of kSpans spans with bytes that nothing compresses: 50 KiB a request.
class Client {
 public:
  explicit Client(const Server& server) { Connect(server); }

  void Connect(const Server& server) {
    auto otlp = net::HttpClient::Create(server.otlp());
    auto pages = net::HttpClient::Create(server.pages());
    ASSERT_TRUE(otlp.ok() && pages.ok());
    otlp_ = *std::move(otlp);
    pages_ = *std::move(pages);
    grpc_ = server.otlp_grpc();
  }

  // Whether the next trace was taken; what was refused was refused as it should be.
  bool Send() {
    const trace::TraceId id{7, next_++};
    const auto answer = otlp_->Post("/v1/traces", NextRequest(id), "application/x-protobuf");
    EXPECT_TRUE(answer.ok()) << answer.status().ToString();
    if (!answer.ok()) return false;
    if (answer->status == 200) {
      acknowledged_.push_back(id);
      return true;
    }
    EXPECT_THAT(answer->status, AnyOf(429, 503)) << answer->body;
    EXPECT_NE(answer->header("Retry-After"), "");
    return false;
  }
  bool SendByGrpc() {
    const trace::TraceId id{7, next_++};
    const auto port = static_cast<uint16_t>(std::stoi(grpc_.substr(grpc_.rfind(':') + 1)));
    const ingest::GrpcAnswer answer = ingest::CallGrpc(port, kExport, NextRequest(id));
    if (answer.status.ok()) {
      acknowledged_.push_back(id);
      return true;
    }
    if (answer.status.error_code() == grpc::StatusCode::RESOURCE_EXHAUSTED) {
      EXPECT_TRUE(answer.has_details) << "RetryInfo, without which clients drop the spans";
    } else {
      EXPECT_EQ(answer.status.error_code(), grpc::StatusCode::UNAVAILABLE);
    }
    return false;
  }
  void SendUntilRefused() {
    while (Send() && !testing::Test::HasFailure()) continue;
  }
  // Until `count` more were taken: some may be refused at first.
  void SendUntilTaken(size_t count) {
    for (const size_t enough = acknowledged_.size() + count;
         acknowledged_.size() < enough && !testing::Test::HasFailure();) {
      Send();
    }
  }

  // Each acknowledged trace is there, whole, and there are no others.
  void ExpectAll(const Server& server) {
    ExpectAllThere(server.pages(), acknowledged_, kSpans);
    EXPECT_EQ(Number("/api/v1/status", "spans"), static_cast<int64_t>(acknowledged_.size() * kSpans));
    const auto services = pages_->Get("/api/services");
    ASSERT_TRUE(services.ok());
    EXPECT_THAT(services->body, HasSubstr("\"client\""));
    const auto found = pages_->Post("/api/v1/search", R"({"query": "{ span.n = 1 }"})", "application/json");
    ASSERT_TRUE(found.ok());
    EXPECT_EQ(found->status, 200) << found->body;
    EXPECT_THAT(found->body, HasSubstr("\"total\":1"));
  }
  int64_t Number(const std::string& target, const std::string& field) {
    const auto json = codec::JsonDocument::Parse(Get(target));
    EXPECT_TRUE(json.ok());
    return json.ok() ? json->root().Find(field).AsInt64().value_or(-1) : -1;
  }
  std::string Get(const std::string& target) {
    const auto answer = pages_->Get(target);
    EXPECT_TRUE(answer.ok() && answer->status == 200) << target;
    return answer.ok() ? answer->body : "";
  }
  size_t acknowledged() const { return acknowledged_.size(); }

 private:
  std::string NextRequest(const trace::TraceId& id) {
    return Request(id, kSpans, [this](trace::Span& span) {
      std::string noise(400, '\0');
      for (char& c : noise) c = static_cast<char>(random_.Next());
      span.attributes.push_back({"noise", trace::Value(trace::ValueView::Bytes(noise))});
    });
  }

  base::Random random_{11};
  std::unique_ptr<net::HttpClient> otlp_, pages_;
  std::string grpc_;
  uint64_t next_ = 1;
  std::vector<trace::TraceId> acknowledged_;
};

TEST(FullDisk, RefusesWhatTheLogHasNoRoomForAndGoesOnLater) {
  if (!kNoNamespace.empty()) GTEST_SKIP() << kNoNamespace;
  SmallDisk disk(16);
  disk.Fill(5 << 20);  // less than a table: the log alone fills it
  Server server(disk.data());
  Client client(server);
  client.SendUntilRefused();
  EXPECT_GE(client.acknowledged(), 20u);
  EXPECT_FALSE(client.SendByGrpc());
  client.ExpectAll(server);

  // A server that is killed then starts on the full disk, too.
  server.Kill(SIGKILL);
  disk.Fill(0);
  Server second(disk.data());
  client.Connect(second);
  client.ExpectAll(second);
  EXPECT_FALSE(client.Send());
  EXPECT_FALSE(client.SendByGrpc());
  client.ExpectAll(second);

  disk.MakeRoom();
  EXPECT_TRUE(client.Send()) << "at once";
  EXPECT_TRUE(client.SendByGrpc());
  client.SendUntilTaken(20);
  second.Kill(SIGKILL);
  const Server third(disk.data());
  client.Connect(third);
  client.ExpectAll(third);
}

TEST(FullDisk, WritesSegmentsLaterThatHaveNoRoom) {
  if (!kNoNamespace.empty()) GTEST_SKIP() << kNoNamespace;
  SmallDisk disk(64);
  disk.Fill(14 << 20);  // the first table's log and a part of its segment
  Server server(disk.data());
  Client client(server);
  client.SendUntilRefused();
  while (client.Get("/api/v1/status").find(".seg.tmp") == std::string::npos) client.Send();
  for (int times = 0; times < 10; ++times) client.ExpectAll(server);  // some tries long
  EXPECT_LE(disk.Count(".seg.tmp"), 1u) << "no try leaves anything behind";
  disk.MakeRoom();
  client.SendUntilTaken(20);
  while (client.Number("/api/v1/status", "segments") == 0) client.Send();
  client.ExpectAll(server);
  server.Kill(SIGKILL);
  const Server again(disk.data());
  client.Connect(again);
  client.ExpectAll(again);
}

TEST(FullDisk, TakesSpansWhileAMergeHasNoRoom) {
  if (!kNoNamespace.empty()) GTEST_SKIP() << kNoNamespace;
  SmallDisk disk(160);
  Server server(disk.data());
  Client client(server);
  while (client.Number("/api/v1/status", "segments") < 7) client.SendUntilTaken(10);
  disk.Fill(30 << 20);  // for some tables, not for eight segments of about 7 MiB
  while (client.Get("/api/v1/status").find(".seg.tmp") == std::string::npos) client.Send();
  EXPECT_GE(client.Number("/api/v1/status", "segments"), 8);
  client.SendUntilTaken(20);
  client.ExpectAll(server);
  client.SendUntilRefused();
  client.ExpectAll(server);

  server.Kill(SIGKILL);
  disk.MakeRoom();
  Server second(disk.data());
  client.Connect(second);
  client.SendUntilTaken(20);
  while (client.Number("/api/v1/status", "segments") > 7) client.Send();  // merged
  client.ExpectAll(second);
  second.Kill(SIGKILL);
  const Server third(disk.data());
  client.Connect(third);
  client.ExpectAll(third);
}

}  // namespace
}  // namespace awry
