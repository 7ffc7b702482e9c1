// UDP, and Redis and gRPC with real peers.
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#undef GUARDED_BY

#include <filesystem>
#include <latch>
#include <thread>

#include "base/mutex.h"
#include "net/grpc_server.h"
#include "net/redis.h"
#include "net/socket.h"
#include "net/test_socket.h"
#include "net/udp.h"

extern char** environ;

namespace awry::net {
namespace {

uint16_t FreePort() {
  const Socket socket = Bind("127.0.0.1", 0, SOCK_STREAM).value();
  return BoundPort(socket.fd());
}

TEST(Udp, DeliversDatagrams) {
  std::latch all(3);
  std::vector<std::string> got;
  const auto server = UdpServer::Start("127.0.0.1", 0, [&](std::string_view datagram) {
    got.emplace_back(datagram);
    all.count_down();
  });
  ASSERT_TRUE(server.ok());
  const auto sender = UdpSender::Create("127.0.0.1", (*server)->port()).value();
  for (const std::string& text : {std::string("one"), std::string(), std::string(60'000, 'x')}) {
    EXPECT_TRUE(sender->Send(text).ok());
  }
  all.wait();
  EXPECT_EQ(got, (std::vector<std::string>{"one", "", std::string(60'000, 'x')}));
  EXPECT_EQ(sender->Send(std::string(70'000, 'x')).code(), base::StatusCode::kInvalidArgument);
  const auto second = UdpServer::Start("127.0.0.1", (*server)->port(), [](std::string_view) {});
  EXPECT_EQ(second.status().code(), base::StatusCode::kFailedPrecondition);
}

TEST(Udp, SaysThatNobodyListensAfterTheFirstDatagram) {
  const auto sender = UdpSender::Create("127.0.0.1", FreePort()).value();
  base::Status status;
  for (int i = 0; i < 100'000 && status.ok(); ++i) status = sender->Send("x");
  EXPECT_EQ(status.code(), base::StatusCode::kUnavailable);
}

// A redis-server of its own on a free port; null when it is not installed.
class TestRedis {
 public:
  static std::unique_ptr<TestRedis> Start(uint16_t port, const std::string& password = "") {
    const std::string number = std::to_string(port);
    std::vector<std::string> words{"redis-server", "--port", number,  "--bind", "127.0.0.1", "--save", "",
                                   "--appendonly", "no",     "--dir", "/tmp",   "--logfile", "/dev/null"};
    if (!password.empty()) words.insert(words.end(), {"--requirepass", password});
    std::vector<char*> argv;
    for (std::string& word : words) argv.push_back(word.data());
    argv.push_back(nullptr);
    pid_t pid = 0;
    if (posix_spawnp(&pid, "redis-server", nullptr, nullptr, argv.data(), environ) != 0) return nullptr;
    auto server = std::unique_ptr<TestRedis>(new TestRedis(pid));
    for (int i = 0; i < 1'000'000 && !TestSocket::CanConnect(port); ++i) {
      if (waitpid(pid, nullptr, WNOHANG) != 0) return nullptr;
      std::this_thread::yield();
    }
    return server;
  }
  ~TestRedis() {
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
  }

 private:
  explicit TestRedis(pid_t pid) : pid_(pid) {}
  const pid_t pid_;
};

std::string UrlOf(uint16_t port) { return "redis://127.0.0.1:" + std::to_string(port); }

TEST(Redis, StoresReadsAndDeletes) {
  const uint16_t port = FreePort();
  const auto server = TestRedis::Start(port);
  if (server == nullptr) GTEST_SKIP() << "redis-server is not installed";
  const auto redis = RedisClient::Create(UrlOf(port)).value();
  EXPECT_EQ(redis->Get("none").value(), std::nullopt);
  const std::string binary("a\0b\r\n", 5);
  ASSERT_TRUE(redis->Set("key", binary, std::chrono::seconds(100)).ok());
  EXPECT_EQ(redis->Get("key").value(), binary);
  ASSERT_TRUE(redis->Delete("key").ok());
  EXPECT_EQ(redis->Get("key").value(), std::nullopt);
  EXPECT_EQ(redis->Set("key", "x", std::chrono::seconds(0)).code(), base::StatusCode::kInvalidArgument);
}

TEST(Redis, DeletesByPrefixWhatBeginsWithItAlone) {
  const uint16_t port = FreePort();
  const auto server = TestRedis::Start(port);
  if (server == nullptr) GTEST_SKIP() << "redis-server is not installed";
  const auto redis = RedisClient::Create(UrlOf(port)).value();
  for (int i = 0; i < 3'000; ++i) {
    ASSERT_TRUE(redis->Set("p*:" + std::to_string(i), "x", std::chrono::seconds(100)).ok());
  }
  ASSERT_TRUE(redis->Set("pattern:1", "x", std::chrono::seconds(100)).ok());
  EXPECT_EQ(redis->DeletePrefix("p*:").value(), 3'000);
  EXPECT_TRUE(redis->Get("pattern:1").value().has_value());
  EXPECT_EQ(redis->DeletePrefix("").value(), 1);
}

TEST(Redis, ComesBackAfterTheServerRestarted) {
  const uint16_t port = FreePort();
  auto server = TestRedis::Start(port);
  if (server == nullptr) GTEST_SKIP() << "redis-server is not installed";
  const auto redis = RedisClient::Create(UrlOf(port)).value();
  ASSERT_TRUE(redis->Set("key", "x", std::chrono::seconds(100)).ok());
  server.reset();
  EXPECT_EQ(redis->Get("key").status().code(), base::StatusCode::kUnavailable);
  server = TestRedis::Start(port);
  ASSERT_NE(server, nullptr);
  EXPECT_EQ(redis->Get("key").value(), std::nullopt);
}

TEST(Redis, GivesThePasswordAndPicksTheDatabase) {
  const uint16_t port = FreePort();
  const auto server = TestRedis::Start(port, "p@ss");
  if (server == nullptr) GTEST_SKIP() << "redis-server is not installed";
  const std::string where = "127.0.0.1:" + std::to_string(port);
  const auto redis = RedisClient::Create("redis://:p%40ss@" + where + "/2").value();
  EXPECT_TRUE(redis->Set("key", "x", std::chrono::seconds(9)).ok());
  EXPECT_EQ(RedisClient::Create("redis://:p%40ss@" + where).value()->Get("key").value(), std::nullopt);
  const auto refused = RedisClient::Create("redis://:secret@" + where).value()->Get("key");
  EXPECT_EQ(refused.status().code(), base::StatusCode::kPermissionDenied);
  EXPECT_EQ(refused.status().message().find("secret"), std::string::npos);
}

TEST(Redis, RefusesUrlsOfNoRedis) {
  for (const char* bad : {"", "127.0.0.1:1", "redis://", "redis://h:x", "redis://h:1/x", "redis://pass@h"}) {
    EXPECT_EQ(RedisClient::Create(bad).status().code(), base::StatusCode::kInvalidArgument) << bad;
  }
}

// A client that knows nothing of our server.
class TestGrpcClient {
 public:
  explicit TestGrpcClient(uint16_t port)
      : channel_(grpc::CreateChannel("127.0.0.1:" + std::to_string(port), grpc::InsecureChannelCredentials())) {}

  // `before_reading`, if given, is waited for before the first response is taken.
  grpc::Status Call(const std::string& method, std::string_view request, std::vector<std::string>& responses,
                    size_t responses_max = SIZE_MAX, bool gzip = false, std::latch* before_reading = nullptr) {
    grpc::GenericStub stub(channel_);
    grpc::ClientContext context;
    if (gzip) context.set_compression_algorithm(GRPC_COMPRESS_GZIP);
    grpc::CompletionQueue queue;
    const auto call = stub.PrepareCall(&context, method, &queue);
    const auto wait = [&queue] {
      void* tag = nullptr;
      bool ok = false;
      return queue.Next(&tag, &ok) && ok;
    };
    call->StartCall(this);
    if (wait()) {
      const grpc::Slice slice(request.data(), request.size());
      call->WriteLast(grpc::ByteBuffer(&slice, 1), grpc::WriteOptions(), this);
      const bool sent = wait();
      if (before_reading != nullptr) before_reading->wait();
      if (sent) ReadAll(*call, wait, responses, responses_max, context);
    }
    grpc::Status status;
    call->Finish(&status, this);
    (void)wait();
    return status;
  }

 private:
  template <typename CallType, typename Wait>
  void ReadAll(CallType& call, const Wait& wait, std::vector<std::string>& responses, size_t responses_max,
               grpc::ClientContext& context) {
    while (responses.size() < responses_max) {
      grpc::ByteBuffer buffer;
      call.Read(&buffer, this);
      if (!wait()) return;
      grpc::Slice slice;
      EXPECT_TRUE(buffer.DumpToSingleSlice(&slice).ok());
      responses.emplace_back(reinterpret_cast<const char*>(slice.begin()), slice.size());
    }
    context.TryCancel();
  }

  std::shared_ptr<grpc::Channel> channel_;
};

std::unique_ptr<GrpcServer> StartGrpc(std::latch* stream_ended = nullptr,
                                      std::chrono::milliseconds write_timeout = std::chrono::seconds(30)) {
  GrpcServer::Builder builder;
  builder.AddUnary("/test.T/Echo", [](std::string_view request) -> base::Result<std::string> { return std::string(request); });
  builder.AddUnary("/test.T/Full", [](std::string_view) -> base::Result<std::string> { return base::ResourceExhausted("queue is full"); });
  builder.AddUnary("/test.T/Throw", [](std::string_view) -> base::Result<std::string> { throw std::runtime_error("secret"); });
  builder.AddServerStream("/test.T/Count", [](std::string_view request, GrpcStream& stream) {
    for (int i = 0; i < 100; ++i) (void)stream.Write(std::string(request) + std::to_string(i));
    return base::OutOfRange("the end");
  });
  builder.AddServerStream("/test.T/Endless", [stream_ended](std::string_view, GrpcStream& stream) {
    while (stream.Write(std::string(1'000, 'x'))) {
    }
    stream_ended->count_down();
    return base::OkStatus();
  });
  builder.AddServerStream("/test.T/Quiet", [stream_ended](std::string_view, GrpcStream& stream) {
    (void)stream.Write("one");
    while (!stream.cancelled()) std::this_thread::yield();
    stream_ended->count_down();
    return base::OkStatus();
  });
  builder.AddConversation("/test.T/Talk", [](std::string_view request) -> base::Result<std::string> {
    if (request == "bad") return base::InvalidArgument("bad word");
    return "you said " + std::string(request);
  });
  auto server = builder.Start({.message_bytes_max = 1 << 20, .write_timeout = write_timeout, .health_services = {"test.T"}});
  EXPECT_TRUE(server.ok()) << server.status().ToString();
  return std::move(server).value();
}

TEST(GrpcServer, AnswersUnaryCalls) {
  const auto server = StartGrpc();
  TestGrpcClient client(server->port());
  for (const bool gzip : {false, true}) {
    for (const size_t size : {size_t{0}, size_t{10}, size_t{500'000}}) {
      std::vector<std::string> responses;
      const grpc::Status status = client.Call("/test.T/Echo", std::string(size, 'x'), responses, SIZE_MAX, gzip);
      EXPECT_TRUE(status.ok()) << status.error_message();
      EXPECT_EQ(responses, std::vector<std::string>{std::string(size, 'x')});
    }
  }
}

TEST(GrpcServer, StreamsAnswersAndEndsWithTheHandlersStatus) {
  const auto server = StartGrpc();
  std::vector<std::string> responses;
  const grpc::Status status = TestGrpcClient(server->port()).Call("/test.T/Count", "n", responses);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::OUT_OF_RANGE);
  EXPECT_EQ(status.error_message(), "the end");
  ASSERT_EQ(responses.size(), 100u);
  EXPECT_EQ(responses[99], "n99");
}

TEST(GrpcServer, TellsAStreamThatItsClientIsGone) {
  std::latch ended(1);
  const auto server = StartGrpc(&ended);
  std::vector<std::string> responses;
  EXPECT_EQ(TestGrpcClient(server->port()).Call("/test.T/Endless", "", responses, 3).error_code(), grpc::StatusCode::CANCELLED);
  ended.wait();
}

TEST(GrpcServer, EndsAStreamWhoseClientTakesNothing) {
  std::latch ended(1);
  const auto server = StartGrpc(&ended, std::chrono::milliseconds(50));
  std::vector<std::string> responses;
  const grpc::Status status =
      TestGrpcClient(server->port()).Call("/test.T/Endless", "", responses, SIZE_MAX, false, &ended);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::CANCELLED);
}

TEST(GrpcServer, TellsAHandlerThatWritesNothingThatItsClientIsGone) {
  std::latch ended(1);
  const auto server = StartGrpc(&ended);
  std::vector<std::string> responses;
  EXPECT_EQ(TestGrpcClient(server->port()).Call("/test.T/Quiet", "", responses, 1).error_code(), grpc::StatusCode::CANCELLED);
  ended.wait();
}

TEST(GrpcServer, AnswersEveryMessageOfAConversation) {
  const auto server = StartGrpc();
  const auto channel =
      grpc::CreateChannel("127.0.0.1:" + std::to_string(server->port()), grpc::InsecureChannelCredentials());
  grpc::GenericStub stub(channel);
  grpc::ClientContext context;
  grpc::CompletionQueue queue;
  const auto call = stub.PrepareCall(&context, "/test.T/Talk", &queue);
  const auto wait = [&queue] {
    void* tag = nullptr;
    bool ok = false;
    return queue.Next(&tag, &ok) && ok;
  };
  call->StartCall(nullptr);
  ASSERT_TRUE(wait());
  for (const std::string word : {"hello", "again"}) {
    const grpc::Slice slice(word);
    call->Write(grpc::ByteBuffer(&slice, 1), nullptr);
    ASSERT_TRUE(wait());
    grpc::ByteBuffer answer;
    call->Read(&answer, nullptr);
    ASSERT_TRUE(wait());
    grpc::Slice bytes;
    ASSERT_TRUE(answer.DumpToSingleSlice(&bytes).ok());
    EXPECT_EQ(std::string(reinterpret_cast<const char*>(bytes.begin()), bytes.size()), "you said " + word);
  }
  call->WritesDone(nullptr);
  ASSERT_TRUE(wait());
  grpc::Status status;
  call->Finish(&status, nullptr);
  ASSERT_TRUE(wait());
  EXPECT_TRUE(status.ok()) << status.error_message();
  std::vector<std::string> responses;
  EXPECT_EQ(TestGrpcClient(server->port()).Call("/test.T/Talk", "bad", responses).error_message(), "bad word");
}

TEST(GrpcServer, SendsRetryInfoWithResourceExhausted) {
  const auto server = StartGrpc();
  std::vector<std::string> responses;
  const grpc::Status status = TestGrpcClient(server->port()).Call("/test.T/Full", "", responses);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  // google.rpc.Status{code: 8, message, details: [Any{RetryInfo{retry_delay{seconds: 1}}}]}
  const std::string any = std::string("\x0a\x28type.googleapis.com/google.rpc.RetryInfo\x12\x06\x0a\x04\x08\x01\x10\x00", 50);
  EXPECT_EQ(status.error_details(), std::string("\x08\x08\x12\x0dqueue is full\x1a") + static_cast<char>(any.size()) + any);
}

TEST(GrpcServer, RefusesUnknownMethodsAndLargeMessagesAndSurvivesExceptions) {
  const auto server = StartGrpc();
  TestGrpcClient client(server->port());
  std::vector<std::string> responses;
  EXPECT_EQ(client.Call("/test.T/None", "", responses).error_code(), grpc::StatusCode::UNIMPLEMENTED);
  EXPECT_FALSE(client.Call("/test.T/Echo", std::string(2 << 20, 'x'), responses).ok());
  const grpc::Status thrown = client.Call("/test.T/Throw", "", responses);
  EXPECT_EQ(thrown.error_code(), grpc::StatusCode::INTERNAL);
  EXPECT_EQ(thrown.error_message().find("secret"), std::string::npos);
  EXPECT_TRUE(client.Call("/test.T/Echo", "x", responses).ok());
}

TEST(GrpcServer, AnswersHealthChecks) {
  const auto server = StartGrpc();
  std::vector<std::string> responses;
  EXPECT_TRUE(TestGrpcClient(server->port()).Call("/grpc.health.v1.Health/Check", "", responses).ok());
  EXPECT_EQ(responses, std::vector<std::string>{"\x08\x01"});  // SERVING
  responses.clear();
  EXPECT_TRUE(TestGrpcClient(server->port()).Call("/grpc.health.v1.Health/Check", "\x0a\x06test.T", responses).ok());
  EXPECT_EQ(responses, std::vector<std::string>{"\x08\x01"});
  EXPECT_EQ(TestGrpcClient(server->port()).Call("/grpc.health.v1.Health/Check", "\x0a\x04none", responses).error_code(),
            grpc::StatusCode::NOT_FOUND);
}

TEST(GrpcServer, NamesAPortThatIsInUse) {
  const auto server = StartGrpc();
  GrpcServer::Builder builder;
  const auto second = builder.Start({.port = server->port()});
  EXPECT_EQ(second.status().code(), base::StatusCode::kFailedPrecondition);
  EXPECT_EQ(second.status().message(), "port in use: 127.0.0.1:" + std::to_string(server->port()));
}

}  // namespace
}  // namespace awry::net
