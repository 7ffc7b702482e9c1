// A SimpleFIN server over one account set, for tests and the demo. Follows the protocol's exchanges: a
// token is claimed once, /accounts needs the log-in of the access URL.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/mutex.h"
#include "base/status.h"
#include "net/http_server.h"

namespace finance::bank_connection {

namespace base = awry::base;

// Thread-safe. Must outlive the server that has its routes.
class SimplefinServer {
 public:
  // `account_set`: JSON as GET /accounts gives it; transactions are filtered by each request.
  static base::Result<std::unique_ptr<SimplefinServer>> Create(std::string account_set);

  // GET /info, GET /create (a page with a new token), POST /claim/{claim}, GET /simplefin/accounts.
  void AddRoutes(awry::net::Router& router);

  // A setup token for a server at `base_url` ("http://127.0.0.1:8090").
  std::string NewToken(const std::string& base_url);

  void Revoke();                    // every access URL that was given out: 403 from now on
  void AnswerNext(int status);      // the next /accounts gets that status
  std::vector<std::string> asked(); // the query texts of /accounts, in order

 private:
  explicit SimplefinServer(std::string account_set) : account_set_(std::move(account_set)) {}
  awry::net::HttpResponse Accounts(const awry::net::HttpRequest& request);

  const std::string account_set_;
  awry::base::Mutex mutex_;
  std::map<std::string, std::string> claims_ GUARDED_BY(mutex_);  // claim: base URL
  std::map<std::string, bool> logins_ GUARDED_BY(mutex_);         // "Basic …"
  std::vector<std::string> asked_ GUARDED_BY(mutex_);
  int next_status_ GUARDED_BY(mutex_) = 200;
};

}  // namespace finance::bank_connection
