// A real server over a real store, for tests.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "awry/api/server.h"
#include "awry/columnar/columnar_store.h"
#include "awry/query/trace_builder.h"
#include "base/random.h"
#include "codec/json.h"
#include "net/http_client.h"
#include "trace/span_sink.h"

namespace awry::api {

// 2020-09-13T12:26:40Z: when the spans of tests start.
inline constexpr int64_t kStartNs = 1'600'000'000'000'000'000;

class TestServer {
 public:
  explicit TestServer(ApiOptions options = {}) : clock_(kStartNs + 3'600'000'000'000) {
    folder_ = (std::filesystem::temp_directory_path() /
               ("awry_api_" + std::to_string(base::EntropySeed())))
                  .string();
    auto store = columnar::Open({.path = folder_});
    EXPECT_TRUE(store.ok()) << store.status().ToString();
    store_ = *std::move(store);
    engine_ = std::make_unique<why::Engine>(*store_);
    auto findings = why::Findings::Open(*store_, {}, {.background = false});
    EXPECT_TRUE(findings.ok());
    findings_ = *std::move(findings);
    Restart(std::move(options));
  }
  ~TestServer() {
    server_.reset();
    findings_.reset();
    engine_.reset();
    store_.reset();
    std::filesystem::remove_all(folder_);
  }

  // Serves the same store with other options.
  void Restart(ApiOptions options) {
    server_.reset();
    options.clock = &clock_;
    auto server =
        net::HttpServer::Start({}, MakeRouter(*store_, *engine_, findings_.get(), options));
    EXPECT_TRUE(server.ok());
    server_ = *std::move(server);
    auto client = net::HttpClient::Create("http://127.0.0.1:" + std::to_string(server_->port()));
    EXPECT_TRUE(client.ok());
    client_ = *std::move(client);
  }
  // Stores the spans with times from kStartNs on.
  void Add(trace::Trace trace) {
    const auto batch = store_->NewBatch();
    for (trace::Span& span : trace.spans) {
      span.start_ns += kStartNs;
      span.end_ns += kStartNs;
      for (trace::Event& event : span.events) event.time_ns += kStartNs;
      trace::Replay(span, *batch);
    }
    EXPECT_TRUE(batch->Commit().ok());
  }

  net::HttpResponse Send(std::string method, std::string target, std::string body = "",
                         net::Headers headers = {}) {
    if (!body.empty() && net::FindHeader(headers, "Content-Type").empty())
      headers.emplace_back("Content-Type", "application/json");
    auto response = client_->Send({.method = std::move(method),
                                   .target = std::move(target),
                                   .headers = std::move(headers),
                                   .body = std::move(body)});
    EXPECT_TRUE(response.ok()) << response.status().ToString();
    return response.ok() ? *std::move(response) : net::HttpResponse{.status = 0};
  }
  net::HttpResponse Get(std::string target) { return Send("GET", std::move(target)); }

  store::TraceStore& store() { return *store_; }
  why::Findings& findings() { return *findings_; }

 private:
  base::FakeClock clock_;
  std::string folder_;
  std::unique_ptr<store::TraceStore> store_;
  std::unique_ptr<why::Engine> engine_;
  std::unique_ptr<why::Findings> findings_;
  std::unique_ptr<net::HttpServer> server_;
  std::unique_ptr<net::HttpClient> client_;
};

}  // namespace awry::api
