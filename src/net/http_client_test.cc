#include "net/http_client.h"

#include <fcntl.h>
#include <gtest/gtest.h>

#include <atomic>
#include <latch>
#include <thread>

#include "net/http_server.h"
#include "net/socket.h"

namespace awry::net {
namespace {

Router EchoRouter() {
  Router router;
  router.Add("POST", "/echo", [](const HttpRequest& request) {
    HttpResponse response = TextResponse(200, request.body);
    response.headers.emplace_back("X-Peer", request.peer);
    response.headers.emplace_back("X-Trace", std::string(request.header("X-Trace")));
    return response;
  });
  router.Add("GET", "/missing", [](const HttpRequest&) { return ErrorResponse(base::NotFound("no")); });
  router.Add("GET", "/stream", [](const HttpRequest&) {
    HttpResponse response;
    response.stream = [](const BodyWriter& write) {
      for (int i = 0; i < 1'000; ++i) (void)write(std::string(1'000, 'x'));
      return true;
    };
    return response;
  });
  return router;
}

std::unique_ptr<HttpServer> StartServer(const HttpServerOptions& options = {}) {
  return HttpServer::Start(options, EchoRouter()).value();
}

std::unique_ptr<HttpClient> ClientOf(uint16_t port, const HttpClientOptions& options = {}, const std::string& path = "") {
  return HttpClient::Create("http://127.0.0.1:" + std::to_string(port) + path, options).value();
}

// Answers the first request of each connection with the next of its answers, then closes the connection.
class ScriptedServer {
 public:
  explicit ScriptedServer(std::vector<std::string> answers)
      : listener_(Bind("127.0.0.1", 0, SOCK_STREAM).value()), thread_([this, answers] { Run(answers); }) {}
  uint16_t port() const { return BoundPort(listener_.fd()); }
  int requests() const { return requests_; }
  void Join() { thread_.join(); }

 private:
  void Run(const std::vector<std::string>& answers) {
    (void)fcntl(listener_.fd(), F_SETFL, 0);  // blocking
    for (const std::string& answer : answers) {
      const Socket socket(accept(listener_.fd(), nullptr, nullptr));
      std::string got;
      char bytes[4096];
      while (got.find("\r\n\r\n") == std::string::npos) {
        const ssize_t size = recv(socket.fd(), bytes, sizeof(bytes), 0);
        if (size <= 0) break;
        got.append(bytes, static_cast<size_t>(size));
      }
      if (!got.empty()) ++requests_;
      (void)send(socket.fd(), answer.data(), answer.size(), MSG_NOSIGNAL);
    }
  }

  Socket listener_;
  std::atomic<int> requests_ = 0;
  std::jthread thread_;
};

TEST(HttpClient, KeepsItsConnection) {
  const auto server = StartServer();
  const auto client = ClientOf(server->port());
  std::string peer;
  for (int i = 0; i < 5; ++i) {
    const auto response = client->Post("/echo", "body" + std::to_string(i));
    ASSERT_TRUE(response.ok()) << response.status().ToString();
    EXPECT_EQ(response->body, "body" + std::to_string(i));
    if (i > 0) {
      EXPECT_EQ(response->header("x-peer"), peer);
    }
    peer = response->header("x-peer");
  }
}

TEST(HttpClient, GivesEveryStatusAsAnAnswer) {
  const auto server = StartServer();
  const auto client = ClientOf(server->port());
  EXPECT_EQ(client->Get("/missing")->status, 404);
  const auto head = client->Send({.method = "HEAD", .target = "/missing"});
  EXPECT_EQ(head->status, 404);
  EXPECT_EQ(head->body, "");
  EXPECT_EQ(client->Get("/missing")->status, 404);
}

TEST(HttpClient, MovesLargeBodiesAndChunkedAnswers) {
  const auto server = StartServer();
  const auto client = ClientOf(server->port());
  const std::string large(10 << 20, 'y');
  EXPECT_EQ(client->Post("/echo", large)->body, large);
  EXPECT_EQ(client->Get("/stream")->body.size(), 1'000'000u);
  EXPECT_EQ(client->Post("/echo", "after")->body, "after");
}

TEST(HttpClient, PutsThePathOfItsBaseUrlFirst) {
  Router router;
  router.Add("GET", "/base/path/x", [](const HttpRequest& request) { return TextResponse(200, std::string(request.header("host"))); });
  const auto server = HttpServer::Start({}, std::move(router)).value();
  EXPECT_EQ(ClientOf(server->port(), {}, "/base/path/")->Get("/x")->body, "127.0.0.1:" + std::to_string(server->port()));
}

TEST(HttpClient, ReplacesAKeptConnectionThatTheServerClosed) {
  const std::string kept = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
  ScriptedServer server({kept, kept});
  const auto client = ClientOf(server.port());
  EXPECT_EQ(client->Get("/1")->body, "ok");
  EXPECT_EQ(client->Get("/2")->body, "ok");
  server.Join();
  EXPECT_EQ(server.requests(), 2);
}

TEST(HttpClient, DoesNotSendAgainWhenAnAnswerHadBegun) {
  ScriptedServer server({"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf"});
  const auto client = ClientOf(server.port());
  EXPECT_EQ(client->Get("/1").status().code(), base::StatusCode::kUnavailable);
  server.Join();
  EXPECT_EQ(server.requests(), 1);
}

TEST(HttpClient, ReadsAnAnswerThatEndsWithTheConnectionAndSkipsContinue) {
  ScriptedServer server({"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n\r\nto the end", "nonsense\r\n\r\n"});
  const auto client = ClientOf(server.port());
  EXPECT_EQ(client->Get("/1")->body, "to the end");
  EXPECT_EQ(client->Get("/2").status().code(), base::StatusCode::kInternal);
}

TEST(HttpClient, SaysThatNobodyListens) {
  uint16_t port = 0;
  {
    const Socket taken = Bind("127.0.0.1", 0, SOCK_STREAM).value();
    port = BoundPort(taken.fd());
  }
  EXPECT_EQ(ClientOf(port)->Get("/").status().code(), base::StatusCode::kUnavailable);
}

TEST(HttpClient, GivesUpAfterItsTimeout) {
  std::latch release(1);
  Router router;
  router.Add("GET", "/slow", [&](const HttpRequest&) {
    release.wait();
    return TextResponse(200, "");
  });
  const auto server = HttpServer::Start({}, std::move(router)).value();
  const auto client = ClientOf(server->port(), {.timeout = std::chrono::milliseconds(50)});
  EXPECT_EQ(client->Get("/slow").status().code(), base::StatusCode::kDeadlineExceeded);
  release.count_down();
}

TEST(HttpClient, RefusesAnAnswerThatIsTooLarge) {
  const auto server = StartServer();
  const auto client = ClientOf(server->port(), {.response_bytes_max = 1'000});
  EXPECT_EQ(client->Post("/echo", std::string(1'000, 'x'))->body.size(), 1'000u);
  EXPECT_EQ(client->Post("/echo", std::string(1'001, 'x')).status().code(), base::StatusCode::kResourceExhausted);
  EXPECT_EQ(client->Get("/stream").status().code(), base::StatusCode::kResourceExhausted);
}

TEST(HttpClient, ShowsTheRefusalOfABodyThatTheServerDidNotRead) {
  const auto server = StartServer({.body_bytes_max = 1'000});
  const auto client = ClientOf(server->port());
  const auto response = client->Post("/echo", std::string(1 << 20, 'x'));
  ASSERT_TRUE(response.ok()) << response.status().ToString();
  EXPECT_EQ(response->status, 413);
}

TEST(HttpClient, RefusesRequestsThatWouldWriteHeaders) {
  const auto client = ClientOf(1);
  for (const char* target : {"", "x", "/a b", "/a\r\nX: y"}) {
    EXPECT_EQ(client->Get(target).status().code(), base::StatusCode::kInvalidArgument) << target;
  }
  const auto bad = client->Send({.method = "GET", .target = "/", .headers = {{"A", "b\r\nC: d"}}});
  EXPECT_EQ(bad.status().code(), base::StatusCode::kInvalidArgument);
}

TEST(HttpClient, ReadsUrls) {
  for (const char* good : {"http://localhost:1", "http://[::1]:80/x", "http://h"}) EXPECT_TRUE(HttpClient::Create(good).ok()) << good;
  for (const char* bad : {"", "localhost:1", "http://", "http://:1", "http://h:", "http://h:0", "http://h:99999", "http://u@h:1", "ftp://h"}) {
    EXPECT_EQ(HttpClient::Create(bad).status().code(), base::StatusCode::kInvalidArgument) << bad;
  }
  EXPECT_EQ(HttpClient::Create("https://h").status().code(), base::StatusCode::kUnimplemented);
}

class TracingObserver final : public HttpClientObserver {
 public:
  void* OnStart(HttpRequest& request, const std::string& base_url) override {
    EXPECT_TRUE(base_url.starts_with("http://127.0.0.1:"));
    request.headers.emplace_back("X-Trace", "abc");
    return this;
  }
  void OnEnd(void* state, const HttpRequest&, const HttpResponse* response, const base::Status& status) override {
    EXPECT_EQ(state, this);
    ends.push_back(response == nullptr ? -static_cast<int>(status.code()) : response->status);
  }
  std::vector<int> ends;
};

TEST(HttpClient, LetsItsObserverAddHeadersAndSeeTheEnd) {
  TracingObserver observer;
  auto server = StartServer();
  const auto client = ClientOf(server->port(), {.observer = &observer});
  EXPECT_EQ(client->Post("/echo", "x")->header("X-Trace"), "abc");
  server.reset();
  EXPECT_FALSE(client->Get("/").ok());
  EXPECT_EQ(observer.ends, (std::vector<int>{200, -static_cast<int>(base::StatusCode::kUnavailable)}));
}

TEST(HttpClient, ServesManyThreads) {
  const auto server = StartServer();
  const auto client = ClientOf(server->port());
  std::vector<std::jthread> threads;
  for (int t = 0; t < 6; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 200; ++i) {
        const std::string body = std::to_string(t) + ":" + std::to_string(i);
        const auto response = client->Post("/echo", body);
        ASSERT_TRUE(response.ok()) << response.status().ToString();
        EXPECT_EQ(response->body, body);
      }
    });
  }
}

}  // namespace
}  // namespace awry::net
