// From a transaction to its category, with the spans that design.md fixes.
#pragma once

#include <awry/sdk/attribute_set.h>
#include <awry/sdk/tracer.h>

#include <optional>
#include <string>
#include <unordered_map>

#include "base/status.h"
#include "finance/category_predictor/categorize_request.h"
#include "finance/category_predictor/category_model.h"
#include "finance/category_predictor/context_client.h"
#include "finance/category_predictor/feedback_memory.h"

namespace finance::category_predictor {

// What was learned of a text so far, for a user.
struct KnownText {
  LabelMemory memory;
  LabelMemory merchant;
  Learned learned;
  std::optional<awry::sdk::AttributeSet> shown;  // its features on a span; made for the first row that has one
};

// What a batch asked for once, by user id: the context, and what is known of the texts, which repeat.
struct BatchContext {
  base::Result<FetchedContext> fetched;
  int http_status = 0;  // of the answer; 0 for none
  std::unordered_map<std::string, KnownText> texts;  // normalised
  std::optional<awry::sdk::AttributeSet> shown;      // the features of the context, as in KnownText
  std::optional<awry::sdk::AttributeSet> answer;     // what the Spending Analyzer said, for fetch_user_context
};
using ContextCache = std::unordered_map<std::string, BatchContext>;

// `memory` and `contexts` must outlive it; the model is the caller's, for the call. Thread-safe.
class Categorizer {
 public:
  struct Options {
    size_t explained = 5;  // contributions on the span
  };
  Categorizer(const FeedbackMemory& memory, ContextClient& contexts, const Options& options);

  // Traced: categorize_transaction, with fetch_user_context, prepare_features and model_prediction
  // inside. kUnavailable when the Spending Analyzer is away: nothing is predicted without context.
  base::Result<Prediction> Categorize(const CategoryModel& model, const CategorizeRequest& request);

  // For many rows at once: one question to the Spending Analyzer per user, one look at the labels per user and
  // text. With a valid `trace` the row has the spans of Categorize in that trace, its fetch_user_context marked
  // `context.shared`, and reasons; else none but the fetch_user_context of the question.
  base::Result<Prediction> CategorizeInBatch(const CategoryModel& model, const CategorizeRequest& request,
                                             ContextCache& cache, const awry::sdk::SpanContext& trace);

  // The model's inputs for a request: text normalised, memories looked up.
  Features Prepare(const CategorizeRequest& request, const UserContext& context) const;

  std::string KeyOf(const CategorizeRequest& request) const;

 private:
  base::Result<Prediction> Steps(const CategoryModel& model, const CategorizeRequest& request);
  base::Result<FetchedContext> FetchContext(const CategorizeRequest& request, int& http_status);
  // Spans of a row whose context was fetched for the batch.
  base::Result<Prediction> TraceInBatch(const CategoryModel& model, const CategorizeRequest& request, BatchContext& context);
  KnownText LookUp(const ledger::UserId& user, const std::string& normalised) const;
  KnownText& KnownOf(const CategorizeRequest& request, const std::string& normalised, BatchContext& batch) const;
  Features PrepareTraced(const CategorizeRequest& request, const UserContext& context, BatchContext* batch);
  Prediction PredictTraced(const CategoryModel& model, const Features& features);

  const FeedbackMemory& memory_;
  ContextClient& contexts_;
  const Options options_;
  const awry::sdk::Tracer tracer_;
};

}  // namespace finance::category_predictor
