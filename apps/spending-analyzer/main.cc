// spending-analyzer: patterns, statistics and recurring payments.
#include <memory>

#include "apps/service_frame/service_frame.h"
#include "base/clock.h"
#include "finance/spending_analyzer/pattern_cache.h"
#include "finance/spending_analyzer/spending_analyzer.h"
#include "net/redis.h"
#include "sql/database.h"

namespace {

using awry::base::Result;
using awry::base::Status;
using finance::spending_analyzer::PatternCache;
using finance::spending_analyzer::SpendingAnalyzer;
using service_frame::Instruments;
using service_frame::Settings;

Result<std::unique_ptr<PatternCache>> OpenCache(const Settings& settings, const Instruments& instruments) {
  const std::string& url = settings.Get("redis-url");
  if (url.empty()) return finance::spending_analyzer::MakeMemoryCache(awry::base::SystemClock());
  ASSIGN_OR_RETURN(auto redis, awry::net::RedisClient::Create(url, {.observer = instruments.redis}));
  return finance::spending_analyzer::MakeRedisCache(std::move(redis));
}

class AnalyzerService final : public service_frame::Service {
 public:
  static Result<std::unique_ptr<service_frame::Service>> Create(const Settings& settings,
                                                                const Instruments& instruments) {
    const std::string& fault = settings.Get("fault");
    if (!fault.empty() && fault != "cache-key") {
      return awry::base::InvalidArgument("--fault knows only cache-key: " + fault);
    }
    ASSIGN_OR_RETURN(const int64_t ttl, settings.Int("cache-ttl-seconds", 1, 7 * 86'400));
    auto service = std::make_unique<AnalyzerService>();
    ASSIGN_OR_RETURN(service->database_, awry::sql::Database::Open(settings.DatabaseUrl("spending-analyzer")));
    ASSIGN_OR_RETURN(auto cache, OpenCache(settings, instruments));
    ASSIGN_OR_RETURN(service->analyzer_,
                     SpendingAnalyzer::Create(*service->database_, std::move(cache),
                                              {.cache_ttl_max = std::chrono::seconds(ttl),
                                               .cache_key_fault = fault == "cache-key"}));
    return std::unique_ptr<service_frame::Service>(std::move(service));
  }
  void AddRoutes(awry::net::Router& router) override { analyzer_->AddRoutes(router); }
  Status Ready() override { return analyzer_->Ready(); }
  std::string Metrics() override { return analyzer_->Metrics(); }

 private:
  std::unique_ptr<awry::sql::Database> database_;
  std::unique_ptr<SpendingAnalyzer> analyzer_;
};

}  // namespace

int main(int argc, char** argv) {
  return service_frame::RunService(
      argc, argv,
      {.name = "spending-analyzer",
       .default_port = 5003,
       .about = "Patterns of spending, monthly statistics and recurring payments.",
       .options = {{.name = "fault", .help = "'cache-key' brings back the article's bug: cut cache keys"},
                   {.name = "cache-ttl-seconds", .env = "PATTERN_CACHE_TTL_SECONDS", .default_value = "600",
                    .help = "longest life of cached patterns"}},
       .build = AnalyzerService::Create});
}
