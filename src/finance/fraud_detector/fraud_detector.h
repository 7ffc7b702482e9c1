// The Fraud Detector: a score with reasons for every charge, from the user's own past.
#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/status.h"
#include "codec/json.h"
#include "finance/fraud_detector/history.h"
#include "finance/fraud_detector/rules.h"
#include "finance/ledger/user_id.h"
#include "net/http_server.h"
#include "sql/database.h"

namespace finance::fraud_detector {

namespace net = awry::net;

// Thread-safe.
class FraudDetector {
 public:
  // Brings the schema up to date. `database` must outlive the service.
  static base::Result<std::unique_ptr<FraudDetector>> Create(awry::sql::Database& database);

  // POST /check, POST /check/batch (NDJSON), POST /feedback (NDJSON {id, fraud}), GET /checks/{id}.
  // `at` is RFC 3339, or a day as YYYY-MM-DD when the time is unknown.
  void AddRoutes(net::Router& router);
  base::Status Ready();
  std::string Metrics() const;

 private:
  explicit FraudDetector(awry::sql::Database& database);

  struct CheckRequest {
    std::string id;
    ledger::UserId user;
    Charge charge;
  };
  static base::Result<CheckRequest> ReadCheck(std::string_view json);
  // The answer's JSON.
  base::Result<std::string> Check(std::string_view json);
  base::Result<std::optional<std::string>> StoredAnswer(const std::string& id);
  base::Result<PlaceRisk> RiskAt(const Charge& charge);
  base::Result<std::string> Feedback(std::string_view json);

  awry::sql::Database& database_;
  const bool shared_;  // other processes may add charges: memory is not trusted
  History history_;
  std::atomic<bool> has_frauds_{false};  // any confirmed fraud at all
  std::atomic<uint64_t> checks_{0};
  std::atomic<uint64_t> suspicious_{0};
};

}  // namespace finance::fraud_detector
