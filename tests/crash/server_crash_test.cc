// Kills the real server under real clients and compares what is there afterwards with what was
// acknowledged. AWRY_CRASH_ROUNDS=100 makes it longer; AWRY_CRASH_SEED repeats the moments.
#include <gmock/gmock.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdlib>
#include <fstream>
#include <thread>

#include "crash_server.h"

namespace awry {
namespace {

using testing::HasSubstr;

constexpr uint64_t kSpansALargeTrace = 1'500;  // some dozen fill a table, which becomes a segment

uint64_t FromEnvironment(const char* name, uint64_t otherwise) {
  const char* text = std::getenv(name);
  return text == nullptr ? otherwise : std::stoull(text);
}

// Sends until the server is gone.
void Client(const std::string& url, uint64_t high, uint64_t spans,
            std::vector<trace::TraceId>& acknowledged, std::atomic<uint64_t>& count) {
  auto client = net::HttpClient::Create(url);
  ASSERT_TRUE(client.ok());
  for (uint64_t n = 1;; ++n) {
    const trace::TraceId id{high, n};
    const auto answer = (*client)->Post("/v1/traces", Request(id, spans), "application/x-protobuf");
    if (!answer.ok()) return;
    if (answer->status != 200) continue;  // refused, and so not promised
    acknowledged.push_back(id);
    ++count;
  }
}

TEST(ServerCrash, NothingAcknowledgedIsLostByAKill) {
  const uint64_t rounds = FromEnvironment("AWRY_CRASH_ROUNDS", 3);
  const uint64_t seed = FromEnvironment("AWRY_CRASH_SEED", base::EntropySeed() >> 8);
  SCOPED_TRACE("AWRY_CRASH_SEED=" + std::to_string(seed));
  base::Random random(seed);
  const Folder folder;
  std::vector<trace::TraceId> small, large;
  for (uint64_t round = 1; round <= rounds && !testing::Test::HasFatalFailure(); ++round) {
    Server server(folder.path(), round % 2 == 0 ? "always" : "interval:1s");
    const bool with_large = round % 3 == 0;  // kills while segments are written and merged, too
    std::atomic<uint64_t> count{0};
    std::array<std::vector<trace::TraceId>, 2> acknowledged;
    std::array<std::thread, 2> clients;
    for (size_t c = 0; c < clients.size(); ++c) {
      clients[c] = std::thread([&, c] {
        Client(server.otlp(), round * 2 + c, c == 0 && with_large ? kSpansALargeTrace : kSpansATrace,
               acknowledged[c], count);
      });
    }
    const uint64_t enough = 20 + random.Below(200);
    while (count < enough) std::this_thread::yield();
    server.Kill(SIGKILL);
    for (std::thread& client : clients) client.join();
    const size_t small_before = small.size(), large_before = large.size();
    auto& first = with_large ? large : small;
    first.insert(first.end(), acknowledged[0].begin(), acknowledged[0].end());
    small.insert(small.end(), acknowledged[1].begin(), acknowledged[1].end());
    // This round's; all others, too, in the last one and now and then.
    const bool all = round == rounds || round % 50 == 0;
    const Server again(folder.path());
    ExpectAllThere(again.pages(), std::span(small).subspan(all ? 0 : small_before));
    ExpectAllThere(again.pages(), std::span(large).subspan(all ? 0 : large_before), kSpansALargeTrace);
  }
  EXPECT_GE(small.size() + large.size(), rounds * 20);
  RecordProperty("acknowledged_requests", static_cast<int>(small.size() + large.size()));
}

TEST(ServerCrash, ATornEndOfTheLogIsCutAndShown) {
  const Folder folder;
  std::vector<trace::TraceId> acknowledged;
  {
    Server server(folder.path());
    auto client = net::HttpClient::Create(server.otlp());
    for (uint64_t n = 1; n <= 5; ++n) {
      const auto answer =
          (*client)->Post("/v1/traces", Request({1, n}), "application/x-protobuf");
      ASSERT_TRUE(answer.ok());
      acknowledged.push_back({1, n});
    }
    server.Kill(SIGKILL);
  }
  std::string newest;
  for (const auto& entry : std::filesystem::directory_iterator(folder.path())) {
    const std::string name = entry.path().filename().string();
    if (name.starts_with("wal-")) newest = std::max(newest, name);
  }
  const uint64_t bytes = std::filesystem::file_size(folder.path() + "/" + newest);
  std::ofstream(folder.path() + "/" + newest, std::ios::app | std::ios::binary)
      << "AWRY and then the power went";
  const Server server(folder.path());
  ExpectAllThere(server.pages(), acknowledged);
  auto client = net::HttpClient::Create(server.pages());
  const auto status = (*client)->Get("/api/v1/status");
  ASSERT_TRUE(status.ok());
  EXPECT_THAT(status->body, HasSubstr(newest + ", offset " + std::to_string(bytes)));
  const auto metrics = (*client)->Get("/metrics");
  ASSERT_TRUE(metrics.ok());
  EXPECT_THAT(metrics->body, HasSubstr("awry_store_problems 1"));
}

TEST(ServerCrash, ABackupOfARunningServerOpens) {
  const Folder folder, copy;
  Server server(folder.path());
  auto client = net::HttpClient::Create(server.otlp());
  std::vector<trace::TraceId> acknowledged;
  for (uint64_t n = 1; n <= 20; ++n) {
    ASSERT_EQ((*client)->Post("/v1/traces", Request({1, n}), "application/x-protobuf")->status, 200);
    acknowledged.push_back({1, n});
  }
  const std::string backup = kProgram + " backup --server " + server.pages() + " --out " + copy.path();
  ASSERT_EQ(std::system((backup + " >/dev/null").c_str()), 0);
  EXPECT_NE(std::system((backup + " >/dev/null 2>&1").c_str()), 0) << "the folder is not empty";
  server.Kill(SIGKILL);
  const Server other(copy.path());
  ExpectAllThere(other.pages(), acknowledged);
}

}  // namespace
}  // namespace awry
