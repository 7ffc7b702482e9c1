#include "finance/dashboard/test_house.h"

#include <unistd.h>

#include <algorithm>

#include "base/file.h"
#include "sql/test_servers.h"

namespace finance::dashboard {

using awry::base::MutexLock;
using awry::net::HttpClient;
using awry::net::HttpRequest;
using awry::net::HttpResponse;
using awry::net::HttpServer;
using awry::net::JsonResponse;
using awry::net::Router;

TempFolder::TempFolder() {
  std::string pattern = (std::filesystem::temp_directory_path() / "dashboard-test-XXXXXX").string();
  path_ = mkdtemp(pattern.data());
}
TempFolder::~TempFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

FakeService::FakeService(Answer answer) {
  Router router;
  router.SetFallback([this, answer = std::move(answer)](const HttpRequest& request) {
    {
      MutexLock lock(mutex_);
      asked_.push_back(request.method + " " + request.target);
      bodies_.push_back(request.body);
      changed_.NotifyAll();
    }
    return answer(request);
  });
  auto server = HttpServer::Start({.threads = 2}, std::move(router));
  CHECK(server.ok());
  server_ = std::move(*server);
}

std::string FakeService::url() const {
  return "http://127.0.0.1:" + std::to_string(server_->port());
}

std::vector<std::string> FakeService::Asked() {
  MutexLock lock(mutex_);
  return asked_;
}

std::vector<std::string> FakeService::Bodies() {
  MutexLock lock(mutex_);
  return bodies_;
}

void FakeService::WaitFor(const std::string& asked) {
  MutexLock lock(mutex_);
  while (std::find(asked_.begin(), asked_.end(), asked) == asked_.end()) changed_.Wait(mutex_);
}

void FakeService::Forget() {
  MutexLock lock(mutex_);
  asked_.clear();
  bodies_.clear();
}

namespace {

// Whose question this is: the query's user, else the path's second part, as the services have it.
std::string UserOf(const HttpRequest& request) {
  if (const std::string* user = request.query_param("user_id")) return *user;
  const size_t from = request.path.find('/', 1);
  if (from == std::string::npos) return "";
  return request.path.substr(from + 1, request.path.find('/', from + 1) - from - 1);
}

// Things are named "<user>.<n>": somebody else's are not found, as the services promise. The rest is
// answered with a text that betrays whose it is.
HttpResponse AnswerForUser(const HttpRequest& request) {
  const std::string user = UserOf(request);
  for (size_t from = 0; from != std::string::npos;) {
    const size_t until = request.path.find('/', from + 1);
    const std::string part = request.path.substr(from + 1, until - from - 1);
    const size_t dot = part.rfind('.');
    if (dot != std::string::npos && part.substr(0, dot) != user)
      return awry::net::ErrorResponse(awry::base::NotFound("no such thing"));
    from = until;
  }
  return JsonResponse(200, "{\"note\":\"secret of " + user + "\"}");
}

// Transactions named "<user>.<n>" belong to that user; every user has one account
// "account-of-<user>".
HttpResponse AnswerAsProcessor(const HttpRequest& request) {
  const std::string* user = request.query_param("user_id");
  const std::string name = user != nullptr ? *user : "";
  if (request.path.starts_with("/transactions/")) {
    const std::string id = request.path.substr(std::string_view("/transactions/").size());
    const std::string owner = id.substr(0, id.find('.'));
    if (request.method != "GET" && request.method != "PATCH") return AnswerForUser(request);
    if (id.find('/') != std::string::npos) return AnswerForUser(request);
    return JsonResponse(200, "{\"id\":\"" + id + "\",\"user_id\":\"" + owner +
                                 "\",\"account\":\"account-of-" + owner +
                                 "\",\"trace_id\":\"abc123\",\"note\":\"secret of " + owner +
                                 "\"}");
  }
  if (request.path == "/accounts")
    return JsonResponse(200, "{\"accounts\":[{\"id\":\"account-of-" + name + "\"}]}");
  if (request.path == "/connections" && request.body.find("\"used\"") != std::string::npos)
    return awry::net::ErrorResponse(awry::base::PermissionDenied("the token was used before"));
  if (request.path == "/imports") {
    return JsonResponse(200,
                        R"({"import_id":"import-1","format":"csv","rows":[],"counts":{"new":0}})");
  }
  return AnswerForUser(request);
}

// Every user has two cases: of a row of their own, and of one that is another's.
HttpResponse AnswerAsDetector(const HttpRequest& request) {
  const std::string user = UserOf(request);
  if (request.method != "GET" || !request.path.starts_with("/cases/")) return AnswerForUser(request);
  return JsonResponse(200, "{\"cases\":[{\"id\":\"" + user +
                               ".1\",\"score\":0.9},{\"id\":\"stranger.1\"}],\"open\":2,"
                               "\"next_cursor\":\"7.x\"}");
}

constexpr std::string_view kTrace = R"({"data":[{"spans":[
  {"operationName":"prepare_features","startTime":1,"tags":[{"key":"features.memory_total","value":4}]},
  {"operationName":"model_prediction","startTime":2,"tags":[{"key":"prediction.category","value":"dining"},
   {"key":"explain.text:lumen","value":1.5}]}]}]})";

StaticFiles Page(const std::string& parent) {
  auto& files = awry::base::RealFileSystem();
  const std::string folder = parent + "/web";
  CHECK(files.MakeDirs(folder).ok());
  CHECK(files.WriteAtomically(folder + "/index.html", "<!doctype html>page").ok());
  CHECK(files.WriteAtomically(folder + "/main.js", "start()").ok());
  auto loaded = StaticFiles::Load(files, folder);
  CHECK(loaded.ok());
  return std::move(*loaded);
}

}  // namespace

DashboardOptions WithSample(std::vector<std::string> users) {
  return {.sample_users = [users] { return awry::base::Result<std::vector<std::string>>(users); }};
}

House::House(DashboardOptions options)
    : processor(AnswerAsProcessor),
      analyzer(AnswerForUser),
      budgets(AnswerForUser),
      predictor(AnswerForUser),
      fraud(AnswerAsDetector),
      awry_service([](const HttpRequest&) { return JsonResponse(200, std::string(kTrace)); }) {
  auto database = awry::sql::Database::Open(awry::sql::TestDatabaseUrl(folder_.path() + "/dashboard.db"));
  CHECK(database.ok());
  database_ = std::move(*database);
  const auto connect = [this](const FakeService& service) {
    auto client = HttpClient::Create(service.url());
    CHECK(client.ok());
    clients_.push_back(std::move(*client));
    return clients_.back().get();
  };
  const Services services{.transaction_processor = connect(processor),
                          .spending_analyzer = connect(analyzer),
                          .budget_manager = connect(budgets),
                          .category_predictor = connect(predictor),
                          .fraud_detector = connect(fraud),
                          .awry = connect(awry_service)};
  options.password_cost = kCheapPassword;
  options.seal_key = std::string(kSealKeyBytes, 'k');
  options.backup_folder = folder_.path();
  auto dashboard =
      Dashboard::Create(*database_, clock, services, Page(folder_.path()), std::move(options));
  CHECK(dashboard.ok());
  dashboard_ = std::move(*dashboard);
  Router router;
  dashboard_->AddRoutes(router);
  routes = router.routes();
  auto server = HttpServer::Start({.threads = 2}, std::move(router));
  CHECK(server.ok());
  server_ = std::move(*server);
  auto browser = HttpClient::Create("http://127.0.0.1:" + std::to_string(server_->port()));
  CHECK(browser.ok());
  browser_ = std::move(*browser);
}

HttpResponse House::Send(const std::string& method, const std::string& target, std::string body,
                         awry::net::Headers headers) {
  HttpRequest request{
      .method = method, .target = target, .headers = std::move(headers), .body = std::move(body)};
  if (!cookie.empty()) request.headers.emplace_back("Cookie", cookie);
  if (!csrf.empty()) request.headers.emplace_back("X-CSRF-Token", csrf);
  auto response = browser_->Send(std::move(request));
  CHECK(response.ok());
  return std::move(*response);
}

void House::TakeSession(const HttpResponse& response) {
  const std::string_view set = response.header("Set-Cookie");
  cookie = std::string(set.substr(0, set.find(';')));
  csrf = TextAt(response.body, {"csrf"});
}

std::string House::SetUp() {
  const HttpResponse response =
      Send("POST", "/api/setup", std::string(R"({"name":"Ada","password":")") + kPassword + "\"}");
  CHECK(response.status == 201);
  TakeSession(response);
  owner_id = TextAt(Get("/api/me").body, {"user_id"});
  return owner_id;
}

SignedIn House::Current() { return {.cookie = cookie, .csrf = csrf, .user_id = owner_id}; }

void House::Use(const SignedIn& browser) {
  cookie = browser.cookie;
  csrf = browser.csrf;
  owner_id = browser.user_id;
}

SignedIn House::Join(const std::string& name) {
  const HttpResponse invitation = Send("POST", "/api/invitations", "{}");
  CHECK(invitation.status == 201);
  const SignedIn host = Current();
  Use({});
  const HttpResponse joined = Send(
      "POST", "/api/invitations/accept",
      "{\"code\":\"" + TextAt(invitation.body, {"code"}) + "\",\"name\":\"" + name +
          "\",\"password\":\"" + kPassword + "\"}");
  CHECK(joined.status == 201);
  TakeSession(joined);
  owner_id = TextAt(Get("/api/me").body, {"user_id"});
  const SignedIn member = Current();
  Use(host);
  return member;
}

HttpResponse House::SendWithToken(const std::string& token, const std::string& method,
                                  const std::string& target, std::string body) {
  HttpRequest request{.method = method,
                      .target = target,
                      .headers = {{"Authorization", "Bearer " + token}},
                      .body = std::move(body)};
  auto response = browser_->Send(std::move(request));
  CHECK(response.ok());
  return std::move(*response);
}

std::string House::MakeToken(const std::string& scope) {
  const HttpResponse made =
      Send("POST", "/api/tokens", "{\"name\":\"test\",\"scope\":\"" + scope + "\"}");
  CHECK(made.status == 201);
  return TextAt(made.body, {"token"});
}

void House::OpenSample() {
  CHECK(Send("POST", "/api/sample", R"({"enabled":true})").status == 200);
}

std::string TextAt(const std::string& json, std::initializer_list<std::string_view> keys) {
  const auto document = awry::codec::JsonDocument::Parse(json);
  if (!document.ok()) return "";
  awry::codec::JsonValue value = document->root();
  for (const std::string_view key : keys) value = value.Find(key);
  return std::string(value.AsString().value_or(""));
}

}  // namespace finance::dashboard
