// Asks the Spending Analyzer for a user's patterns.
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "base/status.h"
#include "finance/category_predictor/features.h"
#include "finance/ledger/user_id.h"
#include "net/http_client.h"

namespace finance::category_predictor {

struct FetchedContext {
  UserContext context;
  std::string owner;      // whose patterns they are, as stored with them
  std::string cache_key;  // "" when the analyzer named none
  bool cache_hit = false;
};

// Reads the body of GET /patterns/{user_id}. kInternal when it is not that.
base::Result<FetchedContext> ParsePatterns(std::string_view json);

// Thread-safe.
class ContextClient {
 public:
  struct Options {
    std::string url = "http://127.0.0.1:5003";
    std::chrono::milliseconds timeout{2'000};  // slower counts as away
    awry::net::Headers headers;                // sent with each request
    awry::net::HttpClientObserver* observer = nullptr;
  };
  static base::Result<std::unique_ptr<ContextClient>> Create(const Options& options);

  // kUnavailable when the analyzer is away, slow, or answers 5xx: try again later. `http_status`
  // is set to what it answered, 0 for none.
  base::Result<FetchedContext> Fetch(const ledger::UserId& user, int& http_status);

 private:
  ContextClient(std::unique_ptr<awry::net::HttpClient> client, awry::net::Headers headers)
      : client_(std::move(client)), headers_(std::move(headers)) {}
  std::unique_ptr<awry::net::HttpClient> client_;
  awry::net::Headers headers_;
};

}  // namespace finance::category_predictor
