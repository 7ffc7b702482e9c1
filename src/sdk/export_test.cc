#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <condition_variable>
#include <cstdlib>
#include <thread>

#include "net/http_server.h"
#include "net/udp.h"
#include "sdk/sdk_test_receiver.h"
#include "wire/jaeger_thrift.h"

namespace awry::sdk {
namespace {

using std::chrono::milliseconds;

// An OTLP/HTTP backend that answers the statuses it was given, then 200.
class HttpBackend {
 public:
  explicit HttpBackend(std::vector<int> statuses = {}, std::string retry_after = {})
      : statuses_(std::move(statuses)), retry_after_(std::move(retry_after)) {
    net::Router router;
    router.Add("POST", "/v1/traces",
               [this](const net::HttpRequest& request) { return Answer(request); });
    auto server = net::HttpServer::Start({.decompress = true}, router);
    EXPECT_TRUE(server.ok());
    server_ = std::move(server).value();
  }
  std::string endpoint() const {
    return "http://127.0.0.1:" + std::to_string(server_->port()) + "/v1/traces";
  }
  Receiver& receiver() { return receiver_; }
  int requests() const { return requests_; }
  std::string last_header(std::string_view name) {
    const std::scoped_lock lock(mutex_);
    return std::string(net::FindHeader(headers_, name));
  }

 private:
  net::HttpResponse Answer(const net::HttpRequest& request) {
    const std::scoped_lock lock(mutex_);
    headers_ = request.headers;
    const size_t n = static_cast<size_t>(requests_++);
    if (n < statuses_.size()) {
      net::HttpResponse response{.status = statuses_[n]};
      if (!retry_after_.empty()) response.headers.emplace_back("Retry-After", retry_after_);
      return response;
    }
    wire::DecodeReport report;
    trace::SpanCollector count;
    (void)wire::DecodeOtlpProto(request.body, count, report);
    receiver_.Take(request.body, count.spans().size());
    return {.status = 200};
  }
  std::mutex mutex_;
  std::vector<int> statuses_;
  std::string retry_after_;
  net::Headers headers_;
  std::atomic<int> requests_{0};
  Receiver receiver_;
  std::unique_ptr<net::HttpServer> server_;
};

Options To(const HttpBackend& backend) {
  Options options;
  options.otlp_endpoint = backend.endpoint();
  options.on_error = [](std::string_view) {};
  return options;
}

TEST(OtlpExporter, SendsSpansWithHeadersAndGzip) {
  HttpBackend backend;
  Options options = To(backend);
  options.gzip = true;
  options.otlp_headers = {{"x-api-key", "k"}};
  const Tracer tracer = setup_tracing("svc", options);
  for (int i = 0; i < 1'000; ++i) tracer.start_span("s").set_attribute("i", i);
  EXPECT_TRUE(force_flush());
  EXPECT_EQ(backend.receiver().spans().size(), 1'000u);
  EXPECT_EQ(backend.last_header("x-api-key"), "k");
  EXPECT_EQ(backend.last_header("Content-Type"), "application/x-protobuf");
  EXPECT_TRUE(shutdown());
  const Stats s = stats();
  EXPECT_EQ(s.started, 1'000u);
  EXPECT_EQ(s.ended, 1'000u);
  EXPECT_EQ(s.exported, 1'000u);
  EXPECT_FALSE(backend.receiver().is_damaged());
}

TEST(OtlpExporter, TriesAgainWhenTheBackendAsksForIt) {
  HttpBackend backend({503, 429});
  const Tracer tracer = setup_tracing("svc", To(backend));
  tracer.start_span("s").end();
  EXPECT_FALSE(force_flush()) << "exports failed on the way";
  EXPECT_EQ(backend.receiver().spans().size(), 1u);
  EXPECT_EQ(backend.requests(), 3);
  shutdown();
  EXPECT_EQ(stats().exported, 1u);
  EXPECT_EQ(stats().failed_exports, 2u);
}

TEST(OtlpExporter, DoesNotTryAgainWhenTheBackendRefuses) {
  HttpBackend backend({400});
  const Tracer tracer = setup_tracing("svc", To(backend));
  tracer.start_span("s").end();
  EXPECT_FALSE(force_flush());
  EXPECT_EQ(backend.requests(), 1);
  shutdown();
  EXPECT_EQ(stats().dropped_export_failed, 1u);
}

TEST(OtlpExporter, WithTheBackendAwayDropsAreCountedAndShutdownIsBounded) {
  Options options;
  options.otlp_endpoint = "http://127.0.0.1:1/v1/traces";  // nobody listens
  options.queue_spans_max = 100;
  options.batch_spans_max = 10;
  std::atomic<int> warnings{0};
  options.on_error = [&](std::string_view) { ++warnings; };
  const Tracer tracer = setup_tracing("svc", options);
  for (int i = 0; i < 999; ++i) tracer.start_span("s").end();
  // Alone in a batch it waits for the shutdown, however fast the others failed before.
  tracer.start_span("last").end();
  const auto before = std::chrono::steady_clock::now();
  EXPECT_FALSE(shutdown(milliseconds(300)));
  EXPECT_LT(std::chrono::steady_clock::now() - before, std::chrono::seconds(5));
  tracer.start_span("late").end();
  const Stats s = stats();
  EXPECT_EQ(s.ended, 1'000u);
  EXPECT_EQ(s.exported, 0u);
  EXPECT_GE(s.dropped_queue_full, 800u);
  EXPECT_EQ(s.dropped_queue_full + s.dropped_export_failed, 1'000u);
  EXPECT_EQ(warnings, 1) << "one warning, not one for each batch";
}

TEST(BatchProcessor, CountsWhatDoesNotFitTheQueue) {
  Receiver receiver;
  std::mutex gate;
  gate.lock();
  Options options = receiver.options();
  options.on_export = [&](std::string_view request, size_t spans) {
    const std::scoped_lock lock(gate);
    return receiver.Take(request, spans);
  };
  options.queue_spans_max = 50;
  options.batch_spans_max = 50;
  options.schedule_delay = std::chrono::hours(1);
  const Tracer tracer = setup_tracing("svc", options);
  for (int i = 0; i < 500; ++i) tracer.start_span("s").end();
  gate.unlock();
  shutdown();
  const Stats s = stats();
  EXPECT_EQ(s.exported + s.dropped_queue_full, 500u);
  EXPECT_GE(s.exported, 50u);
  EXPECT_LE(s.exported, 100u) << "at most one batch in flight and one full queue";
  EXPECT_EQ(receiver.spans().size(), s.exported);
}

TEST(BatchProcessor, ASpanThatEndsAfterShutdownIsCounted) {
  Receiver receiver;
  const Tracer tracer = setup_tracing("svc", receiver.options());
  Span late = tracer.start_span("late");
  shutdown();
  late.end();
  EXPECT_EQ(stats().dropped_after_shutdown, 1u);
}

TEST(BatchProcessor, ASecondSetUpWarnsAndANewOneAfterShutdownWorks) {
  Receiver receiver, other;
  setup_tracing("one", receiver.options());
  setup_tracing("two", other.options()).start_span("s").end();
  shutdown();
  EXPECT_EQ(receiver.span("s").resource->service, "one");
  EXPECT_EQ(receiver.warnings().size(), 1u);
  setup_tracing("three", other.options()).start_span("t").end();
  shutdown();
  EXPECT_EQ(other.span("t").resource->service, "three");
}

TEST(BatchProcessor, ManyThreadsLoseNothing) {
  Receiver receiver;
  Options options = receiver.options();
  options.queue_spans_max = 1 << 20;
  options.batch_spans_max = 64;
  options.schedule_delay = milliseconds(1);
  const Tracer tracer = setup_tracing("svc", options);
  constexpr int kThreads = 8, kRounds = 3, kSpans = 300;
  for (int round = 0; round < kRounds; ++round) {
    std::vector<std::thread> threads;
    for (int t = 0; t < kThreads; ++t) {
      threads.emplace_back([&, t] {
        for (int i = 0; i < kSpans; ++i) {
          auto span = tracer.start_as_current_span("work");
          span.set_attribute("thread", t);
          span.set_attribute("text", std::string(static_cast<size_t>(i % 100) * 10, 'x'));
          if (i % 50 == 0) (void)force_flush();
        }
      });
    }
    Span moved = tracer.start_span("moved");
    threads.emplace_back([span = std::move(moved)]() mutable { span.set_attribute("here", true); });
    for (std::thread& thread : threads) thread.join();
  }
  EXPECT_TRUE(shutdown());
  EXPECT_EQ(receiver.spans().size(), static_cast<size_t>(kRounds * (kThreads * kSpans + 1)));
  EXPECT_FALSE(receiver.is_damaged());
}

// A UDP agent.
class Agent {
 public:
  Agent() {
    auto server = net::UdpServer::Start("127.0.0.1", 0,
                                        [this](std::string_view datagram) { Take(datagram); });
    EXPECT_TRUE(server.ok());
    server_ = std::move(server).value();
  }
  Options options() const {
    Options options;
    options.jaeger_host = "127.0.0.1";
    options.jaeger_port = server_->port();
    return options;
  }
  // Waits until `count` spans are there.
  bool WaitFor(size_t count) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, std::chrono::seconds(10),
                             [&] { return collector_.spans().size() >= count; });
  }
  std::vector<trace::Span> spans() {
    const std::scoped_lock lock(mutex_);
    return collector_.spans();
  }
  std::vector<size_t> sizes() {
    const std::scoped_lock lock(mutex_);
    return sizes_;
  }

 private:
  void Take(std::string_view datagram) {
    const std::scoped_lock lock(mutex_);
    wire::DecodeReport report;
    EXPECT_TRUE(
        wire::DecodeJaegerDatagram(wire::ThriftProtocol::kCompact, datagram, collector_, report)
            .ok());
    sizes_.push_back(datagram.size());
    changed_.notify_all();
  }
  std::mutex mutex_;
  std::condition_variable changed_;
  trace::SpanCollector collector_;
  std::vector<size_t> sizes_;
  std::unique_ptr<net::UdpServer> server_;
};

TEST(JaegerExporter, SplitsBatchesToFitTheDatagram) {
  Agent agent;
  const Tracer tracer = setup_tracing("svc", agent.options());
  for (int i = 0; i < 300; ++i) {
    Span span = tracer.start_span("s", {.kind = SpanKind::kServer});
    span.set_attribute("text", std::string(1'000, 'x'));
  }
  EXPECT_TRUE(force_flush());
  ASSERT_TRUE(agent.WaitFor(300)) << "all 300 kB arrive";
  for (const size_t size : agent.sizes()) EXPECT_LE(size, 65'000u);
  EXPECT_GE(agent.sizes().size(), 5u);
  EXPECT_EQ(agent.spans().front().resource->service, "svc");
  EXPECT_EQ(agent.spans().front().kind, trace::SpanKind::kServer);
  shutdown();
  EXPECT_EQ(stats().exported, 300u);
}

TEST(JaegerExporter, TrimsASpanThatFitsNoDatagram) {
  Agent agent;
  const Tracer tracer = setup_tracing("svc", agent.options());
  {
    Span span = tracer.start_span("big");
    span.set_attribute("short", "stays");
    span.set_attribute("long", std::string(200'000, 'x'));
    span.set_attribute("longer", std::string(300'000, 'y'));
  }
  {
    Span span = tracer.start_span("many");
    for (int i = 0; i < 2'000; ++i) span.add_event("event", {{"k", std::string(60, 'z')}});
    for (int i = 0; i < 100; ++i)
      span.set_attribute("k" + std::to_string(i),
                         std::string(60 + static_cast<size_t>(i) * 100, 'v'));
  }
  EXPECT_TRUE(force_flush());
  ASSERT_TRUE(agent.WaitFor(2));
  shutdown();
  EXPECT_EQ(stats().trimmed, 2u);
  EXPECT_EQ(stats().exported, 2u);
  const trace::Span big = agent.spans().front();
  EXPECT_TRUE(trace::Find(big.attributes, "awry.trimmed")->view().boolean);
  EXPECT_EQ(trace::Find(big.attributes, "short")->view().bytes, "stays");
  EXPECT_LT(trace::Find(big.attributes, "longer")->view().bytes.size(), 300'000u);
}

// ThreadSanitizer knows no threads in the child of a process that had some; AddressSanitizer's
// allocator may be locked in it for ever.
#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)
#define SKIP_UNDER_SANITIZERS() GTEST_SKIP()
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer) || __has_feature(address_sanitizer)
#define SKIP_UNDER_SANITIZERS() GTEST_SKIP()
#endif
#endif
#ifndef SKIP_UNDER_SANITIZERS
#define SKIP_UNDER_SANITIZERS() (void)0
#endif

// Runs `body` in a child process that ends by std::exit; returns its exit code.
template <typename Body>
int ExitCodeOf(Body body) {
  const pid_t child = ::fork();
  if (child == 0) {
    body();
    std::exit(7);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

TEST(Exit, SendsTheLastSpans) {
  SKIP_UNDER_SANITIZERS();
  Agent agent;
  EXPECT_EQ(ExitCodeOf([&] {
              const Tracer tracer = setup_tracing("child", agent.options());
              tracer.start_span("last words").end();
            }),
            7);
  EXPECT_TRUE(agent.WaitFor(1));
}

TEST(Exit, IsBoundedWhenTheBackendIsAway) {
  SKIP_UNDER_SANITIZERS();
  const auto before = std::chrono::steady_clock::now();
  EXPECT_EQ(ExitCodeOf([] {
              Options options;
              options.otlp_endpoint = "http://127.0.0.1:1/v1/traces";
              options.exit_timeout = milliseconds(100);
              options.on_error = [](std::string_view) {};
              setup_tracing("child", options).start_span("s").end();
            }),
            7);
  EXPECT_LT(std::chrono::steady_clock::now() - before, std::chrono::seconds(10));
}

TEST(Fork, TheChildRecordsNothingUntilItIsSetUpAgain) {
  SKIP_UNDER_SANITIZERS();
  Receiver receiver;
  Agent agent;
  const Tracer tracer = setup_tracing("parent", receiver.options());
  Span open = tracer.start_span("open");
  tracer.start_span("queued by the parent").end();
  EXPECT_EQ(ExitCodeOf([&] {
              if (tracer.start_span("untraced").is_recording()) std::_Exit(1);
              open.end();
              setup_tracing("child", agent.options()).start_span("traced").end();
            }),
            7);
  EXPECT_TRUE(agent.WaitFor(1));
  open.end();
  shutdown();
  EXPECT_EQ(receiver.spans().size(), 2u);
  ASSERT_EQ(agent.spans().size(), 1u);
  EXPECT_EQ(agent.spans()[0].name, "traced");
}

}  // namespace
}  // namespace awry::sdk
