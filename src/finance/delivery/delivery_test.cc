#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <filesystem>
#include <thread>

#include "base/clock.h"
#include "base/mutex.h"
#include "codec/base64.h"
#include "codec/json.h"
#include "codec/signature.h"
#include "finance/delivery/desk.h"
#include "finance/delivery/message.h"
#include "net/http_client.h"
#include "net/http_server.h"
#include "sql/test_servers.h"

namespace finance::delivery {
namespace {

using awry::base::CondVar;
using awry::base::Mutex;
using awry::base::MutexLock;
using awry::codec::JsonDocument;
using awry::codec::JsonValue;

constexpr std::string_view kSecret = "0123456789abcdef0123";
// 2026-03-15 12:00 UTC, a Sunday.
constexpr int64_t kNow = 1'773'576'000'000'000'000;
constexpr int64_t kHourNs = 3'600'000'000'000;

// What arrived somewhere; tests wait for it.
template <typename T>
class Inbox {
 public:
  void Add(T item) {
    MutexLock lock(mutex_);
    items_.push_back(std::move(item));
    changed_.NotifyAll();
  }
  std::vector<T> WaitFor(size_t count) {
    MutexLock lock(mutex_);
    while (items_.size() < count) changed_.Wait(mutex_);
    return items_;
  }
  size_t size() {
    MutexLock lock(mutex_);
    return items_.size();
  }

 private:
  Mutex mutex_;
  CondVar changed_;
  std::vector<T> items_;
};

// A mail server that takes one connection after another (RFC 5321, without extensions).
class SmtpListener {
 public:
  struct Mail {
    std::string from;
    std::string to;
    std::string data;
  };

  SmtpListener() {
    listener_ = socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(bind(listener_, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    EXPECT_EQ(listen(listener_, 8), 0);
    socklen_t length = sizeof address;
    getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &length);
    port_ = ntohs(address.sin_port);
    thread_ = std::jthread([this] { Serve(); });
  }
  ~SmtpListener() {
    shutdown(listener_, SHUT_RDWR);
    thread_.join();
    close(listener_);
  }
  std::string url() const { return "smtp://127.0.0.1:" + std::to_string(port_); }
  Inbox<Mail> inbox;

 private:
  void Serve() {
    while (true) {
      const int peer = accept(listener_, nullptr, nullptr);
      if (peer < 0) return;
      Talk(peer);
      close(peer);
    }
  }

  static void Say(int peer, const std::string& line) {
    const std::string bytes = line + "\r\n";
    EXPECT_EQ(send(peer, bytes.data(), bytes.size(), MSG_NOSIGNAL), static_cast<ssize_t>(bytes.size()));
  }

  static bool ReadLine(int peer, std::string& line) {
    line.clear();
    char c = 0;
    while (recv(peer, &c, 1, 0) == 1) {
      line += c;
      if (line.ends_with("\r\n")) {
        line.resize(line.size() - 2);
        return true;
      }
    }
    return false;
  }

  void Talk(int peer) {
    Say(peer, "220 test");
    Mail mail;
    for (std::string line; ReadLine(peer, line);) {
      if (line.starts_with("MAIL FROM:")) mail.from = line.substr(10);
      if (line.starts_with("RCPT TO:")) mail.to = line.substr(8);
      if (line == "QUIT") {
        Say(peer, "221 bye");
        return;
      }
      if (line != "DATA") {
        Say(peer, "250 ok");
        continue;
      }
      Say(peer, "354 go on");
      while (ReadLine(peer, line) && line != ".") mail.data += line + "\n";
      Say(peer, "250 taken");
      inbox.Add(mail);
    }
  }

  int listener_ = -1;
  uint16_t port_ = 0;
  std::jthread thread_;
};

// A receiver of webhooks that first answers with `failures` errors.
class WebhookListener {
 public:
  explicit WebhookListener(std::vector<int> statuses) : statuses_(std::move(statuses)) {
    net::Router router;
    router.Add("POST", "/hook", [this](const net::HttpRequest& request) {
      const size_t n = next_++;
      inbox.Add(request);
      return net::TextResponse(n < statuses_.size() ? statuses_[n] : 200, "");
    });
    server_ = std::move(*net::HttpServer::Start({}, router));
  }
  std::string url() const { return "http://127.0.0.1:" + std::to_string(server_->port()) + "/hook"; }
  Inbox<net::HttpRequest> inbox;

 private:
  const std::vector<int> statuses_;
  std::atomic<size_t> next_{0};
  std::unique_ptr<net::HttpServer> server_;
};

// A push server that takes everything.
class PushListener {
 public:
  PushListener() {
    net::Router router;
    router.SetFallback([this](const net::HttpRequest& request) {
      inbox.Add(request);
      return net::JsonResponse(200, "{}");
    });
    server_ = std::move(*net::HttpServer::Start({}, router));
  }
  std::string url() const { return "http://127.0.0.1:" + std::to_string(server_->port()); }
  Inbox<net::HttpRequest> inbox;

 private:
  std::unique_ptr<net::HttpServer> server_;
};

// The desk with its queue behind a server; ticks by hand.
class Running {
 public:
  explicit Running(const std::string& smtp_url = "", std::function<base::Result<Letter>(sql::Connection&, const ledger::UserId&, Language)> weekly = {})
      : clock_(kNow) {
    char name[] = "/tmp/delivery-test-XXXXXX";
    dir_ = mkdtemp(name);
    database_ = std::move(*sql::Database::Open(awry::sql::TestDatabaseUrl(dir_ + "/a.db")));
    std::vector<std::string> steps = Desk::Steps();
    for (const std::string& step : jobs::JobQueue::MigrationSteps(database_->system())) steps.push_back(step);
    for (const std::string& step : Desk::LaterSteps()) steps.push_back(step);
    EXPECT_TRUE(database_->Migrate(std::vector<std::string_view>(steps.begin(), steps.end())).ok());
    desk_ = std::make_unique<Desk>(*database_, DeskOptions{.mail = {.url = smtp_url, .from = "tracker@example.org"},
                                                           .webhook_policy = {.allow_local = true},
                                                           .weekly = std::move(weekly),
                                                           .clock = &clock_});
    queue_ = std::move(*jobs::JobQueue::Start(*database_, desk_->JobKinds(), {.workers = 2, .attempts_max = 3, .backoff_first = std::chrono::milliseconds(1), .backoff_max = std::chrono::milliseconds(2)}));
    desk_->SetQueue(queue_.get());
    net::Router router;
    desk_->AddRoutes(router);
    server_ = std::move(*net::HttpServer::Start({}, router));
    client_ = std::move(*net::HttpClient::Create("http://127.0.0.1:" + std::to_string(server_->port())));
  }
  ~Running() {
    server_.reset();
    desk_->SetQueue(nullptr);
    queue_.reset();
    desk_.reset();
    database_.reset();
    std::filesystem::remove_all(dir_);
  }
  net::HttpResponse Send(std::string method, std::string target, std::string body = "") {
    auto response = client_->Send({.method = std::move(method), .target = std::move(target), .headers = {{"content-type", "application/json"}}, .body = std::move(body)});
    EXPECT_TRUE(response.ok()) << response.status().ToString();
    return response.ok() ? std::move(*response) : net::HttpResponse{.status = 0};
  }
  void Put(const std::string& body) {
    const auto response = Send("PUT", "/channels/u", body);
    EXPECT_EQ(response.status, 200) << response.body;
  }
  void Raise(const std::string& id, const std::string& message = "80 % is spent", const std::string& import_id = "") {
    const auto user = ledger::UserId::Parse("u").value();
    EXPECT_TRUE(database_->Write([&](sql::Connection& c) { return desk_->Raise(c, user, {{id, "budget", "warning", "Food", message}}, import_id); }).ok());
  }
  void RaiseNotice(const Notice& notice) {
    const auto user = ledger::UserId::Parse("u").value();
    EXPECT_TRUE(database_->Write([&](sql::Connection& c) { return desk_->Raise(c, user, {notice}, ""); }).ok());
  }
  void Withdraw(const std::string& id) {
    EXPECT_TRUE(database_->Write([&](sql::Connection& c) { return desk_->Withdraw(c, {id}); }).ok());
  }
  void Tick(int64_t later_ns = 0) {
    clock_.Advance(std::chrono::nanoseconds(later_ns));
    const base::Status status = desk_->Tick();
    EXPECT_TRUE(status.ok()) << status.ToString();
  }
  // "sent", "waiting", …: newest first.
  std::vector<std::string> States() {
    const auto document = JsonDocument::Parse(Send("GET", "/deliveries/u").body);
    std::vector<std::string> states;
    for (const JsonValue one : document->root().Find("deliveries").items()) states.emplace_back(*one.Find("state").AsString());
    return states;
  }
  // Waits until every message has ended.
  void Settle() {
    while (queue_->Counts()->ready + queue_->Counts()->leased > 0) std::this_thread::yield();
  }
  jobs::JobQueue& queue() { return *queue_; }
  std::string database_file() const { return dir_ + "/a.db"; }

 private:
  awry::base::FakeClock clock_;
  std::string dir_;
  std::unique_ptr<sql::Database> database_;
  std::unique_ptr<Desk> desk_;
  std::unique_ptr<jobs::JobQueue> queue_;
  std::unique_ptr<net::HttpServer> server_;
  std::unique_ptr<net::HttpClient> client_;
};

std::string WebhookOn(const std::string& url) {
  return R"({"webhook":{"enabled":true,"url":")" + url + R"(","secret":")" + std::string(kSecret) + "\"}}";
}
constexpr const char* kEmailOn = R"({"email":{"enabled":true,"address":"me@example.org"}})";
constexpr int64_t kGather = 4'000'000'000;

// --- bytes ---

TEST(MailBytes, EncodesWhatUsersNameSoThatNothingBecomesAHeader) {
  const std::string mail = MailBytes({.from = "t@example.org", .to = "me@example.org", .subject = "Ärger\r\nBcc: evil@example.org", .text = "<script>\r\n.\r\nÜ", .id = "d1", .unix_s = kNow / 1'000'000'000});
  EXPECT_EQ(mail.find("Bcc:"), std::string::npos);
  EXPECT_NE(mail.find("Message-ID: <d1@example.org>\r\n"), std::string::npos);
  EXPECT_NE(mail.find("Date: Sun, 15 Mar 2026 12:00:00 +0000\r\n"), std::string::npos);
  const size_t body = mail.find("\r\n\r\n") + 4;
  std::string text = mail.substr(body);
  std::erase_if(text, [](char c) { return c == '\r' || c == '\n'; });
  EXPECT_EQ(awry::codec::Base64Decode(text).value(), "<script>\r\n.\r\nÜ");
}

// --- settings ---

TEST(ChannelSettings, WaitsForTheEndOfQuietHoursOverMidnightInLocalTime) {
  ChannelSettings settings;
  settings.quiet_from_minute = 22 * 60;
  settings.quiet_until_minute = 7 * 60;
  settings.utc_offset_minutes = 60;
  EXPECT_EQ(AfterQuietHours(settings, kNow), kNow);
  EXPECT_EQ(AfterQuietHours(settings, kNow + 9 * kHourNs), kNow + 18 * kHourNs) << "22:00 local waits until 07:00";
  EXPECT_EQ(AfterQuietHours(settings, kNow + 17 * kHourNs), kNow + 18 * kHourNs);
  EXPECT_EQ(AfterQuietHours(settings, kNow + 18 * kHourNs), kNow + 18 * kHourNs);
}

TEST(ChannelSettings, KnowsWhenTheLastWeekEnded) {
  ChannelSettings settings;  // Monday 08:00
  EXPECT_EQ(LastWeeklyDue(settings, kNow), kNow - (6 * 24 + 4) * kHourNs);
  EXPECT_EQ(LastWeeklyDue(settings, kNow + 20 * kHourNs), kNow + 20 * kHourNs);
}

TEST(Channels, KeepTheSecretAndRefuseBadSettings) {
  Running desk;
  const auto status = [&](const std::string& body) { return desk.Send("PUT", "/channels/u", body).status; };
  EXPECT_EQ(status(R"({"webhook":{"enabled":true,"url":"http://127.0.0.1/x"}})"), 400) << "no secret";
  EXPECT_EQ(status(R"({"email":{"enabled":true,"address":"me"}})"), 400);
  EXPECT_EQ(status(R"({"email":{"enabled":true}})"), 400);
  EXPECT_EQ(status(R"({"webhook":{"enabled":true,"url":"ftp://x","secret":"0123456789abcdef"}})"), 400);
  EXPECT_EQ(status(R"({"kinds":{"nonsense":true}})"), 400);
  EXPECT_EQ(status(R"({"quiet":{"from":"25:00","until":"07:00"}})"), 400);
  EXPECT_EQ(status(R"({"weekly":{"weekday":8}})"), 400);
  EXPECT_EQ(status("[]"), 400);
  EXPECT_EQ(status(R"({"language":"tlh"})"), 400);
  EXPECT_EQ(status(R"({"push":{"enabled":true}})"), 400);
  EXPECT_EQ(status(R"({"push":{"enabled":true,"url":"http://127.0.0.1/"}})"), 400) << "no topic";
  EXPECT_EQ(status(R"({"push":{"enabled":true,"service":"pigeon","url":"http://127.0.0.1/t"}})"), 400);
  EXPECT_EQ(status(R"({"push":{"enabled":true,"service":"gotify","url":"http://127.0.0.1/"}})"), 400) << "no token";
  EXPECT_EQ(status(R"({"push":{"service":"gotify","url":"http://127.0.0.1/","token":"a\nb"}})"), 400) << "no header of its own";
  desk.Put(WebhookOn("http://127.0.0.1/x"));
  const std::string shown = desk.Send("GET", "/channels/u").body;
  EXPECT_NE(shown.find(R"("secret_set":true)"), std::string::npos);
  EXPECT_EQ(shown.find(kSecret), std::string::npos);
  desk.Put(R"({"webhook":{"enabled":true,"url":"http://127.0.0.1/y"}})");
  EXPECT_NE(desk.Send("GET", "/channels/u").body.find(R"("secret_set":true)"), std::string::npos) << "it stays when it is not sent";
}

TEST(Channels, ATokenIsNeverShownAndForgottenWithItsServer) {
  Running desk;
  desk.Put(R"({"push":{"enabled":true,"service":"gotify","url":"http://127.0.0.1:1/","token":"Tok3n"}})");
  desk.Put(R"({"push":{"enabled":true,"service":"gotify","url":"http://127.0.0.1:1/"}})");
  const std::string shown = desk.Send("GET", "/channels/u").body;
  EXPECT_NE(shown.find(R"("token_set":true)"), std::string::npos) << shown;
  EXPECT_EQ(shown.find("Tok3n"), std::string::npos);
  EXPECT_EQ(desk.Send("PUT", "/channels/u", R"({"push":{"enabled":true,"service":"gotify","url":"http://127.0.0.1:2/"}})").status, 400);
}

// --- on the way ---

TEST(Desk, WritesInTheLanguageOfItsReaderAsTextAndAsHtml) {
  SmtpListener smtp;
  Running desk(smtp.url());
  desk.Put(R"({"language":"de","email":{"enabled":true,"address":"me@example.org"}})");
  desk.RaiseNotice({"a1", "budget", "high", "groceries", "english", R"({"limit_minor":123456,"spent_minor":200000,"currency":"EUR"})", 100});
  desk.Tick(kGather);
  const std::string data = smtp.inbox.WaitFor(1)[0].data;
  EXPECT_NE(data.find("Content-Language: de"), std::string::npos);
  const size_t plain = data.find("Content-Type: text/plain"), html = data.find("Content-Type: text/html");
  ASSERT_NE(html, std::string::npos) << data;
  EXPECT_LT(plain, html) << "the last part is the preferred one";
  const auto body_of = [&](size_t at) {
    const size_t begin = data.find("\n\n", at) + 2;
    std::string letters = data.substr(begin, data.find("\n\n", begin) - begin);
    std::erase_if(letters, [](char c) { return c == '\n' || c == '\r'; });
    return *awry::codec::Base64Decode(letters);
  };
  EXPECT_EQ(body_of(plain), "Lebensmittel ist über der Grenze: 2.000,00 EUR von 1.234,56 EUR\n");
  EXPECT_NE(body_of(html).find("<html lang=\"de\">"), std::string::npos);
  desk.Settle();
}

TEST(Desk, PushesToNtfyAndGotifyAsTheyExpectIt) {
  for (const std::string service : {"ntfy", "gotify"}) {
    PushListener server;
    Running desk;
    const std::string url = service == "ntfy" ? server.url() + "/my_topic" : server.url() + "/";
    desk.Put(R"({"push":{"enabled":true,"service":")" + service + R"(","url":")" + url + R"(","token":"Tok3n"}})");
    desk.RaiseNotice({"a1", "recurring_price", "high", "Box", "Box costs \"more\"", "", 0});
    desk.Tick(kGather);
    const net::HttpRequest request = server.inbox.WaitFor(1)[0];
    const auto body = JsonDocument::Parse(request.body);
    EXPECT_EQ(body->root().Find("title").AsString(), "Box costs \"more\"");
    EXPECT_EQ(body->root().Find("message").AsString(), "Box costs \"more\"\n");
    if (service == "ntfy") {
      EXPECT_EQ(request.target, "/");
      EXPECT_EQ(body->root().Find("topic").AsString(), "my_topic");
      EXPECT_EQ(body->root().Find("priority").AsInt64(), 4);
      EXPECT_EQ(request.header("Authorization"), "Bearer Tok3n");
    } else {
      EXPECT_EQ(request.target, "/message");
      EXPECT_EQ(body->root().Find("priority").AsInt64(), 8);
      EXPECT_EQ(request.header("X-Gotify-Key"), "Tok3n");
    }
    desk.Settle();
    EXPECT_EQ(desk.States(), std::vector<std::string>{"sent"});
  }
}


TEST(Desk, MailsAnAlertThroughARealServer) {
  SmtpListener smtp;
  Running desk(smtp.url());
  desk.Put(kEmailOn);
  desk.Raise("a1", "80 % of the budget for Käse is spent");
  desk.Tick(kGather);
  const auto mails = smtp.inbox.WaitFor(1);
  EXPECT_EQ(mails[0].from, "<tracker@example.org>");
  EXPECT_EQ(mails[0].to, "<me@example.org>");
  EXPECT_NE(mails[0].data.find("Subject: =?UTF-8?B?"), std::string::npos);
  desk.Settle();
  EXPECT_EQ(desk.States(), std::vector<std::string>{"sent"});
}

TEST(Desk, SignsAWebhookAndSendsItAgainWithTheSameKeyUntilItIsTaken) {
  WebhookListener hook({500, 429});
  Running desk;
  desk.Put(WebhookOn(hook.url()));
  desk.Raise("a1");
  desk.Tick(kGather);
  const auto requests = hook.inbox.WaitFor(3);
  desk.Settle();
  const std::string key(requests[0].header("idempotency-key"));
  EXPECT_FALSE(key.empty());
  for (const net::HttpRequest& request : requests) {
    EXPECT_EQ(request.header("idempotency-key"), key);
    EXPECT_EQ(request.body, requests[0].body);
    const std::string signature(request.header("x-finance-signature"));
    const int64_t at = std::stoll(signature.substr(2));
    EXPECT_EQ(signature, awry::codec::WebhookSignature(kSecret, at, request.body));
  }
  const auto body = JsonDocument::Parse(requests[0].body);
  EXPECT_EQ(body->root().Find("type").AsString(), "alert");
  EXPECT_EQ(body->root().Find("alerts").At(0).Find("id").AsString(), "a1");
  EXPECT_EQ(desk.States(), std::vector<std::string>{"sent"});
}

TEST(Desk, GivesUpAfterTheLastAttemptAndAtOnceWhenItIsRefused) {
  WebhookListener hook({500, 500, 500, 400});
  Running desk;
  desk.Put(WebhookOn(hook.url()));
  desk.Raise("a1");
  desk.Tick(kGather);
  hook.inbox.WaitFor(3);
  desk.Settle();
  EXPECT_EQ(desk.States(), std::vector<std::string>{"failed"});
  desk.Raise("a2");
  desk.Tick(kGather);
  hook.inbox.WaitFor(4);
  desk.Settle();
  EXPECT_EQ(desk.States(), (std::vector<std::string>{"failed", "failed"}));
  EXPECT_EQ(desk.queue().DeadLetters(10)->size(), 2U);
  const std::string errors = desk.Send("GET", "/deliveries/u").body;
  EXPECT_NE(errors.find("webhook answered 500"), std::string::npos);
  EXPECT_EQ(errors.find("/hook"), std::string::npos) << "an address may hold a secret";
}

TEST(Desk, MakesOneDigestOfAnImportAndTellsNothingThatWasWithdrawn) {
  WebhookListener hook({});
  Running desk;
  desk.Put(WebhookOn(hook.url()));
  desk.Raise("a1", "one", "imp-1");
  desk.Tick(kGather);
  desk.Raise("a2", "two", "imp-1");
  desk.Raise("a3", "three", "imp-1");
  desk.Withdraw("a3");
  desk.Tick(kGather * 2);  // within ten seconds of the last
  EXPECT_EQ(desk.States(), std::vector<std::string>());
  desk.Tick(kGather);
  const auto requests = hook.inbox.WaitFor(1);
  const auto body = JsonDocument::Parse(requests[0].body);
  EXPECT_EQ(body->root().Find("type").AsString(), "digest");
  EXPECT_EQ(body->root().Find("subject").AsString(), "2 alerts");
  EXPECT_EQ(body->root().Find("alerts").size(), 2U);
  desk.Settle();
  EXPECT_EQ(hook.inbox.size(), 1U);
}

TEST(Desk, HoldsMessagesInQuietHours) {
  WebhookListener hook({});
  Running desk;
  std::string settings = WebhookOn(hook.url());
  settings.insert(1, R"("quiet":{"from":"11:00","until":"14:00"},)");
  desk.Put(settings);
  desk.Raise("a1");
  desk.Tick(kGather);
  EXPECT_EQ(desk.States(), std::vector<std::string>{"waiting"});
  desk.Settle();
  EXPECT_EQ(hook.inbox.size(), 0U);
  desk.Tick(2 * kHourNs);
  hook.inbox.WaitFor(1);
  desk.Settle();
  EXPECT_EQ(desk.States(), std::vector<std::string>{"sent"});
}

TEST(Desk, SkipsKindsThatAreSwitchedOffAndUsersWithoutAChannel) {
  WebhookListener hook({});
  Running desk;
  desk.Raise("a0");
  std::string settings = WebhookOn(hook.url());
  settings.insert(1, R"("kinds":{"budget":false},)");
  desk.Put(settings);
  desk.Raise("a1");
  desk.Tick(kGather);
  EXPECT_EQ(desk.States(), std::vector<std::string>());
}

TEST(Desk, SendsTheWeekOnceAWeek) {
  WebhookListener hook({});
  Running desk("", [](sql::Connection&, const ledger::UserId& user, Language language) -> base::Result<Letter> {
    return Letter{"Week of " + user.str() + " in " + std::string(TagOf(language)), {{"", {{"text", ""}}}}};
  });
  std::string settings = WebhookOn(hook.url());
  settings.insert(1, R"("weekly":{"enabled":true},)");
  desk.Put(settings);
  desk.Tick();
  EXPECT_EQ(desk.States(), std::vector<std::string>()) << "the first week ends on Monday at 8";
  desk.Tick(20 * kHourNs);
  desk.Tick(kHourNs);
  desk.Settle();
  ASSERT_EQ(hook.inbox.WaitFor(1).size(), 1U);
  EXPECT_EQ(JsonDocument::Parse(hook.inbox.WaitFor(1)[0].body)->root().Find("subject").AsString(), "Week of u in en");
  desk.Tick(7 * 24 * kHourNs);
  hook.inbox.WaitFor(2);
  desk.Settle();
}

TEST(Desk, TestsAChannelOnRequest) {
  WebhookListener hook({});
  Running desk;
  EXPECT_EQ(desk.Send("POST", "/channels/u/test", R"({"channel":"pigeon"})").status, 400);
  EXPECT_NE(desk.Send("POST", "/channels/u/test", R"({"channel":"webhook"})").status, 202);
  desk.Put(WebhookOn(hook.url()));
  EXPECT_EQ(desk.Send("POST", "/channels/u/test", R"({"channel":"webhook"})").status, 202);
  desk.Tick();
  EXPECT_EQ(JsonDocument::Parse(hook.inbox.WaitFor(1)[0].body)->root().Find("type").AsString(), "test");
  desk.Settle();
}

}  // namespace
}  // namespace finance::delivery
