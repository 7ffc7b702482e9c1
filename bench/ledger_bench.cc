// How long an import takes, and each of the dashboard's questions on a large ledger.
//
//   ledger_bench [--rows 500000] [--import 100000] [--rounds 5] [--folder DIR]
//
// Runs the Transaction Processor in this process over a fresh SQLite file, with peers that answer at
// once, so that what is measured is the processor's own share. The import is a CSV statement of --import
// rows: upload and preview, confirmation, and the pipeline until the last row is done. Then the ledger
// is filled up to --rows rows of one user, and each question is asked --rounds times through the router,
// without the network. CPU is user + system time of the whole process.
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "base/random.h"
#include "codec/json.h"
#include "finance/ledger/clean_description.h"
#include "finance/transaction_processor/transaction_processor.h"
#include "net/http_client.h"

namespace {

using namespace finance::transaction_processor;  // NOLINT: a program of one file
using awry::base::Random;
using Clock = std::chrono::steady_clock;

double CpuSeconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& t) { return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6; };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

// Wall and CPU time since it was made.
class Watch {
 public:
  double wall_ms() const { return std::chrono::duration<double, std::milli>(Clock::now() - begin_).count(); }
  double cpu_ms() const { return (CpuSeconds() - cpu_) * 1e3; }

 private:
  Clock::time_point begin_ = Clock::now();
  double cpu_ = CpuSeconds();
};

std::string DescriptionOf(Random& random) {
  static constexpr std::string_view kShops[] = {"REWE SAGT DANKE", "TESCO STORES", "SHELL", "AMZN MKTP", "LIDL", "COFFEE FELLOWS", "SPOTIFY",
                                                "NETFLIX.COM", "DB VERTRIEB", "UBER TRIP", "BOOTS", "IKEA", "ALDI SUED", "DM DROGERIE"};
  return std::string(kShops[random.Below(std::size(kShops))]) + " " + std::to_string(random.Below(5000)) + " BERLIN REF " +
         std::to_string(10'000'000 + random.Below(90'000'000));
}

finance::ledger::Date DayOf(Random& random) { return finance::ledger::Date::FromDays(18'300 + static_cast<int32_t>(random.Below(2000))); }

std::string Statement(int rows) {
  Random random(1);
  std::string out = "Date,Amount,Currency,Description\n";
  for (int i = 0; i < rows; ++i) {
    const auto cents = 100 + random.Below(20'000);
    out += DayOf(random).ToString() + ",-" + std::to_string(cents / 100) + "." + std::to_string(cents / 10 % 10) + std::to_string(cents % 10) +
           ",EUR," + DescriptionOf(random) + "\n";
  }
  return out;
}

net::HttpResponse AnswerAsPeer(const net::HttpRequest& request) {
  if (request.path != "/categorize/batch" && request.path != "/categorize") return net::JsonResponse(200, "{}");
  constexpr std::string_view kAnswer = R"({"category":"groceries","confidence":0.75,"model_version":"m1","alternatives":[]})" "\n";
  net::HttpResponse response;
  const auto lines = std::max<std::ptrdiff_t>(1, std::count(request.body.begin(), request.body.end(), '\n'));
  for (std::ptrdiff_t i = 0; i < lines; ++i) response.body += kAnswer;
  return response;
}

net::HttpResponse Ask(const net::Router& router, std::string method, const std::string& target, std::string body = "") {
  net::HttpRequest request{.method = std::move(method), .target = target, .headers = {{"content-type", "application/json"}}, .body = std::move(body)};
  const size_t mark = target.find('?');
  request.path = target.substr(0, mark);
  std::string_view rest = mark == std::string::npos ? std::string_view() : std::string_view(target).substr(mark + 1);
  while (!rest.empty()) {
    const std::string_view pair = rest.substr(0, rest.find('&'));
    const size_t equals = pair.find('=');
    request.query_params.emplace_back(std::string(pair.substr(0, equals)), *net::UrlDecode(pair.substr(equals + 1)));
    rest.remove_prefix(std::min(pair.size() + 1, rest.size()));
  }
  return router.Dispatch(request);
}

std::string TextAt(const net::HttpResponse& response, std::string_view key) {
  const auto document = awry::codec::JsonDocument::Parse(response.body);
  return document.ok() ? std::string(document->root().Find(key).AsString().value_or("")) : "";
}

bool MeasureImport(const net::Router& router, int rows) {
  const std::string file = Statement(rows);
  const Watch all;
  const net::HttpResponse preview = Ask(router, "POST", "/imports?account=main&user_id=u", file);
  std::printf("import of %d rows (%.1f MB): preview %.0f ms", rows, static_cast<double>(file.size()) / 1e6, all.wall_ms());
  const std::string path = "/imports/" + TextAt(preview, "import_id");
  const Watch confirm;
  if (Ask(router, "POST", path + "/confirm?user_id=u").status != 202) return false;
  std::printf(", confirm %.0f ms", confirm.wall_ms());
  while (TextAt(Ask(router, "GET", path), "state") != "done") std::this_thread::sleep_for(std::chrono::milliseconds(20));
  std::printf(", done after %.1f s wall, %.1f s CPU\n", all.wall_ms() / 1e3, all.cpu_ms() / 1e3);
  const Watch again;
  const net::HttpResponse second = Ask(router, "POST", "/imports?account=main&user_id=u", file);
  const size_t counts = second.body.rfind("\"counts\"");
  std::printf("the same file again: preview %.0f ms %s\n", again.wall_ms(), second.body.substr(counts, 80).c_str());
  return true;
}

bool Fill(awry::sql::Database& database, int rows) {
  constexpr int kChunk = 20'000;
  Random random(2);
  const auto user = *finance::ledger::UserId::Parse("u");
  const auto euro = *finance::ledger::Currency::Parse("EUR");
  for (int begin = 0; begin < rows; begin += kChunk) {
    const auto status = database.Write([&](awry::sql::Connection& connection) -> awry::base::Status {
      const int end = std::min(rows, begin + kChunk);
      std::vector<finance::ledger::Date> days;
      for (int i = begin; i < end; ++i) days.push_back(DayOf(random));
      std::sort(days.begin(), days.end());  // as an import writes them
      for (int i = begin; i < end; ++i) {
        StoredTransaction stored{.row = {.id = "fill-" + std::to_string(i), .account = i % 3 == 0 ? "card" : i % 3 == 1 ? "savings" : "main", .user_id = user,
                                         .date = days[static_cast<size_t>(i - begin)], .amount = {static_cast<int64_t>(random.Below(30'000)) - 25'000, euro},
                                         .raw_description = DescriptionOf(random)}};
        finance::ledger::Transaction& row = stored.row;
        row.description = finance::ledger::CleanDescription(row.raw_description);
        row.category = *finance::ledger::CategoryFromNumber(1 + static_cast<int64_t>(random.Below(20)));
        row.category_source = finance::ledger::CategorySource::kModel;
        row.confidence = 0.3 + static_cast<double>(random.Below(700)) / 1000;
        row.processing = finance::ledger::Processing::kDone;
        row.fingerprint = row.id;
        RETURN_IF_ERROR(InsertTransaction(connection, stored));
      }
      return {};
    });
    if (!status.ok()) {
      std::printf("filling failed: %s\n", status.ToString().c_str());
      return false;
    }
  }
  return true;
}

// Dry runs of rules: a rare word, a frequent one, one that is in every row, and no word at all.
void MeasureRules(const net::Router& router, int rounds) {
  const auto text = [](std::string_view word) { return R"({"field":"description","op":"contains","value":")" + std::string(word) + "\"}"; };
  for (const std::string& condition : {text("tesco stores 12"), text("coffee"), text("berlin"), std::string(R"({"field":"direction","op":"is","value":"out"})")}) {
    const std::string rule = R"({"conditions":[)" + condition + R"(],"actions":[{"set":"category","value":"dining"}]})";
    const Watch watch;
    for (int i = 0; i < rounds; ++i) {
      const net::HttpResponse response = Ask(router, "POST", "/rules/preview?user_id=u", rule);
      if (response.status != 200) std::printf("status %d: %s\n", response.status, response.body.c_str());
    }
    std::printf("%8.1f ms CPU  dry run of a rule: %s\n", watch.cpu_ms() / rounds, condition.c_str());
  }
}

double MeasurePages(const net::Router& router, int rounds) {
  const std::string first = TextAt(Ask(router, "GET", "/transactions?user_id=u&limit=1000"), "next_cursor");
  const std::vector<std::string> targets = {
      "/transactions?user_id=u", "/transactions?user_id=u&limit=1000&cursor=" + first, "/transactions?user_id=u&from=2022-01-01&to=2022-03-31",
      "/transactions?user_id=u&category=dining", "/transactions?user_id=u&account=card&category=travel&amount_max=-20000",
      "/transactions?user_id=u&category=dining&amount_min=4990", "/transactions?user_id=u&amount_min=100000000", "/transactions?user_id=u&tag=none",
      "/transactions?user_id=u&review=1", "/transactions?user_id=u&q=coffee", "/transactions?user_id=u&q=tesco%20stores%2012",
      "/transactions?user_id=u&q=zzzzqq", "/transactions?user_id=u&q=berlin&category=home&account=card", "/totals?user_id=u",
      "/totals?user_id=u&category=dining", "/totals?user_id=u&amount_max=-10000", "/totals?user_id=u&q=tesco%20stores%2012",
      "/totals?user_id=u&q=coffee", "/totals?user_id=u&q=berlin", "/totals?user_id=u&q=coffee&from=2021-01-15&to=2024-06-20", "/totals?user_id=u&account=card&amount_max=-10000",
      "/totals?user_id=u&from=2021-01-15&to=2024-06-20", "/sums?user_id=u", "/sums?user_id=u&month_start=15", "/sums?user_id=u&from=2024-01-01&to=2024-12-31&by=day", "/cash-flow?user_id=u",
      "/balances?user_id=u", "/net-worth?user_id=u&from=2020-01-01&to=2025-12-31&step=month", "/net-worth?user_id=u&from=2020-01-01&to=2025-12-31&step=day",
      "/transfers?user_id=u", "/rules?user_id=u", "/imports?user_id=u", "/accounts?user_id=u"};
  double slowest = 0;
  for (const std::string& target : targets) {
    std::vector<double> wall;
    const Watch watch;
    size_t bytes = 0;
    for (int i = 0; i < rounds; ++i) {
      const Watch one;
      const net::HttpResponse response = Ask(router, "GET", target);
      wall.push_back(one.wall_ms());
      bytes = response.body.size();
      if (response.status != 200) std::printf("status %d: %s\n", response.status, response.body.c_str());
    }
    std::sort(wall.begin(), wall.end());
    std::printf("%8.1f ms median %8.1f ms worst %8.1f ms CPU  %7zu bytes  %s\n", wall[wall.size() / 2], wall.back(), watch.cpu_ms() / rounds, bytes,
                target.substr(0, 90).c_str());
    slowest = std::max(slowest, wall[wall.size() / 2]);
  }
  return slowest;
}

int IntArgument(int argc, char** argv, std::string_view name, int otherwise) {
  for (int i = 1; i + 1 < argc; ++i) {
    if (argv[i] == name) return std::atoi(argv[i + 1]);
  }
  return otherwise;
}

}  // namespace

int main(int argc, char** argv) {
  setvbuf(stdout, nullptr, _IOLBF, 0);  // each line as soon as it is known, also into a file
  char pattern[] = "/tmp/ledger-bench-XXXXXX";
  std::string folder;
  for (int i = 1; i + 1 < argc; ++i) {
    if (std::string_view(argv[i]) == "--folder") folder = argv[i + 1];
  }
  if (folder.empty()) folder = mkdtemp(pattern);
  const int rows = IntArgument(argc, argv, "--rows", 500'000), imported = IntArgument(argc, argv, "--import", 100'000);
  {
    net::Router peer_router;
    peer_router.SetFallback(AnswerAsPeer);
    auto peer = *net::HttpServer::Start({}, peer_router);
    auto client = *net::HttpClient::Create("http://127.0.0.1:" + std::to_string(peer->port()));
    auto database = *awry::sql::Database::Open("sqlite:" + folder + "/ledger.db");
    auto service = TransactionProcessor::Create(*database, {client.get(), client.get(), client.get(), client.get(), client.get(), {}});
    if (!service.ok()) return std::printf("%s\n", service.status().ToString().c_str()), 1;
    net::Router router;
    (*service)->AddRoutes(router);
    for (const char* id : {"main", "card", "savings"}) {
      Ask(router, "PUT", std::string("/accounts/") + id, std::string(R"({"user_id":"u","name":")") + id + R"(","kind":"checking","currency":"EUR"})");
    }
    if (imported > 0 && !MeasureImport(router, imported)) return 1;
    const Watch fill;
    if (!Fill(*database, rows - imported)) return 1;
    std::printf("filled to %d rows: %.1f s wall, %.1f s CPU\n", rows, fill.wall_ms() / 1e3, fill.cpu_ms() / 1e3);
    MeasureRules(router, IntArgument(argc, argv, "--rounds", 5));
    std::printf("slowest question: %.1f ms\n", MeasurePages(router, IntArgument(argc, argv, "--rounds", 5)));
  }
  std::filesystem::remove_all(folder);
  return 0;
}
