// The Category Predictor: routes, and what they need.
#pragma once

#include <array>
#include <atomic>
#include <memory>
#include <string>

#include "base/clock.h"
#include "base/status.h"
#include "finance/category_predictor/categorizer.h"
#include "finance/category_predictor/category_model.h"
#include "finance/category_predictor/context_client.h"
#include "finance/category_predictor/feedback_memory.h"
#include "finance/category_predictor/model_slot.h"
#include "finance/category_predictor/model_versions.h"
#include "finance/category_predictor/retrainer.h"
#include "net/http_server.h"
#include "sql/database.h"

namespace finance::category_predictor {

inline constexpr size_t kBatchLinesMax = 100'000;

struct ServiceOptions {
  std::string model_path;
  std::string database_url;  // where feedback is kept
  ContextClient::Options contexts;
  Categorizer::Options categorizer;
  RetrainerOptions retrainer;
  bool mask = true;                   // personal details, before model and span
  std::string base_currency = "EUR";  // of requests that name none
  const awry::base::Clock* clock = &awry::base::SystemClock();
};

// Thread-safe. POST /categorize, /categorize/batch, /feedback, /replay; GET /models, POST /models/train and
// /models/{version}/promote.
class PredictorService {
 public:
  // Loads the model and the feedback. Fails with the file's name when either cannot be read. Answers with the
  // version that ModelVersions::Open says.
  static base::Result<std::unique_ptr<PredictorService>> Create(const ServiceOptions& options);

  // The service must outlive the router.
  void AddRoutes(awry::net::Router& router);
  std::string Metrics() const;
  std::shared_ptr<const CategoryModel> model() const { return slot_.Get(); }
  Retrainer& retrainer() { return retrainer_; }

 private:
  PredictorService(std::unique_ptr<awry::sql::Database> database,
                   std::unique_ptr<ModelVersions> versions, std::shared_ptr<const CategoryModel> model,
                   std::unique_ptr<FeedbackMemory> memory, std::unique_ptr<ContextClient> contexts,
                   const ServiceOptions& options, ledger::Currency currency);

  awry::net::HttpResponse Categorize(const awry::net::HttpRequest& request);
  awry::net::HttpResponse CategorizeBatch(const awry::net::HttpRequest& request);
  awry::net::HttpResponse Feedback(const awry::net::HttpRequest& request);
  awry::net::HttpResponse Replay(const awry::net::HttpRequest& request);
  awry::net::HttpResponse Models(const awry::net::HttpRequest& request);
  awry::net::HttpResponse Train(const awry::net::HttpRequest& request);
  awry::net::HttpResponse Promote(const awry::net::HttpRequest& request);
  RequestDefaults Defaults() const;
  void CountAnswer(const base::Result<Prediction>& prediction);

  const std::unique_ptr<awry::sql::Database> database_;
  const std::unique_ptr<ModelVersions> versions_;
  ModelSlot slot_;
  const std::unique_ptr<FeedbackMemory> memory_;
  const std::unique_ptr<ContextClient> contexts_;
  const ledger::Currency currency_;
  const bool mask_;
  const awry::base::Clock& clock_;
  Categorizer categorizer_;
  std::array<std::atomic<uint64_t>, ledger::kCategoryCount> answers_{};
  std::atomic<uint64_t> without_context_{0};  // refused: the Spending Analyzer was away
  std::atomic<uint64_t> failures_{0};
  std::atomic<uint64_t> replays_{0};
  Retrainer retrainer_;  // last: its thread uses the rest
};

}  // namespace finance::category_predictor
