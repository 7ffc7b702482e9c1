// What the foundation costs: CPU microseconds (user + system, both sides) of one HTTP exchange on a kept
// connection, of parsing a small JSON request, and of a durable SQLite write with and without company.
//   net_bench [seconds per part, default 2]
#include <fmt/format.h>
#include <sys/resource.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "codec/json.h"
#include "net/http_client.h"
#include "net/http_server.h"
#include "sql/database.h"

namespace {

using Clock = std::chrono::steady_clock;

double CpuSeconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& t) { return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) * 1e-6; };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

// Runs `step` on `threads` threads for `seconds`; prints rate and CPU a step.
void Measure(const std::string& name, int threads, double seconds, const std::function<void(int thread)>& step) {
  const double cpu = CpuSeconds();
  const auto start = Clock::now();
  const auto end = start + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(seconds));
  std::vector<uint64_t> counts(static_cast<size_t>(threads));
  {
    std::vector<std::jthread> workers;
    for (int t = 0; t < threads; ++t) {
      workers.emplace_back([&, t] {
        uint64_t count = 0;
        for (; Clock::now() < end; ++count) step(t);
        counts[static_cast<size_t>(t)] = count;
      });
    }
  }
  uint64_t total = 0;
  for (const uint64_t count : counts) total += count;
  const double wall = std::chrono::duration<double>(Clock::now() - start).count();
  fmt::print("{:<44} {:>10.0f} /s {:>9.2f} us CPU each\n", name, static_cast<double>(total) / wall,
             (CpuSeconds() - cpu) * 1e6 / static_cast<double>(total));
}

void BenchHttp(double seconds) {
  awry::net::Router router;
  router.Add("POST", "/echo", [](const awry::net::HttpRequest& request) { return awry::net::JsonResponse(200, request.body); });
  const auto server = awry::net::HttpServer::Start({}, std::move(router)).value();
  const auto client = awry::net::HttpClient::Create("http://127.0.0.1:" + std::to_string(server->port())).value();
  const std::string body(300, 'x');
  for (const int threads : {1, 4}) {
    Measure(fmt::format("HTTP exchange, 300 bytes, {} client threads", threads), threads, seconds, [&](int) {
      if (!client->Post("/echo", body).ok()) std::abort();
    });
  }
}

void BenchJson(double seconds) {
  std::string text;
  awry::codec::JsonWriter json(text);
  json.BeginObject().Key("id").String("txn-2024-000123").Key("user_id").String("user123456");
  json.Key("description").String("WHOLE FOODS MARKET #10234 AUSTIN TX").Key("amount").Raw("45.99");
  json.Key("currency").String("USD").Key("date").String("2024-05-01").Key("account").String("checking");
  json.Key("mcc").Int(5411).Key("tags").BeginArray().String("groceries").String("weekly").EndArray();
  json.Key("note").String("a note that makes the request about three hundred bytes long, as ours are").EndObject();
  Measure(fmt::format("JSON parse, {} bytes (100 at a time)", text.size()), 1, seconds, [&](int) {
    for (int i = 0; i < 100; ++i) {
      const auto document = awry::codec::JsonDocument::Parse(text);
      if (document->root().Find("amount").NumberText() != "45.99") std::abort();
    }
  });
}

void BenchSqlite(double seconds) {
  const auto folder = std::filesystem::temp_directory_path() / fmt::format("awry-net-bench-{}", getpid());
  std::filesystem::create_directory(folder);
  {
    const auto database = awry::sql::Database::Open("sqlite:" + (folder / "db").string()).value();
    if (!database->Execute("CREATE TABLE t (k INTEGER PRIMARY KEY, s TEXT)").ok()) std::abort();
    for (const int threads : {1, 8, 32}) {
      Measure(fmt::format("SQLite durable write, {} threads", threads), threads, seconds, [&](int) {
        if (!database->Execute("INSERT INTO t (s) VALUES ($1)", {"some text of a transaction"}).ok()) std::abort();
      });
    }
  }
  std::filesystem::remove_all(folder);
}

}  // namespace

int main(int argc, char** argv) {
  const double seconds = argc > 1 ? std::atof(argv[1]) : 2;
  BenchHttp(seconds);
  BenchJson(seconds);
  BenchSqlite(seconds);
}
