#include "finance/category_predictor/categorizer.h"

#include <awry/sdk/instrument/model.h>

#include <cmath>
#include <vector>

#include "finance/category_predictor/reasons.h"
#include "finance/category_predictor/text_features.h"

namespace finance::category_predictor {
namespace {

using awry::sdk::ScopedSpan;

constexpr size_t kMerchantCodePoints = 50;

// "features.text" and so on, made once.
const std::vector<std::string>& FeatureAttributes() {
  static const auto* names = [] {
    auto* made = new std::vector<std::string>;
    for (size_t i = 0; i < FeatureCount(); ++i)
      made->push_back("features." + std::string(FeatureName(i)));
    return made;
  }();
  return *names;
}

std::string_view FirstCodePoints(std::string_view text, size_t count) {
  for (size_t i = 0; i < text.size(); ++i) {
    if ((static_cast<unsigned char>(text[i]) & 0xC0) != 0x80 && count-- == 0)
      return text.substr(0, i);
  }
  return text;
}

// For display: major units, positive = money out.
double SpentMajor(const ledger::Money& amount) {
  return -static_cast<double>(amount.minor) / std::pow(10.0, amount.currency.exponent());
}

void Fail(ScopedSpan& span, const base::Status& status) {
  span.record_exception(awry::base::StatusCodeName(status.code()), status.message());
  span.set_status(awry::sdk::StatusCode::kError, status.message());
}

void DescribeRequest(ScopedSpan& span, const CategorizeRequest& request) {
  if (!span.is_recording()) return;
  span.set_attribute("transaction.id", request.id);
  span.set_attribute("transaction.amount", SpentMajor(request.amount));
  span.set_attribute("transaction.amount_minor", request.amount.minor);
  span.set_attribute("transaction.currency", request.amount.currency.str());
  span.set_attribute("merchant", FirstCodePoints(request.description, kMerchantCodePoints));
  span.set_attribute("user_id", request.user_id.str());
}

void DescribeResult(ScopedSpan& span, const base::Result<Prediction>& prediction) {
  if (!prediction.ok()) return Fail(span, prediction.status());
  span.set_attribute("result.category", ledger::CategoryId(prediction->category));
  span.set_attribute("result.confidence", prediction->confidence);
}

void DescribeContext(ScopedSpan& span, const CategorizeRequest& request,
                     const base::Result<FetchedContext>& fetched, int http_status) {
  span.set_attribute("transaction.id", request.id);
  span.set_attribute("user_id", request.user_id.str());
  if (http_status != 0) span.set_attribute("context.status_code", http_status);
  if (!fetched.ok()) return Fail(span, fetched.status());
  span.set_attribute("context.cache_key", fetched->cache_key);
  span.set_attribute("context.cache_hit", fetched->cache_hit);
  span.set_attribute("patterns.user_id", fetched->owner);
}

}  // namespace

Categorizer::Categorizer(const FeedbackMemory& memory, ContextClient& contexts,
                         const Options& options)
    : memory_(memory),
      contexts_(contexts),
      options_(options),
      tracer_(awry::sdk::get_tracer("category-predictor")) {}

std::string Categorizer::KeyOf(const CategorizeRequest& request) const {
  return MerchantKeyOf(NormaliseText(request.description, false));
}

KnownText Categorizer::LookUp(const ledger::UserId& user, const std::string& normalised) const {
  const std::string key = MerchantKeyOf(normalised);
  return {memory_.OfUser(user, key), memory_.OfMerchant(key), memory_.LearnedOf(user, normalised)};
}

Features Categorizer::Prepare(const CategorizeRequest& request, const UserContext& context) const {
  return PrepareOf(request, context, nullptr);
}

Features Categorizer::PrepareOf(const CategorizeRequest& request, const UserContext& context, BatchContext* batch) const {
  Features features;
  features.text = NormaliseText(request.description, false);
  features.amount_minor = request.amount.minor;
  features.currency = request.amount.currency.str();
  features.mcc = request.mcc;
  features.month = request.date.month();
  features.day = request.date.day();
  features.weekday = request.date.weekday();
  features.context = context;
  const auto take = [&features](const KnownText& known) {
    features.memory = known.memory;
    features.merchant = known.merchant;
    features.learned = known.learned;
  };
  if (batch == nullptr) {
    take(LookUp(request.user_id, features.text));
    return features;
  }
  auto found = batch->texts.find(features.text);
  if (found == batch->texts.end()) found = batch->texts.emplace(features.text, LookUp(request.user_id, features.text)).first;
  take(found->second);
  return features;
}

base::Result<Prediction> Categorizer::Categorize(const CategoryModel& model,
                                                  const CategorizeRequest& request) {
  ScopedSpan span = tracer_.start_as_current_span("categorize_transaction");
  DescribeRequest(span, request);
  auto prediction = Steps(model, request);
  DescribeResult(span, prediction);
  return prediction;
}

base::Result<Prediction> Categorizer::Steps(const CategoryModel& model,
                                            const CategorizeRequest& request) {
  int http_status = 0;
  ASSIGN_OR_RETURN(const FetchedContext fetched, FetchContext(request, http_status));
  return PredictTraced(model, PrepareTraced(request, fetched.context, nullptr));
}

base::Result<FetchedContext> Categorizer::FetchContext(const CategorizeRequest& request, int& http_status) {
  ScopedSpan span = tracer_.start_as_current_span("fetch_user_context");
  auto fetched = contexts_.Fetch(request.user_id, http_status);
  DescribeContext(span, request, fetched, http_status);
  return fetched;
}

Features Categorizer::PrepareTraced(const CategorizeRequest& request, const UserContext& context, BatchContext* batch) {
  ScopedSpan span = tracer_.start_as_current_span("prepare_features");
  Features features = PrepareOf(request, context, batch);
  if (!span.is_recording()) return features;
  span.set_attribute("features.count", static_cast<int64_t>(FeatureCount()));
  span.set_attribute("features.has_context", features.has_context());
  const std::vector<std::string>& names = FeatureAttributes();
  for (size_t i = 0; i < names.size(); ++i) {
    std::visit([&](const auto& value) { span.set_attribute(names[i], value); },
               GetFeature(features, i));
  }
  return features;
}

Prediction Categorizer::PredictTraced(const CategoryModel& model, const Features& features) {
  awry::sdk::instrument::ModelScope scope(tracer_, "model_prediction",
                                          {.version = model.version(), .name = "category-model"});
  ExplainedPrediction explained = model.Explain(features, SIZE_MAX);
  Prediction& prediction = explained.prediction;
  prediction.reasons = ReasonsOf(features, explained);
  if (!scope.span().is_recording()) return std::move(prediction);
  scope.set_prediction(ledger::CategoryId(prediction.category), prediction.confidence);
  scope.span().set_attribute("prediction.because", JoinReasons(prediction.reasons));
  std::vector<Contribution>& parts = explained.why.contributions;
  if (parts.size() > options_.explained) parts.resize(options_.explained);
  for (const Contribution& part : parts) scope.explain(part.feature, part.weight);
  return std::move(prediction);
}

base::Result<Prediction> Categorizer::CategorizeInBatch(const CategoryModel& model,
                                                        const CategorizeRequest& request,
                                                        ContextCache& cache,
                                                        const awry::sdk::SpanContext& trace) {
  auto found = cache.find(request.user_id.str());
  if (found == cache.end()) {
    int http_status = 0;
    auto fetched = FetchContext(request, http_status);
    found = cache.emplace(request.user_id.str(), BatchContext{std::move(fetched), http_status, {}}).first;
  }
  if (trace.is_valid()) {
    const awry::sdk::ScopedContext attached{awry::sdk::Context(trace)};
    return TraceInBatch(model, request, found->second);
  }
  if (!found->second.fetched.ok()) return found->second.fetched.status();
  return model.Predict(PrepareOf(request, found->second.fetched->context, &found->second));
}

base::Result<Prediction> Categorizer::TraceInBatch(const CategoryModel& model, const CategorizeRequest& request,
                                                   BatchContext& context) {
  ScopedSpan span = tracer_.start_as_current_span("categorize_transaction");
  DescribeRequest(span, request);
  {
    ScopedSpan fetch = tracer_.start_as_current_span("fetch_user_context");
    fetch.set_attribute("context.shared", true);
    DescribeContext(fetch, request, context.fetched, context.http_status);
  }
  const auto predict = [&]() -> base::Result<Prediction> {
    if (!context.fetched.ok()) return context.fetched.status();
    return PredictTraced(model, PrepareTraced(request, context.fetched->context, &context));
  };
  auto prediction = predict();
  DescribeResult(span, prediction);
  return prediction;
}

}  // namespace finance::category_predictor
