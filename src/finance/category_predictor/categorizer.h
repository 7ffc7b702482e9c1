// From a transaction to its category, with the spans that design.md fixes.
#pragma once

#include <awry/sdk/tracer.h>

#include <string>
#include <unordered_map>

#include "base/status.h"
#include "finance/category_predictor/categorize_request.h"
#include "finance/category_predictor/category_model.h"
#include "finance/category_predictor/context_client.h"
#include "finance/category_predictor/feedback_memory.h"

namespace finance::category_predictor {

// Contexts fetched so far, by user id: one answer per user and batch.
using ContextCache = std::unordered_map<std::string, base::Result<FetchedContext>>;

// `model`, `memory` and `contexts` must outlive it. Thread-safe.
class Categorizer {
 public:
  struct Options {
    size_t explained = 5;  // contributions on the span
  };
  Categorizer(const CategoryModel& model, const FeedbackMemory& memory, ContextClient& contexts,
              const Options& options);

  // Traced: categorize_transaction, with fetch_user_context, prepare_features and model_prediction
  // inside. kUnavailable when the Spending Analyzer is away: nothing is predicted without context.
  base::Result<Prediction> Categorize(const CategorizeRequest& request);

  // For many rows at once: one fetch_user_context per user, no other spans.
  base::Result<Prediction> CategorizeInBatch(const CategorizeRequest& request, ContextCache& cache);

  // The model's inputs for a request: text normalised, memories looked up.
  Features Prepare(const CategorizeRequest& request, const UserContext& context) const;

  std::string KeyOf(const CategorizeRequest& request) const;
  const CategoryModel& model() const { return model_; }

 private:
  base::Result<Prediction> Steps(const CategorizeRequest& request);
  base::Result<FetchedContext> FetchContext(const CategorizeRequest& request);
  Features PrepareTraced(const CategorizeRequest& request, const UserContext& context);
  Prediction PredictTraced(const Features& features);

  const CategoryModel& model_;
  const FeedbackMemory& memory_;
  ContextClient& contexts_;
  const Options options_;
  const awry::sdk::Tracer tracer_;
};

}  // namespace finance::category_predictor
