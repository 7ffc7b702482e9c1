#include "net/http_server.h"

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <atomic>
#include <latch>
#include <mutex>
#include <stdexcept>
#include <thread>

#include "base/mutex.h"
#include "codec/compress.h"
#include "net/test_socket.h"

namespace awry::net {
namespace {

Router EchoRouter() {
  Router router;
  router.Add("POST", "/echo", [](const HttpRequest& request) { return TextResponse(200, request.body); });
  router.Add("GET", "/hello", [](const HttpRequest&) { return TextResponse(200, "hello"); });
  router.Add("GET", "/throw", [](const HttpRequest&) -> HttpResponse { throw std::runtime_error("secret"); });
  router.Add("GET", "/empty", [](const HttpRequest&) { return HttpResponse{.status = 204}; });
  router.Add("GET", "/evil", [](const HttpRequest&) {
    return HttpResponse{.headers = {{"X-A", "a\r\nX-Injected: 1"}, {"Content-Length", "99"}}, .body = "b"};
  });
  router.Add("GET", "/half", [](const HttpRequest&) {
    HttpResponse response;
    response.stream = [](const BodyWriter& write) { return write("half of it") && false; };
    return response;
  });
  router.Add("GET", "/stream", [](const HttpRequest&) {
    HttpResponse response;
    response.stream = [](const BodyWriter& write) {
      for (const std::string_view piece : {"one", "", "two"}) (void)write(piece);
      return true;
    };
    return response;
  });
  return router;
}

std::unique_ptr<HttpServer> StartServer(const HttpServerOptions& options = {}, Router router = EchoRouter()) {
  auto server = HttpServer::Start(options, std::move(router));
  EXPECT_TRUE(server.ok()) << server.status().ToString();
  return std::move(server).value();
}

int StatusOf(std::string_view response) {
  return response.starts_with("HTTP/1.1 ") ? std::stoi(std::string(response.substr(9, 3))) : 0;
}

TEST(HttpServer, AnswersOneRequestAfterAnotherOnAConnection) {
  const auto server = StartServer();
  TestSocket socket(server->port());
  for (int i = 0; i < 3; ++i) {
    socket.Write("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nabcde");
    const std::string response = socket.ReadUntil("abcde");
    EXPECT_EQ(StatusOf(response), 200);
    EXPECT_NE(response.find("\r\nContent-Length: 5\r\n"), std::string::npos);
    EXPECT_NE(response.find("\r\nDate: "), std::string::npos);
  }
}

TEST(HttpServer, TellsAHandlerThatItsClientIsGone) {
  std::latch begun(1), ended(1);
  std::atomic<bool> gone_before{false};
  Router router;
  router.Add("GET", "/long", [&](const HttpRequest& request) {
    gone_before = request.gone();
    begun.count_down();
    while (!request.gone()) std::this_thread::yield();
    ended.count_down();
    return TextResponse(200, "nobody reads this");
  });
  const auto server = StartServer({}, std::move(router));
  {
    TestSocket socket(server->port());
    socket.Write("GET /long HTTP/1.1\r\nHost: x\r\n\r\n");
    begun.wait();
  }
  ended.wait();
  EXPECT_FALSE(gone_before);
}

TEST(HttpServer, ReadsARequestThatComesByteByByte) {
  const auto server = StartServer();
  TestSocket socket(server->port());
  for (const char c : std::string_view("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc")) {
    socket.Write({&c, 1});
  }
  EXPECT_EQ(StatusOf(socket.ReadUntil("\r\n\r\nabc")), 200);
}

TEST(HttpServer, AnswersPipelinedRequestsInOrder) {
  const auto server = StartServer();
  TestSocket socket(server->port());
  std::string requests;
  for (int i = 0; i < 50; ++i) {
    const std::string body = "body" + std::to_string(i) + ";";
    requests += "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
  }
  socket.Write(requests);
  const std::string responses = socket.ReadUntil("body49;");
  size_t at = 0;
  for (int i = 0; i < 50; ++i) {
    at = responses.find("body" + std::to_string(i) + ";", at);
    ASSERT_NE(at, std::string::npos) << i;
  }
}

TEST(HttpServer, ReadsChunkedBodies) {
  const auto server = StartServer();
  TestSocket socket(server->port());
  socket.Write("POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n");
  socket.Write("A;ext=1\r\n0123456789\r\n0\r\nTrailer: 1\r\n\r\n");
  EXPECT_EQ(StatusOf(socket.ReadUntil("abc0123456789")), 200);
}

TEST(HttpServer, SendsContinueBeforeTheBodyIsThere) {
  const auto server = StartServer();
  TestSocket socket(server->port());
  socket.Write("POST /echo HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n");
  EXPECT_EQ(socket.ReadUntil("\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
  socket.Write("abc");
  EXPECT_EQ(StatusOf(socket.ReadUntil("\r\n\r\nabc")), 200);
}

TEST(HttpServer, SendsNoBodyToHeadAndNoContent) {
  const auto server = StartServer();
  TestSocket socket(server->port());
  socket.Write("HEAD /hello HTTP/1.1\r\nHost: x\r\n\r\nGET /empty HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  const std::string responses = socket.ReadToEnd();
  EXPECT_NE(responses.find("Content-Length: 5\r\n\r\nHTTP/1.1 204 "), std::string::npos) << responses;
  EXPECT_EQ(responses.find("hello"), std::string::npos);
  EXPECT_TRUE(responses.ends_with("Connection: close\r\n\r\n"));
}

TEST(HttpServer, RefusesWhatIsTooLargeOrMalformed) {
  const auto server = StartServer({.header_bytes_max = 1'000, .body_bytes_max = 100});
  const auto ask = [&](const std::string& request) {
    TestSocket socket(server->port());
    socket.Write(request);
    return socket.ReadToEnd();
  };
  const std::string post = "POST /echo HTTP/1.1\r\nHost: x\r\nConnection: close\r\n";
  EXPECT_EQ(StatusOf(ask(post + "Content-Length: 100\r\n\r\n" + std::string(100, 'a'))), 200);
  EXPECT_EQ(StatusOf(ask(post + "Content-Length: 101\r\n\r\n" + std::string(101, 'a'))), 413);
  EXPECT_EQ(StatusOf(ask(post + "Transfer-Encoding: chunked\r\n\r\n65\r\n" + std::string(101, 'a') + "\r\n0\r\n\r\n")), 413);
  EXPECT_EQ(StatusOf(ask("GET /hello HTTP/1.1\r\nA: " + std::string(1'100, 'a') + "\r\n\r\n")), 431);
  EXPECT_EQ(StatusOf(ask("GET /hello HTTP/1.1\r\nA: " + std::string(1'100, 'a'))), 431);
  for (const char* malformed : {"nonsense\r\n\r\n", "GET /hello HTTP/1.1\r\nno colon\r\n\r\n", "GET /hello HTTP/9.9\r\n\r\n",
                                "POST /echo HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
                                "POST /echo HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\nab",
                                "POST /echo HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", "GET /a%zz HTTP/1.1\r\nConnection: close\r\n\r\n"}) {
    const std::string response = ask(malformed);
    EXPECT_EQ(StatusOf(response), 400) << malformed;
    EXPECT_NE(response.find(R"({"error":{"code":"INVALID_ARGUMENT")"), std::string::npos);
  }
}

TEST(HttpServer, AnswersARequestThatIsTooSlowWith408AndClosesIdleConnections) {
  const auto server = StartServer({.idle_timeout = std::chrono::milliseconds(80), .read_timeout = std::chrono::milliseconds(80)});
  TestSocket slow(server->port());
  slow.Write("GET /hello HT");
  EXPECT_EQ(StatusOf(slow.ReadToEnd()), 408);
  TestSocket idle(server->port());
  EXPECT_EQ(idle.ReadToEnd(), "");
}

TEST(HttpServer, AStreamThatIsNotWholeHasNoEnd) {
  const auto server = StartServer();
  TestSocket socket(server->port());
  socket.Write("GET /half HTTP/1.1\r\nHost: x\r\n\r\n");
  const std::string response = socket.ReadToEnd();
  EXPECT_EQ(StatusOf(response), 200);
  EXPECT_TRUE(response.ends_with("a\r\nhalf of it\r\n")) << response;
}

TEST(HttpServer, StreamsInChunks) {
  const auto server = StartServer();
  TestSocket socket(server->port());
  socket.Write("GET /stream HTTP/1.1\r\nHost: x\r\n\r\n");
  const std::string response = socket.ReadUntil("0\r\n\r\n");
  EXPECT_NE(response.find("Transfer-Encoding: chunked\r\n\r\n3\r\none\r\n3\r\ntwo\r\n0\r\n\r\n"), std::string::npos) << response;
  TestSocket old(server->port());
  old.Write("GET /stream HTTP/1.0\r\n\r\n");
  EXPECT_TRUE(old.ReadToEnd().ends_with("\r\n\r\nonetwo"));
}

TEST(HttpServer, StopsAStreamWhenThePeerIsGone) {
  std::latch gone(1);
  Router router;
  router.Add("GET", "/endless", [&](const HttpRequest&) {
    HttpResponse response;
    response.stream = [&](const BodyWriter& write) {
      while (write(std::string(10'000, 'x'))) {
      }
      gone.count_down();
      return true;
    };
    return response;
  });
  const auto server = StartServer({}, std::move(router));
  {
    TestSocket socket(server->port());
    socket.Write("GET /endless HTTP/1.1\r\nHost: x\r\n\r\n");
    (void)socket.ReadUntil("xxxx");
  }
  gone.wait();
}

TEST(HttpServer, WritesLargeAnswersToASlowReaderWithoutHoldingAThread) {
  Router router = EchoRouter();
  router.Add("GET", "/large", [](const HttpRequest&) { return TextResponse(200, std::string(20 << 20, 'x')); });
  const auto server = StartServer({.threads = 1}, std::move(router));
  TestSocket slow(server->port());
  slow.Write("GET /large HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  (void)slow.ReadUntil("xxxx");
  TestSocket other(server->port());
  other.Write("GET /hello HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_EQ(StatusOf(other.ReadUntil("hello")), 200);
  size_t size = slow.ReadToEnd().size();
  EXPECT_GT(size, size_t{19} << 20);
}

TEST(HttpServer, AnswersOthersWhileAHandlerBlocks) {
  std::latch entered(1);
  std::latch release(1);
  Router router = EchoRouter();
  router.Add("GET", "/block", [&](const HttpRequest&) {
    entered.count_down();
    release.wait();
    return TextResponse(200, "done");
  });
  const auto server = StartServer({.threads = 2}, std::move(router));
  TestSocket blocked(server->port());
  blocked.Write("GET /block HTTP/1.1\r\nHost: x\r\n\r\n");
  entered.wait();
  for (int i = 0; i < 20; ++i) {
    TestSocket other(server->port());
    other.Write("GET /hello HTTP/1.1\r\nHost: x\r\n\r\n");
    EXPECT_EQ(StatusOf(other.ReadUntil("hello")), 200);
  }
  release.count_down();
  EXPECT_EQ(StatusOf(blocked.ReadUntil("done")), 200);
}

TEST(HttpServer, TurnsAnExceptionInto500WithoutItsText) {
  const auto server = StartServer();
  TestSocket socket(server->port());
  socket.Write("GET /throw HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  const std::string response = socket.ReadToEnd();
  EXPECT_EQ(StatusOf(response), 500);
  EXPECT_EQ(response.find("secret"), std::string::npos);
}

TEST(HttpServer, LetsNoHeaderValueWriteHeaders) {
  const auto server = StartServer();
  TestSocket socket(server->port());
  socket.Write("GET /evil HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  const std::string response = socket.ReadToEnd();
  EXPECT_EQ(response.find("\nX-Injected"), std::string::npos);
  EXPECT_NE(response.find("Content-Length: 1\r\n"), std::string::npos);
  EXPECT_EQ(response.find("99"), std::string::npos);
}

TEST(HttpServer, UndoesContentEncodingWhenAsked) {
  const auto server = StartServer({.body_bytes_max = 10'000, .decompress = true});
  const auto post = [&](const std::string& encoding, const std::string& body) {
    TestSocket socket(server->port());
    socket.Write("POST /echo HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Encoding: " + encoding +
                 "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body);
    return socket.ReadToEnd();
  };
  EXPECT_TRUE(post("gzip", codec::Compress(codec::Compression::kGzip, "plain text").value()).ends_with("plain text"));
  EXPECT_TRUE(post("zstd", codec::Compress(codec::Compression::kZstd, "plain text").value()).ends_with("plain text"));
  EXPECT_TRUE(post("identity", "as it is").ends_with("as it is"));
  EXPECT_EQ(StatusOf(post("br", "x")), 415);
  EXPECT_EQ(StatusOf(post("gzip", "no gzip")), 400);
  const std::string bomb = codec::Compress(codec::Compression::kGzip, std::string(1'000'000, '\0')).value();
  EXPECT_EQ(StatusOf(post("gzip", bomb)), 413);
}

TEST(HttpServer, CountsWhatIsDecompressedBeforeThereIsMoreOfIt) {
  ByteBudget budget(1 << 20);
  const auto server = StartServer({.body_bytes_max = 16 << 20, .decompress = true, .body_budget = &budget});
  const std::string bomb = codec::Compress(codec::Compression::kGzip, std::string(20 << 20, '\0')).value();
  const auto post = [&] {
    TestSocket socket(server->port());
    socket.Write("POST /echo HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Encoding: gzip\r\nContent-Length: " +
                 std::to_string(bomb.size()) + "\r\n\r\n" + bomb);
    return StatusOf(socket.ReadToEnd());
  };
  EXPECT_EQ(post(), 413);
  ASSERT_TRUE(budget.Take(1));  // as another request may
  EXPECT_EQ(post(), 503) << "not even looked at to the limit";
  EXPECT_EQ(budget.taken(), 1u);
}

TEST(HttpServer, NamesAPortThatIsInUse) {
  const auto server = StartServer();
  const auto second = HttpServer::Start({.port = server->port()}, EchoRouter());
  EXPECT_EQ(second.status().code(), base::StatusCode::kFailedPrecondition);
  EXPECT_EQ(second.status().message(), "port in use: 127.0.0.1:" + std::to_string(server->port()));
}

TEST(HttpServer, RefusesConnectionsBeyondItsLimit) {
  const auto server = StartServer({.connections_max = 2});
  TestSocket first(server->port());
  first.Write("GET /hello HTTP/1.1\r\nHost: x\r\n\r\n");
  (void)first.ReadUntil("hello");
  {
    TestSocket second(server->port());
    second.Write("GET /hello HTTP/1.1\r\nHost: x\r\n\r\n");
    (void)second.ReadUntil("hello");
    TestSocket third(server->port());
    EXPECT_EQ(StatusOf(third.ReadUntil("try again")), 503);
  }
  // The second's place is free once the server has seen it close.
  int status = 0;
  for (int i = 0; i < 1'000 && status != 200; ++i) {
    TestSocket fourth(server->port());
    fourth.Write("GET /hello HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    status = StatusOf(fourth.ReadToEnd());
  }
  EXPECT_EQ(status, 200);
}

TEST(HttpServer, ClosesTheConnectionThatIsIdleTheLongestToMakeRoom) {
  // One gives way when it was idle for a sixtieth of the timeout; by the timeout itself both would end.
  const auto server = StartServer({.connections_max = 2, .idle_timeout = std::chrono::seconds(6)});
  TestSocket first(server->port());
  first.Write("GET /hello HTTP/1.1\r\nHost: x\r\n\r\n");
  (void)first.ReadUntil("hello");
  TestSocket second(server->port());
  second.Write("GET /hello HTTP/1.1\r\nHost: x\r\n\r\n");
  (void)second.ReadUntil("hello");
  int status = 503;
  while (status == 503) {
    TestSocket third(server->port());
    third.Write("GET /hello HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    status = StatusOf(third.ReadToEnd());
  }
  EXPECT_EQ(status, 200);
  EXPECT_EQ(first.ReadToEnd(), "");
  second.Write("GET /hello HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_EQ(StatusOf(second.ReadUntil("hello")), 200) << "it was idle, but for less long";
}

class RecordingObserver final : public HttpServerObserver {
 public:
  void* OnStart(const HttpRequest& request) override {
    const std::lock_guard lock(mutex_);
    events += "start " + request.path + ";";
    return this;
  }
  void OnEnd(void* state, const HttpRequest& request, const HttpResponse& response) override {
    const std::lock_guard lock(mutex_);
    EXPECT_EQ(state, this);
    events += "end " + request.route + " " + std::to_string(response.status) + ";";
  }
  std::string events;

 private:
  std::mutex mutex_;
};

TEST(HttpServer, ShowsEveryRequestToItsObserver) {
  RecordingObserver observer;
  const auto server = StartServer({.observer = &observer});
  TestSocket socket(server->port());
  socket.Write("GET /hello?x=1 HTTP/1.1\r\nHost: x\r\n\r\nGET /throw HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  (void)socket.ReadToEnd();
  EXPECT_EQ(observer.events, "start /hello;end /hello 200;start /throw;end /throw 500;");
}

TEST(HttpServer, LetsARunningHandlerFinishWhenItStops) {
  std::latch entered(1);
  std::latch release(1);
  Router router;
  router.Add("GET", "/block", [&](const HttpRequest&) {
    entered.count_down();
    release.wait();
    return TextResponse(200, "done");
  });
  const auto server = StartServer({}, std::move(router));
  TestSocket socket(server->port());
  socket.Write("GET /block HTTP/1.1\r\nHost: x\r\n\r\n");
  entered.wait();
  std::jthread stopper([&] { server->Stop(); });
  release.count_down();
  const std::string response = socket.ReadToEnd();
  EXPECT_EQ(StatusOf(response), 200);
  EXPECT_TRUE(response.ends_with("done"));
  stopper.join();
  EXPECT_FALSE(TestSocket::CanConnect(server->port()));
}

TEST(HttpServer, ListensOnIpv6) {
  auto server = HttpServer::Start({.listen = "::1"}, EchoRouter());
  if (!server.ok()) GTEST_SKIP() << server.status().ToString();
  EXPECT_NE((*server)->port(), 0);
}

TEST(HttpServer, SurvivesManyConnectionsThatComeAndGo) {
  const auto server = StartServer({.threads = 4});
  std::vector<std::jthread> clients;
  for (int c = 0; c < 4; ++c) {
    clients.emplace_back([&] {
      for (int i = 0; i < 100; ++i) {
        TestSocket socket(server->port());
        if (i % 3 == 0) continue;
        socket.Write("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nabc");
        if (i % 3 == 1) continue;
        socket.Write("de");
        EXPECT_EQ(StatusOf(socket.ReadUntil("abcde")), 200);
      }
    });
  }
}

}  // namespace
}  // namespace awry::net
