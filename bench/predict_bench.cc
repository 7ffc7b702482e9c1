// How many rows a CPU second the Category Predictor judges in batch, with all that the service does for a row.
//
//   predict_bench --model FILE [--rows 100000] [--batch 1000] [--no-spans] [--labels 2000] [--rounds 3]
//
// The service runs behind a real server in this process; the client, the Spending Analyzer's stand-in and the
// sink that the real exporter posts to run here as well, and their CPU counts. Each row is told a trace of its
// own unless --no-spans is given. Rows are of one person, whose --labels corrections are learned before.
#include <awry/sdk/sdk.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/random.h"
#include "finance/category_predictor/predictor_service.h"
#include "net/http_client.h"
#include "net/http_server.h"

namespace {

using awry::base::Random;

double CpuSeconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& t) { return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6; };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

constexpr std::string_view kShops[] = {"REWE SAGT DANKE", "TESCO STORES", "SHELL", "AMZN MKTP", "LIDL", "COFFEE FELLOWS", "SPOTIFY",
                                       "NETFLIX.COM", "DB VERTRIEB", "UBER TRIP", "BOOTS", "IKEA", "ALDI SUED", "DM DROGERIE"};

// One line of POST /categorize/batch, or of /feedback with a category.
std::string LineOf(Random& random, size_t number, std::string_view category, bool traced) {
  char trace[64];
  std::snprintf(trace, sizeof(trace), "00-%016llx%016llx-%016llx-01", static_cast<unsigned long long>(random.Next() | 1),
                static_cast<unsigned long long>(number + 1), static_cast<unsigned long long>(random.Next() | 1));
  std::string line = R"({"id":"tx-)" + std::to_string(number) + R"(","user_id":"person-with-a-long-id","description":")" +
                     std::string(kShops[random.Below(std::size(kShops))]) + " " + std::to_string(random.Below(5000)) + " BERLIN REF " +
                     std::to_string(10'000'000 + random.Below(90'000'000)) + R"(","amount_minor":-)" + std::to_string(100 + random.Below(20'000)) +
                     R"(,"currency":"EUR","date":"2025-0)" + std::to_string(1 + random.Below(9)) + R"(-15","account":"main")";
  if (!category.empty()) line += R"(,"category":")" + std::string(category) + "\"";
  if (traced) line += R"(,"traceparent":")" + std::string(trace) + "\"";
  return line + "}\n";
}

std::unique_ptr<awry::net::HttpServer> Serve(awry::net::HttpHandler answer) {
  awry::net::Router router;
  router.SetFallback(std::move(answer));
  return std::move(*awry::net::HttpServer::Start({.threads = 2}, std::move(router)));
}

std::string UrlOf(const awry::net::HttpServer& server) { return "http://127.0.0.1:" + std::to_string(server.port()); }

struct Arguments {
  std::string model;
  size_t rows = 100'000, batch = 1000, labels = 2000, rounds = 3;
  bool spans = true;
};

int Run(const Arguments& arguments, const std::string& folder) {
  const auto sink = Serve([](const awry::net::HttpRequest&) { return awry::net::TextResponse(200, "", "application/x-protobuf"); });
  const auto analyzer = Serve([](const awry::net::HttpRequest&) {
    return awry::net::JsonResponse(200, R"({"cache":{"key":"person-with-a-long-id","hit":true},"user_id":"person-with-a-long-id",)"
                                        R"("avg_grocery_amount_minor":3200,"currency":"EUR","grocery_frequency":0.3,"category_shares":{"groceries":0.3,)"
                                        R"("dining":0.2,"transport":0.1,"housing":0.05,"income":0.05,"travel":0.3},"count":5000})");
  });
  awry::sdk::setup_tracing("category-predictor", {.exporter = arguments.spans ? awry::sdk::Options::Exporter::kOtlpHttp : awry::sdk::Options::Exporter::kNone,
                                                  .otlp_endpoint = UrlOf(*sink) + "/v1/traces", .queue_spans_max = 65'536});
  auto service = finance::category_predictor::PredictorService::Create(
      {.model_path = arguments.model, .database_url = "sqlite:" + folder + "/predictor.db", .contexts = {.url = UrlOf(*analyzer)}});
  if (!service.ok()) return std::printf("%s\n", service.status().ToString().c_str()), 1;
  awry::net::Router router;
  (*service)->AddRoutes(router);
  const auto server = std::move(*awry::net::HttpServer::Start({.threads = 2}, std::move(router)));
  const auto client = std::move(*awry::net::HttpClient::Create(UrlOf(*server), {.timeout = std::chrono::seconds(120)}));
  Random random(3);
  std::string labels;
  for (size_t i = 0; i < arguments.labels; ++i) labels += LineOf(random, i, i % 3 == 0 ? "dining" : "groceries", false);
  if (client->Post("/feedback", labels, "application/x-ndjson")->status != 200) return std::printf("labels were refused\n"), 1;
  std::vector<std::string> bodies;
  for (size_t i = 0; i < arguments.rows; i += arguments.batch) {
    std::string body;
    for (size_t j = i; j < std::min(arguments.rows, i + arguments.batch); ++j) body += LineOf(random, j, "", arguments.spans);
    bodies.push_back(std::move(body));
  }
  for (size_t round = 0; round < arguments.rounds; ++round) {
    const double before = CpuSeconds();
    for (const std::string& body : bodies) {
      const auto answer = client->Post("/categorize/batch", body, "application/x-ndjson");
      if (!answer.ok() || answer->status != 200) return std::printf("refused\n"), 1;
    }
    (void)awry::sdk::force_flush();
    const double cpu = CpuSeconds() - before;
    const awry::sdk::Stats stats = awry::sdk::stats();
    std::printf("%zu rows, %s: %.0f rows a CPU second, %.2f us a row; spans exported %llu, dropped %llu\n", arguments.rows,
                arguments.spans ? "each traced" : "no spans", static_cast<double>(arguments.rows) / cpu, cpu * 1e6 / static_cast<double>(arguments.rows),
                static_cast<unsigned long long>(stats.exported), static_cast<unsigned long long>(stats.dropped_queue_full));
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  Arguments arguments;
  for (int i = 1; i < argc; ++i) {
    const std::string_view name = argv[i];
    if (name == "--no-spans") arguments.spans = false;
    if (i + 1 == argc) continue;
    if (name == "--model") arguments.model = argv[i + 1];
    const auto number = static_cast<size_t>(std::max(0, std::atoi(argv[i + 1])));
    if (name == "--rows") arguments.rows = number;
    if (name == "--batch") arguments.batch = std::max<size_t>(number, 1);
    if (name == "--labels") arguments.labels = number;
    if (name == "--rounds") arguments.rounds = number;
  }
  char pattern[] = "/tmp/predict-bench-XXXXXX";
  const std::string folder = mkdtemp(pattern);
  const int code = Run(arguments, folder);
  (void)awry::sdk::shutdown();
  std::filesystem::remove_all(folder);
  return code;
}
