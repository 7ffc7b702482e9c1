// A real `awry serve` that a test kills, a client that notes what was acknowledged, and the
// comparison afterwards.
#pragma once

#include <gtest/gtest.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/random.h"
#include "codec/json.h"
#include "net/http_client.h"
#include "trace/span.h"
#include "wire/otlp_proto.h"

extern char** environ;

namespace awry {

inline const std::string kProgram = std::string(AWRY_BINARY_DIR) + "/bin/awry";
inline constexpr uint64_t kSpansATrace = 3;

// `awry serve` with pages and OTLP on free ports.
class Server {
 public:
  // `flags` take the place of what is said here, or are said as well.
  explicit Server(const std::string& data, const std::string& fsync = "interval:1s",
                  const std::map<std::string, std::string>& flags = {}) {
    std::array<int, 2> ends;
    EXPECT_EQ(pipe(ends.data()), 0);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, ends[1], 1);
    posix_spawn_file_actions_addclose(&actions, ends[0]);
    std::vector<std::string> words{kProgram, "serve", "--data", data, "--fsync", fsync};
    for (const char* off : {"--jaeger-compact", "--jaeger-binary", "--jaeger-http", "--jaeger-grpc",
                            "--zipkin", "--sampling", "--sampling-grpc", "--query-grpc"}) {
      words.insert(words.end(), {off, "0"});
    }
    words.insert(words.end(), {"--http", "auto", "--otlp-http", "auto", "--otlp-grpc", "auto",
                               "--memory", "64MiB"});
    for (const auto& [flag, value] : flags) {
      const auto said = std::find(words.begin(), words.end(), flag);
      if (said == words.end()) {
        words.insert(words.end(), {flag, value});
      } else {
        said[1] = value;
      }
    }
    const auto ports = static_cast<size_t>(std::count(words.begin(), words.end(), "auto"));
    std::vector<char*> argv;
    for (std::string& word : words) argv.push_back(word.data());
    argv.push_back(nullptr);
    EXPECT_EQ(posix_spawn(&pid_, kProgram.c_str(), &actions, nullptr, argv.data(), environ), 0);
    posix_spawn_file_actions_destroy(&actions);
    close(ends[1]);
    out_ = ends[0];
    ReadAddresses(ports);
    EXPECT_FALSE(otlp_.empty() || otlp_grpc_.empty()) << "the server did not start";
  }
  ~Server() { Kill(SIGTERM); }
  void Kill(int signal) {
    if (pid_ < 0) return;
    kill(pid_, signal);
    waitpid(pid_, nullptr, 0);
    close(out_);
    pid_ = -1;
  }
  const std::string& pages() const { return pages_; }
  // Scheme, host and port.
  std::string otlp() const { return otlp_.substr(0, otlp_.find('/', 7)); }
  // Host and port.
  const std::string& otlp_grpc() const { return otlp_grpc_; }
  // As the program tells it: "Zipkin", "Query gRPC".
  const std::string& address(const std::string& what) const { return addresses_.at(what); }
  pid_t pid() const { return pid_; }

 private:
  // Until all ports are told, or the end of a program that did not start.
  void ReadAddresses(size_t ports) {
    constexpr size_t kColumn = 16;
    std::string text;
    for (char c = 0; addresses_.size() < ports && read(out_, &c, 1) == 1;) {
      if (c != '\n') {
        text += c;
        continue;
      }
      if (text.size() > kColumn)
        addresses_[text.substr(0, text.find_last_not_of(' ', kColumn - 1) + 1)] = text.substr(kColumn);
      text.clear();
    }
    const auto told = [&](const char* what) { return addresses_[what]; };
    pages_ = told("Awry").substr(0, told("Awry").size() - 1);
    otlp_ = told("OTLP HTTP");
    otlp_grpc_ = told("OTLP gRPC");
  }

  pid_t pid_ = -1;
  int out_ = -1;
  std::string pages_, otlp_, otlp_grpc_;
  std::map<std::string, std::string> addresses_;
};

// `edit` changes a span before it is encoded.
inline std::string Request(const trace::TraceId& id, uint64_t count = kSpansATrace,
                           const std::function<void(trace::Span&)>& edit = nullptr) {
  std::vector<trace::Span> spans(count);
  const auto resource = std::make_shared<trace::Resource>(trace::Resource{.service = "client"});
  const auto scope = std::make_shared<trace::Scope>();
  for (uint64_t s = 0; s < spans.size(); ++s) {
    spans[s].trace_id = id;
    spans[s].span_id = s + 1;
    spans[s].parent_id = s;
    spans[s].name = "step " + std::to_string(s);
    spans[s].start_ns = 1'700'000'000'000'000'000 + static_cast<int64_t>(s);
    spans[s].end_ns = spans[s].start_ns + 5;
    spans[s].attributes = {{"n", trace::Value(trace::ValueView::Int(static_cast<int64_t>(id.low)))}};
    spans[s].resource = resource;
    spans[s].scope = scope;
    if (edit) edit(spans[s]);
  }
  return wire::EncodeOtlpProto(spans);
}

class Folder {
 public:
  Folder() : path_(testing::TempDir() + "awry_crash_" + std::to_string(base::EntropySeed())) {}
  ~Folder() { std::filesystem::remove_all(path_); }
  const std::string& path() const { return path_; }

 private:
  const std::string path_;
};

inline void ExpectAllThere(const std::string& url, std::span<const trace::TraceId> acknowledged,
                           uint64_t spans = kSpansATrace) {
  auto client = net::HttpClient::Create(url);
  ASSERT_TRUE(client.ok());
  for (const trace::TraceId& id : acknowledged) {
    const auto answer = (*client)->Get("/api/traces/" + trace::ToHex(id));
    ASSERT_TRUE(answer.ok()) << answer.status().ToString();
    ASSERT_EQ(answer->status, 200) << "acknowledged and lost: " << trace::ToHex(id);
    const auto json = codec::JsonDocument::Parse(answer->body);
    ASSERT_TRUE(json.ok());
    ASSERT_EQ(json->root().Find("data").At(0).Find("spans").size(), spans)
        << "cut: " << trace::ToHex(id);
  }
}

}  // namespace awry
