// dashboard: the page that a person opens.
#include <fmt/format.h>
#include <sys/stat.h>

#include <array>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>
#include <utility>

#include "apps/service_frame/service_frame.h"
#include "apps/dashboard/archive_command.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/random.h"
#include "finance/dashboard/acting_rights.h"
#include "finance/dashboard/dashboard.h"
#include "net/http_client.h"
#include "sql/database.h"

namespace {

using awry::base::Result;
using awry::base::Status;
using awry::net::HttpClient;
using finance::dashboard::Dashboard;
using finance::dashboard::DashboardOptions;
using finance::dashboard::StaticFiles;
using service_frame::Instruments;
using service_frame::Settings;

// The page that was built beside this program: build/bin/dashboard → build/web/dashboard.
std::string DefaultWebRoot() {
  std::error_code failed;
  const auto program = std::filesystem::read_symlink("/proc/self/exe", failed);
  return failed ? "web/dashboard"
                : (program.parent_path().parent_path() / "web" / "dashboard").string();
}

// The file may come later than this program: it is read whenever somebody wants the sample.
Result<std::vector<std::string>> SampleUsers(const std::string& file) {
  if (file.empty()) return std::vector<std::string>{"user123"};
  ASSIGN_OR_RETURN(const std::string json, awry::base::RealFileSystem().ReadAll(file));
  return finance::dashboard::ParseSampleUsers(json);
}

// The key that seals what the database must not show, made at the first start. Whoever loses it
// loses the second step of every log-in, not the money.
Result<std::string> SealKey(const std::string& file) {
  awry::base::FileSystem& files = awry::base::RealFileSystem();
  if (files.Exists(file)) return files.ReadAll(file);
  std::array<unsigned char, finance::dashboard::kSealKeyBytes> bytes;
  awry::base::FillEntropy(bytes);
  const std::string key(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  const mode_t before = umask(S_IRWXG | S_IRWXO);
  const Status written = files.WriteAtomically(file, key);
  umask(before);
  if (!written.ok()) return written;
  return key;
}

bool OnlyThisMachine(const std::string& address) {
  return address == "localhost" || address == "::1" || address.starts_with("127.");
}

class DashboardService final : public service_frame::Service {
 public:
  static Result<std::unique_ptr<service_frame::Service>> Create(const Settings& settings,
                                                                const Instruments& instruments) {
    auto service = std::make_unique<DashboardService>();
    RETURN_IF_ERROR(service->Open(settings, instruments));
    return std::unique_ptr<service_frame::Service>(std::move(service));
  }

  void AddRoutes(awry::net::Router& router) override { dashboard_->AddRoutes(router); }
  Status Ready() override { return dashboard_->Ready(); }
  void Stop() override { dashboard_->Stop(); }

 private:
  Status Open(const Settings& settings, const Instruments& instruments) {
    ASSIGN_OR_RETURN(database_, awry::sql::Database::Open(settings.DatabaseUrl("dashboard"),
                                                          {.observer = instruments.sql}));
    const auto connect = [&](const char* url, std::chrono::milliseconds timeout) {
      return HttpClient::Create(settings.Get(url),
                                {.timeout = timeout, .observer = instruments.http_client});
    };
    using std::chrono::seconds;
    ASSIGN_OR_RETURN(processor_,
                     connect("transaction-processor-url", seconds(120)));  // reads whole files
    ASSIGN_OR_RETURN(analyzer_, connect("spending-analyzer-url", seconds(10)));
    ASSIGN_OR_RETURN(budgets_, connect("budget-manager-url", seconds(10)));
    ASSIGN_OR_RETURN(predictor_, connect("category-predictor-url", seconds(10)));
    ASSIGN_OR_RETURN(detector_, connect("fraud-detector-url", seconds(10)));
    ASSIGN_OR_RETURN(awry_, connect("awry-url", seconds(5)));

    const std::string& web_root = settings.Get("web-root");
    ASSIGN_OR_RETURN(StaticFiles files,
                     StaticFiles::Load(awry::base::RealFileSystem(),
                                       web_root.empty() ? DefaultWebRoot() : web_root));
    ASSIGN_OR_RETURN(DashboardOptions options, Options(settings));
    const std::string code = options.setup_code;
    ASSIGN_OR_RETURN(dashboard_, Dashboard::Create(*database_, awry::base::SystemClock(),
                                                   {.transaction_processor = processor_.get(),
                                                    .spending_analyzer = analyzer_.get(),
                                                    .budget_manager = budgets_.get(),
                                                    .category_predictor = predictor_.get(),
                                                    .fraud_detector = detector_.get(),
                                                    .awry = awry_.get()},
                                                   std::move(files), std::move(options)));
    return TellSetUpCode(code);
  }

  // Whoever sets it up first owns it; beyond this machine that must be who started the program.
  static std::string SetUpCode(const Settings& settings) {
    const bool alone = OnlyThisMachine(settings.Get("listen")) && settings.Get("public-url").empty();
    return alone ? std::string() : finance::dashboard::RandomId("");
  }

  Status TellSetUpCode(const std::string& code) {
    ASSIGN_OR_RETURN(const bool owned, dashboard_->HasOwner());
    if (owned || code.empty()) return {};
    fmt::print("dashboard set-up code (the first visitor types it in): {}\n", code);
    std::fflush(stdout);
    return {};
  }

  static Result<DashboardOptions> Options(const Settings& settings) {
    DashboardOptions options;
    ASSIGN_OR_RETURN(options.seal_key, SealKey(settings.Get("data") + "/dashboard.key"));
    options.setup_code = SetUpCode(settings);
    options.backup_folder = settings.Get("data");
    options.sample_users = [file = settings.Get("sample-users")] { return SampleUsers(file); };
    const std::string& awry_public_url = settings.Get("awry-public-url");
    options.awry_public_url = awry_public_url.empty() ? settings.Get("awry-url") : awry_public_url;
    options.secure_cookies = settings.Get("public-url").starts_with("https://");
    // Browsers share cookies between the ports of one host: two dashboards must not share a name.
    options.cookie_name = "finance_session_" + settings.Get("port");
    options.service_token = settings.Get("token");
    ASSIGN_OR_RETURN(options.trusted_proxies, finance::dashboard::TrustedProxies::Parse(settings.Get("trusted-proxy")));
    return options;
  }

  std::unique_ptr<awry::sql::Database> database_;
  std::unique_ptr<HttpClient> processor_;
  std::unique_ptr<HttpClient> analyzer_;
  std::unique_ptr<HttpClient> budgets_;
  std::unique_ptr<HttpClient> predictor_;
  std::unique_ptr<HttpClient> detector_;
  std::unique_ptr<HttpClient> awry_;
  std::unique_ptr<Dashboard> dashboard_;
};

}  // namespace

int main(int argc, char** argv) {
  if (const auto code = dashboard_app::RunArchiveCommand(argc, argv)) return *code;
  return service_frame::RunService(
      argc, argv,
      {.name = "dashboard",
       .default_port = 8080,
       .about = "The page that a person opens, and the API behind it. 'dashboard backup' and "
                "'dashboard restore' keep the data safe.",
       .options = {{.name = "web-root",
                    .env = "DASHBOARD_WEB_ROOT",
                    .help =
                        "folder of the built page (default: ../web/dashboard beside this program)"},
                   {.name = "sample-users",
                    .env = "DASHBOARD_SAMPLE_USERS",
                    .help = "JSON file with the ids of the sample's users (default: user123 "
                            "alone); no file: no sample"},
                   {.name = "awry-public-url",
                    .env = "AWRY_PUBLIC_URL",
                    .help = "where a browser finds Awry (default: the value of --awry-url)"},
                   {.name = "public-url",
                    .env = "DASHBOARD_PUBLIC_URL",
                    .help = "where a browser finds this page; https:// makes the cookie secure"},
                   {.name = "trusted-proxy",
                    .env = "DASHBOARD_TRUSTED_PROXIES",
                    .help = "address or network (10.0.0.0/8) of a proxy whose X-Forwarded-For tells who calls; "
                            "may be given several times; default: nobody's header counts",
                    .list = true}},
       .token_guard = false,
       .build = DashboardService::Create});
}
