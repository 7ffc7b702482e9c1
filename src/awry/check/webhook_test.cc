#include "awry/check/webhook.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "awry/check/ledger.h"
#include "base/random.h"
#include "codec/json.h"
#include "codec/signature.h"
#include "net/http_server.h"

namespace awry::check {
namespace {

using std::chrono::hours;
using std::chrono::seconds;
using testing::HasSubstr;

constexpr int64_t kStartNs = 1'600'000'000'000'000'000;

// A real server on a free port that answers what it is told to.
class Receiver {
 public:
  Receiver() {
    net::Router router;
    router.SetFallback([this](const net::HttpRequest& request) {
      base::MutexLock lock(mutex_);
      requests_.push_back(request);
      net::HttpResponse response = net::TextResponse(answers_.empty() ? 204 : answers_.front(), "");
      if (!answers_.empty()) answers_.erase(answers_.begin());
      if (response.status == 302) net::SetHeader(response.headers, "Location", "/elsewhere");
      arrived_.NotifyAll();
      return response;
    });
    auto server = net::HttpServer::Start({.threads = 2}, router);
    EXPECT_TRUE(server.ok());
    server_ = *std::move(server);
  }
  std::string url() const { return "http://127.0.0.1:" + std::to_string(server_->port()) + "/hook?key=1"; }
  void Answers(std::vector<int> statuses) {
    base::MutexLock lock(mutex_);
    answers_ = std::move(statuses);
  }
  std::vector<net::HttpRequest> requests() {
    base::MutexLock lock(mutex_);
    return requests_;
  }
  void WaitFor(size_t count) {
    base::MutexLock lock(mutex_);
    while (requests_.size() < count) arrived_.Wait(mutex_);
  }

 private:
  base::Mutex mutex_;
  base::CondVar arrived_;
  std::vector<int> answers_ GUARDED_BY(mutex_);
  std::vector<net::HttpRequest> requests_ GUARDED_BY(mutex_);
  std::unique_ptr<net::HttpServer> server_;
};

struct Made {
  Made() {
    std::filesystem::create_directories(folder);
    Open();
  }
  ~Made() {
    webhook.reset();
    ledger.reset();
    std::filesystem::remove_all(folder);
  }
  void Open() {
    webhook.reset();
    ledger.reset();
    auto opened = Ledger::Open("sqlite:" + (folder / "checks.sqlite").string());
    ASSERT_TRUE(opened.ok()) << opened.status().message();
    ledger = *std::move(opened);
    auto transport = MakeWebhookTransport(receiver.url());
    ASSERT_TRUE(transport.ok());
    options.clock = &clock;
    webhook = std::make_unique<Webhook>(ledger->database(), *std::move(transport), options);
  }
  size_t Deliver() {
    const auto sent = webhook->DeliverDue();
    EXPECT_TRUE(sent.ok()) << sent.status().message();
    return sent.ok() ? *sent : 0;
  }

  std::filesystem::path folder = std::filesystem::temp_directory_path() / ("awry_hook_" + std::to_string(base::EntropySeed()));
  base::FakeClock clock{kStartNs};
  Receiver receiver;
  WebhookOptions options{.host = "example", .secret = "s3cret", .background = false};
  std::unique_ptr<Ledger> ledger;
  std::unique_ptr<Webhook> webhook;
};

TEST(Webhook, SignsWhatItSends) {
  Made made;
  ASSERT_TRUE(made.webhook->Enqueue({R"({"type":"violation"})", R"({"type":"finding"})"}).ok());
  EXPECT_EQ(made.Deliver(), 1u);
  const auto requests = made.receiver.requests();
  ASSERT_EQ(requests.size(), 1u);
  const net::HttpRequest& request = requests.front();
  EXPECT_EQ(request.method, "POST");
  EXPECT_EQ(request.target, "/hook?key=1");
  EXPECT_EQ(request.header("Content-Type"), "application/json");
  EXPECT_EQ(request.header("Awry-Attempt"), "1");
  const auto json = codec::JsonDocument::Parse(request.body);
  ASSERT_TRUE(json.ok()) << request.body;
  EXPECT_EQ(json->root().Find("delivery").AsString(), request.header("Idempotency-Key"));
  EXPECT_EQ(json->root().Find("events").size(), 2u);
  EXPECT_EQ(request.header("Awry-Signature"), codec::WebhookSignature("s3cret", kStartNs / 1'000'000'000, request.body));
  EXPECT_EQ(made.webhook->counts().delivered, 1u);
}

TEST(Webhook, TriesAgainAcrossRestartsWithTheSameKey) {
  Made made;
  made.receiver.Answers({500, 503});
  ASSERT_TRUE(made.webhook->Enqueue({"{}"}).ok());
  EXPECT_EQ(made.Deliver(), 0u);
  EXPECT_EQ(made.Deliver(), 0u) << "not before the delay is over";
  EXPECT_EQ(made.receiver.requests().size(), 1u);
  made.clock.Advance(seconds(4));
  EXPECT_EQ(made.Deliver(), 0u);
  EXPECT_EQ(made.webhook->counts().failed, 2u);
  made.Open();
  EXPECT_EQ(made.webhook->counts().pending, 1u);
  made.clock.Advance(seconds(10));
  EXPECT_EQ(made.Deliver(), 1u);
  const auto requests = made.receiver.requests();
  ASSERT_EQ(requests.size(), 3u);
  EXPECT_EQ(requests[0].header("Idempotency-Key"), requests[2].header("Idempotency-Key"));
  EXPECT_EQ(requests[0].body, requests[2].body);
  EXPECT_EQ(requests[2].header("Awry-Attempt"), "3");
  EXPECT_EQ(made.webhook->counts().pending, 0u);
}

TEST(Webhook, NeverFollowsARedirect) {
  Made made;
  made.receiver.Answers({302});
  ASSERT_TRUE(made.webhook->Enqueue({"{}"}).ok());
  EXPECT_EQ(made.Deliver(), 0u);
  EXPECT_EQ(made.receiver.requests().size(), 1u);
  EXPECT_EQ(made.webhook->counts().pending, 1u);
}

TEST(Webhook, ARefusedDeliveryDoesNotHoldUpTheOthers) {
  Made made;
  made.receiver.Answers({400});
  ASSERT_TRUE(made.webhook->Enqueue({"1"}).ok());
  ASSERT_TRUE(made.webhook->Enqueue({"2"}).ok());
  EXPECT_EQ(made.Deliver(), 1u);
  EXPECT_EQ(made.receiver.requests().size(), 2u);
}

TEST(Webhook, WhileTheAddressIsAwayAllWaitAndTheFailedOneGoesLast) {
  Made made;
  made.receiver.Answers({500, 204, 204});
  ASSERT_TRUE(made.webhook->Enqueue({"1"}).ok());
  ASSERT_TRUE(made.webhook->Enqueue({"2"}).ok());
  EXPECT_EQ(made.Deliver(), 0u);
  EXPECT_EQ(made.receiver.requests().size(), 1u);
  made.clock.Advance(seconds(4));
  EXPECT_EQ(made.Deliver(), 2u);
  const auto requests = made.receiver.requests();
  EXPECT_THAT(requests[1].body, HasSubstr("[2]"));
  EXPECT_THAT(requests[2].body, HasSubstr("[1]"));
}

TEST(Webhook, GivesUpAndKeepsCount) {
  Made made;
  made.options.attempts_max = 3;
  made.Open();
  made.receiver.Answers({500, 500, 500});
  ASSERT_TRUE(made.webhook->Enqueue({"{}"}).ok());
  for (int i = 0; i < 5; ++i) {
    EXPECT_EQ(made.Deliver(), 0u);
    made.clock.Advance(hours(2));
  }
  EXPECT_EQ(made.receiver.requests().size(), 3u);
  const WebhookCounts counts = made.webhook->counts();
  EXPECT_EQ(counts.dead, 1u);
  EXPECT_EQ(counts.died, 1u);
  EXPECT_EQ(counts.pending, 0u);
}

TEST(Webhook, TheOutboxIsBounded) {
  Made made;
  made.options.pending_max = 3;
  made.options.dead_max = 2;
  made.Open();
  for (int i = 0; i < 8; ++i) ASSERT_TRUE(made.webhook->Enqueue({std::to_string(i)}).ok());
  const WebhookCounts counts = made.webhook->counts();
  EXPECT_EQ(counts.pending, 3u);
  EXPECT_EQ(counts.dead, 2u);
  EXPECT_EQ(counts.died, 5u);
  EXPECT_EQ(made.Deliver(), 3u);
  EXPECT_THAT(made.receiver.requests().front().body, HasSubstr("[5]")) << "the newest are kept";
}

TEST(Webhook, ItsThreadDelivers) {
  Made made;
  made.options.background = true;
  made.options.first_delay = std::chrono::milliseconds(1);
  made.receiver.Answers({500});
  made.webhook.reset();
  auto transport = MakeWebhookTransport(made.receiver.url());
  WebhookOptions options = made.options;
  options.clock = &base::SystemClock();
  Webhook webhook(made.ledger->database(), *std::move(transport), options);
  ASSERT_TRUE(webhook.Enqueue({"{}"}).ok());
  made.receiver.WaitFor(2);
}

TEST(Webhook, AnAddressThatIsAwayIsUnavailable) {
  std::string url;
  {
    Receiver gone;
    url = gone.url();
  }
  auto transport = MakeWebhookTransport(url);
  EXPECT_EQ((*transport)->Post({}, "{}").status().code(), base::StatusCode::kUnavailable);
  (*transport)->Cancel();
  EXPECT_FALSE((*transport)->Post({}, "{}").ok());
}

TEST(Webhook, TakesHttpAddressesOnlyAndShowsTheirHostAlone) {
  for (const char* url : {"ftp://x/", "file:///etc/passwd", "x", "", "http://", "http://user:pass@host/"}) {
    EXPECT_EQ(MakeWebhookTransport(url).status().code(), base::StatusCode::kInvalidArgument) << url;
  }
  EXPECT_EQ(*WebhookHost("https://hooks.example.com/T0/secret"), "hooks.example.com");
  EXPECT_EQ(*WebhookHost("http://127.0.0.1:8080/x"), "127.0.0.1:8080");
}

}  // namespace
}  // namespace awry::check
