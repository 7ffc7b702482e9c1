// A dashboard on real sockets with services that are fakes, for the tests of this room.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/mutex.h"
#include "codec/json.h"
#include "finance/dashboard/dashboard.h"
#include "net/http_client.h"
#include "net/http_server.h"
#include "sql/database.h"

namespace finance::dashboard {

// Removes itself.
class TempFolder {
 public:
  TempFolder();
  ~TempFolder();
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

// One service that remembers what it was asked and answers what the test says.
class FakeService {
 public:
  using Answer = std::function<awry::net::HttpResponse(const awry::net::HttpRequest&)>;
  explicit FakeService(Answer answer);

  std::string url() const;
  // "GET /transactions?user_id=owner" and so on, in order.
  std::vector<std::string> Asked();
  std::vector<std::string> Bodies();
  void Forget();
  // Waits until a request like this ("DELETE /users/…") has come.
  void WaitFor(const std::string& asked);
  void Stop() { server_->Stop(); }

 private:
  awry::base::Mutex mutex_;
  awry::base::CondVar changed_;
  std::vector<std::string> asked_;
  std::vector<std::string> bodies_;
  std::unique_ptr<awry::net::HttpServer> server_;
};

inline constexpr char kPassword[] = "correct horse";
// Keeps a test's Argon2id quick; the default's cost is tested by itself.
inline constexpr PasswordCost kCheapPassword{.passes = 1, .memory_bytes = 8192};

// Options whose sample has these users.
DashboardOptions WithSample(std::vector<std::string> users);

// A person's browser.
struct SignedIn {
  std::string cookie;
  std::string csrf;
  std::string user_id;
};

class House {
 public:
  explicit House(DashboardOptions options = WithSample({"user123"}));

  // A request as a browser's page would make it: cookie and token are sent along when signed in.
  awry::net::HttpResponse Send(const std::string& method, const std::string& target,
                               std::string body = "", awry::net::Headers headers = {});
  awry::net::HttpResponse Get(const std::string& target) { return Send("GET", target); }
  // Makes the owner and stays signed in. Returns their ledger id.
  std::string SetUp();
  void TakeSession(const awry::net::HttpResponse& response);
  void OpenSample();
  // Makes a member by invitation of who is signed in, who stays signed in. Returns the member's
  // browser.
  SignedIn Join(const std::string& name);
  SignedIn Current();
  void Use(const SignedIn& browser);
  // A request with an API token in place of the cookie.
  awry::net::HttpResponse SendWithToken(const std::string& token, const std::string& method,
                                        const std::string& target, std::string body = "");
  // The token's text, made by who is signed in.
  std::string MakeToken(const std::string& scope);
  // Ends background work and makes it durable.
  void StopQueue() { dashboard_->Stop(); }
  awry::sql::Database& database() { return *database_; }
  std::string folder() const { return folder_.path(); }

  awry::base::FakeClock clock{1'764'000'000'000'000'000};
  FakeService processor;
  FakeService analyzer;
  FakeService budgets;
  FakeService predictor;
  FakeService fraud;
  FakeService awry_service;
  std::string cookie;
  std::string csrf;
  std::vector<std::pair<std::string, std::string>> routes;
  std::string owner_id;

 private:
  TempFolder folder_;
  std::unique_ptr<awry::sql::Database> database_;
  std::vector<std::unique_ptr<awry::net::HttpClient>> clients_;
  std::unique_ptr<Dashboard> dashboard_;
  std::unique_ptr<awry::net::HttpServer> server_;
  std::unique_ptr<awry::net::HttpClient> browser_;
};

// The text at a path of keys, "" when it is not there.
std::string TextAt(const std::string& json, std::initializer_list<std::string_view> keys);

}  // namespace finance::dashboard
