// Loads POST /categorize of a running Category Predictor and reports latency and CPU as JSON.
//
//   categorize_bench --url http://127.0.0.1:5002 --pids 12,34 [--rate 500] [--seconds 60] [--threads 8]
//
// With --rate the load is an open loop: request i is due at start + i/rate, whatever the answers
// before it did, and its latency counts from when it was due (no coordinated omission). Without it
// every thread sends as fast as it gets answers (saturation). CPU is user + system time of the
// processes in --pids, read from /proc before and after.
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <sstream>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "base/random.h"
#include "codec/json.h"
#include "net/http_client.h"

namespace awry {
namespace {

using SteadyClock = std::chrono::steady_clock;

struct Options {
  std::string url = "http://127.0.0.1:5002";
  std::vector<int> pids;
  double rate = 0;  // requests a second; 0: closed loop
  double seconds = 10;
  unsigned threads = 8;
};

struct Outcome {
  std::vector<double> latencies_ms;
  uint64_t failed = 0;
};

double CpuSeconds(int pid) {
  std::ifstream in("/proc/" + std::to_string(pid) + "/stat");
  std::stringstream text;
  text << in.rdbuf();
  std::string stat = text.str();
  // Fields 14 and 15 are utime and stime; the name in field 2 may hold blanks.
  std::istringstream fields(stat.substr(stat.rfind(')') + 2));
  std::string field;
  double ticks = 0;
  for (int i = 3; i <= 15 && fields >> field; ++i) {
    if (i >= 14) ticks += std::stod(field);
  }
  return ticks / static_cast<double>(sysconf(_SC_CLK_TCK));
}

double CpuSeconds(const std::vector<int>& pids) {
  double sum = 0;
  for (const int pid : pids) sum += CpuSeconds(pid);
  return sum;
}

std::string MakeBody(uint64_t i, base::Random& random) {
  static const std::vector<std::string_view> kMerchants{
      "tesco stores 3953", "amznmktplace", "shell birmingham", "costa coffee 4411", "wholefoods#123",
      "netflix.com", "sainsburys s/mkts", "trainline", "boots 1187", "screwfix direct"};
  std::string out;
  codec::JsonWriter json(out);
  json.BeginObject();
  json.Key("id");
  json.String("bench" + std::to_string(i));
  json.Key("user_id");
  json.String("user" + std::to_string(100 + random.Below(400)));
  json.Key("description");
  json.String(kMerchants[random.Below(kMerchants.size())]);
  json.Key("amount_minor");
  json.Int(-static_cast<int64_t>(100 + random.Below(20'000)));
  json.Key("currency");
  json.String("EUR");
  json.Key("date");
  json.String("2026-11-02");
  json.EndObject();
  return out;
}

void RunThread(const Options& options, net::HttpClient& client, SteadyClock::time_point start,
               std::atomic<uint64_t>& next, uint64_t seed, Outcome& outcome) {
  base::Random random(seed);
  const auto end = start + std::chrono::duration<double>(options.seconds);
  while (true) {
    const uint64_t i = next.fetch_add(1);
    auto due = SteadyClock::now();
    if (options.rate > 0) {
      due = start + std::chrono::duration_cast<SteadyClock::duration>(
                        std::chrono::duration<double>(static_cast<double>(i) / options.rate));
      std::this_thread::sleep_until(due);
    }
    if (due >= end) return;
    const auto response = client.Post("/categorize", MakeBody(i, random));
    if (!response.ok() || response->status != 200) ++outcome.failed;
    outcome.latencies_ms.push_back(
        std::chrono::duration<double, std::milli>(SteadyClock::now() - due).count());
  }
}

double Quantile(const std::vector<double>& sorted, double q) {
  if (sorted.empty()) return 0;
  return sorted[std::min(sorted.size() - 1, static_cast<size_t>(q * static_cast<double>(sorted.size())))];
}

int Run(const Options& options) {
  auto client = net::HttpClient::Create(options.url, {.idle_connections_max = options.threads});
  if (!client.ok()) {
    std::fprintf(stderr, "%s\n", client.status().ToString().c_str());
    return 2;
  }
  std::vector<Outcome> outcomes(options.threads);
  std::atomic<uint64_t> next{0};
  const double cpu_before = CpuSeconds(options.pids);
  const auto start = SteadyClock::now();
  {
    std::vector<std::jthread> threads;
    for (unsigned t = 0; t < options.threads; ++t) {
      threads.emplace_back([&, t] { RunThread(options, **client, start, next, t + 1, outcomes[t]); });
    }
  }
  const double wall_s = std::chrono::duration<double>(SteadyClock::now() - start).count();
  const double cpu_s = CpuSeconds(options.pids) - cpu_before;
  std::vector<double> all;
  uint64_t failed = 0;
  for (const Outcome& outcome : outcomes) {
    all.insert(all.end(), outcome.latencies_ms.begin(), outcome.latencies_ms.end());
    failed += outcome.failed;
  }
  std::sort(all.begin(), all.end());
  const double n = static_cast<double>(std::max<size_t>(all.size(), 1));
  std::printf(
      "{\"requests\":%zu,\"failed\":%llu,\"requests_per_s\":%.1f,\"p50_ms\":%.3f,\"p99_ms\":%.3f,"
      "\"max_ms\":%.3f,\"cpu_ms_per_request\":%.4f}\n",
      all.size(), static_cast<unsigned long long>(failed), n / wall_s, Quantile(all, 0.5),
      Quantile(all, 0.99), all.empty() ? 0 : all.back(), cpu_s * 1000 / n);
  return failed == 0 ? 0 : 1;
}

}  // namespace
}  // namespace awry

int main(int argc, char** argv) {
  awry::Options options;
  for (int i = 1; i + 1 < argc; i += 2) {
    const std::string_view flag = argv[i];
    const std::string value = argv[i + 1];
    if (flag == "--url") {
      options.url = value;
    } else if (flag == "--rate") {
      options.rate = std::stod(value);
    } else if (flag == "--seconds") {
      options.seconds = std::stod(value);
    } else if (flag == "--threads") {
      options.threads = static_cast<unsigned>(std::stoul(value));
    } else if (flag == "--pids") {
      std::istringstream list(value);
      for (std::string pid; std::getline(list, pid, ',');) options.pids.push_back(std::stoi(pid));
    } else {
      std::fprintf(stderr, "unknown option: %s\n", argv[i]);
      return 2;
    }
  }
  return awry::Run(options);
}
