// The Fraud Detector: a score with reasons for every charge, from the user's own past.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "base/mutex.h"
#include "base/status.h"
#include "codec/json.h"
#include "finance/fraud_detector/history.h"
#include "finance/fraud_detector/model_keeper.h"
#include "finance/fraud_detector/scorer.h"
#include "finance/ledger/user_id.h"
#include "net/http_server.h"
#include "sql/database.h"

namespace finance::fraud_detector {

namespace net = awry::net;

inline constexpr size_t kBatchLinesPerWrite = 2'000;  // one transaction; others come in between

struct DetectorOptions {
  LearnOptions learn;
  bool learn_in_background = true;  // after enough new labels; POST /learn does it in any case
};

// Judges charges one after the other, in the order in which they come: first by rules, and by a model once
// enough labels are there. What is known of users and places is read back from the checks at start.
// Of PostgreSQL databases one process at a time keeps places up to date. Thread-safe.
class FraudDetector {
 public:
  // Brings the schema up to date and reads what is known. `database` must outlive the service.
  static base::Result<std::unique_ptr<FraudDetector>> Create(awry::sql::Database& database,
                                                             const DetectorOptions& options = {});
  ~FraudDetector();

  // POST /check, POST /check/batch (NDJSON), POST /feedback (NDJSON {id, fraud}), GET /checks/{id},
  // POST /learn, GET /models, GET /cases/{user_id}, POST /cases/{user_id}/{id}. `at` is RFC 3339, or a day
  // as YYYY-MM-DD when the time is unknown.
  void AddRoutes(net::Router& router);
  base::Status Ready();
  std::string Metrics() const;

 private:
  FraudDetector(awry::sql::Database& database, const DetectorOptions& options);

  struct CheckRequest {
    std::string id;
    ledger::UserId user;
    Charge charge;
  };
  using LineMethod = base::Result<std::string> (FraudDetector::*)(awry::sql::Connection&, std::string_view);

  static base::Result<CheckRequest> ReadCheck(std::string_view json);
  // The answers' JSON; inside a transaction.
  base::Result<std::string> Check(awry::sql::Connection& connection, std::string_view json);
  base::Result<std::string> Feedback(awry::sql::Connection& connection, std::string_view json);
  // Labels a stored charge, or takes its label back. kNotFound when there is none of this id.
  base::Status SetLabel(awry::sql::Connection& connection, const std::string& id, std::optional<bool> fraud);
  // Runs `body` in one transaction; when that fails, what is in memory is read again.
  base::Status InOneWrite(std::string_view summary, const std::function<base::Status(awry::sql::Connection&)>& body)
      EXCLUDES(judge_mutex_);
  net::HttpResponse Lines(std::string_view body, std::string_view summary, LineMethod method);
  net::HttpResponse One(std::string_view body);
  base::Result<std::optional<std::string>> StoredAnswer(awry::sql::Connection& connection, const std::string& id);
  base::Result<std::vector<History::Entry>> LoadHistory(const ledger::UserId& user);
  base::Status Reload();
  base::Result<LearnReport> Learn();
  void AddModelRoutes(net::Router& router);  // model_routes.cc
  void AddCaseRoutes(net::Router& router);   // case_routes.cc
  net::HttpResponse ListCases(const net::HttpRequest& request);
  net::HttpResponse DecideCase(const net::HttpRequest& request);
  net::HttpResponse LearnNow();
  net::HttpResponse Models();
  void LearnWhenWorthIt(const std::stop_token& stop);

  awry::sql::Database& database_;
  const DetectorOptions options_;
  const bool shared_;  // other processes may add charges: the users' histories are not trusted
  ModelKeeper models_;
  // One judgement at a time, so that what is known follows the database's order. The next three are touched
  // by its holder only, mostly inside a transaction's body, where the analysis cannot follow.
  base::Mutex judge_mutex_;
  awry::sql::Connection* connection_ = nullptr;  // of the transaction that runs
  History history_;
  std::unique_ptr<Scorer> scorer_;
  base::Mutex learn_mutex_;  // one Learn at a time
  base::Mutex wish_mutex_;
  base::CondVar wish_;
  size_t frauds_known_ GUARDED_BY(wish_mutex_) = 0;
  size_t frauds_wanted_ GUARDED_BY(wish_mutex_) = 0;  // learn again when so many are known
  std::atomic<uint64_t> checks_{0};
  std::atomic<uint64_t> suspicious_{0};
  std::atomic<uint64_t> failures_{0};  // to learn, but for too few labels, or to read again
  std::jthread learner_;  // last: it ends before what it uses
};

}  // namespace finance::fraud_detector
