// The service with everything around it, for this room's tests.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "codec/json.h"
#include "finance/transaction_processor/transaction_processor.h"
#include "net/http_client.h"
#include "sql/test_servers.h"

namespace finance::transaction_processor {

using awry::codec::JsonDocument;
using awry::codec::JsonValue;
using std::chrono::milliseconds;

// All other services in one server: it answers as they do and remembers what it was asked.
class Peer {
 public:
  Peer() {
    net::Router router;
    router.SetFallback([this](const net::HttpRequest& request) { return Answer(request); });
    server_ = std::move(*net::HttpServer::Start({}, router));
    client_ = std::move(*net::HttpClient::Create("http://127.0.0.1:" + std::to_string(server_->port())));
  }
  Peers peers() { return {client_.get(), client_.get(), client_.get(), client_.get(), client_.get(), {}}; }
  // While set, a path that begins so is answered with this status.
  void Fail(std::string path_prefix, int status) {
    base::MutexLock lock(mutex_);
    failing_ = std::move(path_prefix);
    failing_status_ = status;
  }
  // Leaves paths that begin so without an answer until Release.
  void Hold(std::string path_prefix) {
    base::MutexLock lock(mutex_);
    held_ = std::move(path_prefix);
  }
  void Release() {
    base::MutexLock lock(mutex_);
    held_.clear();
    called_.NotifyAll();
  }
  // "METHOD target body" of every call that begins so, once there are `wanted` of them.
  std::vector<std::string> Calls(const std::string& begin, size_t wanted) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
    base::MutexLock lock(mutex_);
    while (true) {
      std::vector<std::string> found;
      for (const std::string& call : calls_) {
        if (call.starts_with(begin)) found.push_back(call);
      }
      if (found.size() >= wanted || std::chrono::steady_clock::now() > deadline) {
        EXPECT_GE(found.size(), wanted) << begin;
        return found;
      }
      called_.WaitFor(mutex_, milliseconds(200));
    }
  }

 private:
  net::HttpResponse Answer(const net::HttpRequest& request) {
    base::MutexLock lock(mutex_);
    calls_.push_back(request.method + " " + request.target + " " + request.body);
    called_.NotifyAll();
    while (!held_.empty() && request.path.starts_with(held_)) called_.WaitFor(mutex_, milliseconds(200));
    if (!failing_.empty() && request.path.starts_with(failing_)) return {.status = failing_status_};
    if (request.path == "/categorize") {
      return net::JsonResponse(200, R"({"category":"groceries","confidence":0.75,"model_version":"m1","alternatives":[{"category":"dining","confidence":0.2}]})");
    }
    if (request.path == "/categorize/batch") {
      net::HttpResponse lines;
      for (const char c : request.body) {
        if (c == '\n') lines.body += R"({"category":"groceries","confidence":0.75,"model_version":"m1"})" "\n";
      }
      return lines;
    }
    return net::JsonResponse(200, "{}");
  }

  base::Mutex mutex_;
  base::CondVar called_;
  std::vector<std::string> calls_ GUARDED_BY(mutex_);
  std::string failing_ GUARDED_BY(mutex_);
  std::string held_ GUARDED_BY(mutex_);
  int failing_status_ GUARDED_BY(mutex_) = 503;
  std::unique_ptr<net::HttpServer> server_;
  std::unique_ptr<net::HttpClient> client_;
};

// The service behind a real server, with a database that survives a restart.
class Running {
 public:
  explicit Running(Peer& peer, size_t single_rows_max = 500) : peer_(peer), single_rows_max_(single_rows_max) {
    char name[] = "/tmp/processor-test-XXXXXX";
    dir_ = mkdtemp(name);
    Start();
  }
  ~Running() {
    Stop();
    std::filesystem::remove_all(dir_);
  }
  void Restart() {
    Stop();
    Start();
  }
  net::HttpResponse Send(std::string method, std::string target, std::string body = "", std::string type = "application/json") {
    auto response = client_->Send({.method = std::move(method), .target = std::move(target), .headers = {{"content-type", std::move(type)}}, .body = std::move(body)});
    EXPECT_TRUE(response.ok()) << response.status().ToString();
    return response.ok() ? std::move(*response) : net::HttpResponse{.status = 0};
  }
  JsonDocument Json(const std::string& method, const std::string& target, const std::string& body = "", int status = 200) {
    const auto response = Send(method, target, body);
    EXPECT_EQ(response.status, status) << response.body;
    auto document = JsonDocument::Parse(response.body);
    EXPECT_TRUE(document.ok()) << response.body;
    return std::move(*document);
  }
  std::string Field(const std::string& target, std::string_view field) {
    const JsonDocument document = Json("GET", target);
    return std::string(document.root().Find(field).AsString().value_or(""));
  }
  // Asks until the field says so; half a minute without it fails.
  void Await(const std::string& target, std::string_view field, std::string_view wanted) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
    while (Field(target, field) != wanted) ASSERT_LT(std::chrono::steady_clock::now(), deadline) << target;
  }

  sql::Database& database() { return *database_; }

 private:
  void Start() {
    database_ = std::move(*sql::Database::Open(awry::sql::TestDatabaseUrl(dir_ + "/a.db")));
    TransactionProcessorOptions options;
    options.queue.backoff_first = milliseconds(5);
    options.queue.backoff_max = milliseconds(50);
    options.queue.attempts_max = 3;
    options.single_rows_max = single_rows_max_;
    service_ = std::move(*TransactionProcessor::Create(*database_, peer_.peers(), options));
    net::Router router;
    service_->AddRoutes(router);
    server_ = std::move(*net::HttpServer::Start({.threads = 4, .body_bytes_max = 1 << 20}, router));
    client_ = std::move(*net::HttpClient::Create("http://127.0.0.1:" + std::to_string(server_->port())));
  }
  void Stop() {
    server_.reset();
    service_.reset();
    database_.reset();
  }
  Peer& peer_;
  const size_t single_rows_max_;
  std::string dir_;
  std::unique_ptr<sql::Database> database_;
  std::unique_ptr<TransactionProcessor> service_;
  std::unique_ptr<net::HttpServer> server_;
  std::unique_ptr<net::HttpClient> client_;
};

// Imports a file and waits until the pipeline is through; returns the preview.
inline JsonDocument ImportFile(Running& service, const std::string& account, const std::string& file, const std::string& user = "user123",
                               const std::string& confirmation = "") {
  JsonDocument preview = service.Json("POST", "/imports?account=" + account + "&user_id=" + user, file);
  const std::string path = "/imports/" + std::string(preview.root().Find("import_id").AsString().value_or(""));
  service.Json("POST", path + "/confirm", confirmation, 202);
  service.Await(path, "state", "done");
  return preview;
}

}  // namespace finance::transaction_processor
