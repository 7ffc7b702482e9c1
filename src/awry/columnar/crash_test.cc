// Kills the store at every change of the disk, and at random, and compares what is there afterwards
// with what was acknowledged. AWRY_CRASH_ROUNDS=1000 makes it longer; AWRY_CRASH_SEED repeats one
// run.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <map>
#include <mutex>
#include <set>
#include <thread>

#include "awry/columnar/columnar_store.h"
#include "awry/columnar/fault_file_system.h"
#include "awry/store/store_suite.h"
#include "base/random.h"

namespace awry::columnar {
namespace {

using store::TraceStore;
using trace::TraceId;

uint64_t FromEnvironment(const char* name, uint64_t otherwise) {
  const char* text = std::getenv(name);
  return text == nullptr ? otherwise : std::stoull(text);
}

// What a client knows: a batch is one trace of `spans` spans.
struct Acknowledged {
  std::mutex mutex;
  std::map<TraceId, size_t> spans;  // acknowledged
  std::map<TraceId, size_t> tried;
  std::set<std::string> labels;
};

void Client(TraceStore& store, uint64_t client, uint64_t seed, Acknowledged& known) {
  base::Random random(seed);
  for (uint64_t b = 1; b <= 25; ++b) {
    const TraceId id{client, b};
    std::vector<trace::Span> spans;
    for (uint64_t s = 1 + random.Below(12); s > 0; --s) {
      spans.push_back(store::MakeSpan(id, s, 0, "svc", "op", static_cast<int64_t>(b)));
      spans.back().attributes = {
          {"k", trace::Value(trace::ValueView::String(std::string(random.Below(60), 'x')))}};
    }
    {
      const std::lock_guard lock(known.mutex);
      known.tried[id] = spans.size();
    }
    const base::Status status = Put(store, spans);
    if (status.ok()) {
      const std::lock_guard lock(known.mutex);
      known.spans[id] = spans.size();
    }
    if (random.Chance(0.1)) (void)store.Flush().ok();
    if (random.Chance(0.2)) {
      std::vector<trace::Label> labels{{.trace_id = id, .source = "test"}};
      if (store.PutLabels(labels).ok()) {
        const std::lock_guard lock(known.mutex);
        known.labels.insert(labels[0].id);
      }
    }
    if (status.code() == base::StatusCode::kUnavailable) return;
  }
}

void ExpectAllThere(TraceStore& store, const Acknowledged& known) {
  for (const auto& [id, spans] : known.spans) {
    const auto trace = store.GetTrace(id);
    ASSERT_TRUE(trace.ok()) << "acknowledged and lost: " << ToHex(id) << " "
                            << trace.status().ToString();
    ASSERT_EQ(trace->spans.size(), spans) << "cut: " << ToHex(id);
  }
  ASSERT_TRUE(store
                  .VisitTraces({},
                               [&](trace::Trace& trace) {
                                 const auto tried = known.tried.find(trace.id);
                                 EXPECT_NE(tried, known.tried.end());
                                 if (tried != known.tried.end()) {
                                   EXPECT_EQ(trace.spans.size(), tried->second)
                                       << "a batch is all or nothing";
                                 }
                                 return true;
                               })
                  .ok());
  std::set<std::string> labels;
  for (const trace::Label& label : store.Labels()) labels.insert(label.id);
  for (const std::string& label : known.labels) EXPECT_TRUE(labels.contains(label)) << "label lost";
}

struct Round {
  uint64_t seed = 0;
  uint64_t dies_at = 0;
  bool power_cut = false;
};

// False when the store came to its end before it should have died.
bool RunRound(const Round& round) {
  FaultFileSystem files(round.seed);
  const ColumnarOptions options{.path = "/data",
                                .fsync = round.power_cut       ? FsyncPolicy::kAlways
                                         : round.seed % 2 == 0 ? FsyncPolicy::kNever
                                                               : FsyncPolicy::kInterval,
                                .fsync_interval = std::chrono::milliseconds(1),
                                .table_spans_max = 40,
                                .file_system = &files};
  Acknowledged known;
  files.DieAtChange(round.dies_at);
  if (auto opened = Open(options); opened.ok()) {
    std::thread other([&] { Client(**opened, 1, round.seed, known); });
    Client(**opened, 2, round.seed + 1, known);
    other.join();
  }
  const bool died = files.dead();
  // It may be killed again while it recovers.
  for (int again = 0; again < 2; ++again) {
    round.power_cut ? files.RestartAfterPowerCut() : files.Restart();
    files.DieAtChange(1 + (round.seed + static_cast<uint64_t>(again)) % 23);
    (void)Open(options).ok();
  }
  round.power_cut ? files.RestartAfterPowerCut() : files.Restart();
  auto opened = Open(options);
  EXPECT_TRUE(opened.ok()) << opened.status().ToString();
  if (opened.ok()) {
    ExpectAllThere(**opened, known);
    EXPECT_TRUE((*opened)->Flush().ok());
    ExpectAllThere(**opened, known);
  }
  return died;
}

TEST(Crash, NothingAcknowledgedIsLostWhenTheProcessDiesAtAnyWrite) {
  const uint64_t rounds = FromEnvironment("AWRY_CRASH_ROUNDS", 60);
  const uint64_t seed = FromEnvironment("AWRY_CRASH_SEED", base::EntropySeed() >> 8);
  for (uint64_t i = 0; i < rounds && !testing::Test::HasFailure(); ++i) {
    const Round round{.seed = seed + i, .dies_at = 1 + i * 300 / rounds, .power_cut = i % 3 == 0};
    SCOPED_TRACE("AWRY_CRASH_ROUNDS=1 AWRY_CRASH_SEED=" + std::to_string(round.seed) + " dies at " +
                 std::to_string(round.dies_at) + (round.power_cut ? ", power cut" : ""));
    RunRound(round);
  }
}

TEST(Crash, ThePlanReachesEveryKindOfWrite) {
  EXPECT_TRUE(RunRound({.seed = 5, .dies_at = 30}));
  EXPECT_FALSE(RunRound({.seed = 5, .dies_at = 1'000'000}))
      << "without a fault the clients come to their end";
}

TEST(Crash, ARealProcessThatIsKilledLosesNothingAcknowledged) {
  const std::string folder =
      testing::TempDir() + "/awry_kill_" + std::to_string(base::EntropySeed());
  const uint64_t rounds = std::max<uint64_t>(3, FromEnvironment("AWRY_CRASH_ROUNDS", 0) / 20);
  uint64_t acknowledged = 0;
  for (uint64_t round = 1; round <= rounds; ++round) {
    int pipe_ends[2];
    ASSERT_EQ(pipe(pipe_ends), 0);
    const pid_t child = fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      close(pipe_ends[0]);
      auto opened = Open({.path = folder, .table_spans_max = 300});
      if (!opened.ok()) _exit(1);
      for (uint64_t b = 1;; ++b) {
        const TraceId id{round, b};
        if (!Put(**opened,
                 {store::MakeSpan(id, 1, 0, "s", "a", 1), store::MakeSpan(id, 2, 1, "s", "b", 2)})
                 .ok())
          _exit(2);
        if (write(pipe_ends[1], &b, sizeof(b)) != sizeof(b)) _exit(3);
      }
    }
    close(pipe_ends[1]);
    uint64_t newest = 0;
    const uint64_t enough = 200 + base::EntropySeed() % 700;
    while (newest < enough && read(pipe_ends[0], &newest, sizeof(newest)) == sizeof(newest)) {
    }
    kill(child, SIGKILL);
    for (uint64_t late = 0; read(pipe_ends[0], &late, sizeof(late)) == sizeof(late);) newest = late;
    close(pipe_ends[0]);
    ASSERT_EQ(waitpid(child, nullptr, 0), child);
    ASSERT_GE(newest, enough);
    acknowledged += newest;
    auto opened = Open({.path = folder});
    ASSERT_TRUE(opened.ok()) << opened.status().ToString();
    for (uint64_t b = 1; b <= newest; ++b) {
      const auto trace = (*opened)->GetTrace({round, b});
      ASSERT_TRUE(trace.ok()) << "round " << round << ", batch " << b;
      ASSERT_EQ(trace->spans.size(), 2u);
    }
    EXPECT_GE((*opened)->Stats().spans, 2 * acknowledged);
  }
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace awry::columnar
