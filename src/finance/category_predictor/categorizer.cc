#include "finance/category_predictor/categorizer.h"

#include <awry/sdk/instrument/model.h>

#include <cmath>
#include <vector>

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

}  // namespace

Categorizer::Categorizer(const CategoryModel& model, const FeedbackMemory& memory,
                         ContextClient& contexts, const Options& options)
    : model_(model),
      memory_(memory),
      contexts_(contexts),
      options_(options),
      tracer_(awry::sdk::get_tracer("category-predictor")) {}

std::string Categorizer::KeyOf(const CategorizeRequest& request) const {
  return MerchantKeyOf(NormaliseText(request.description, false));
}

Features Categorizer::Prepare(const CategorizeRequest& request, const UserContext& context) const {
  Features features;
  features.text = NormaliseText(request.description, false);
  features.amount_minor = request.amount.minor;
  features.currency = request.amount.currency.str();
  features.mcc = request.mcc;
  features.month = request.date.month();
  features.day = request.date.day();
  features.weekday = request.date.weekday();
  features.context = context;
  const std::string key = MerchantKeyOf(features.text);
  features.memory = memory_.OfUser(request.user_id, key);
  features.merchant = memory_.OfMerchant(key);
  return features;
}

base::Result<Prediction> Categorizer::Categorize(const CategorizeRequest& request) {
  ScopedSpan span = tracer_.start_as_current_span("categorize_transaction");
  if (span.is_recording()) {
    span.set_attribute("transaction.id", request.id);
    span.set_attribute("transaction.amount", SpentMajor(request.amount));
    span.set_attribute("transaction.amount_minor", request.amount.minor);
    span.set_attribute("transaction.currency", request.amount.currency.str());
    span.set_attribute("merchant", FirstCodePoints(request.description, kMerchantCodePoints));
    span.set_attribute("user_id", request.user_id.str());
  }
  auto prediction = Steps(request);
  if (!prediction.ok()) {
    Fail(span, prediction.status());
    return prediction;
  }
  span.set_attribute("result.category", ledger::CategoryId(prediction->category));
  span.set_attribute("result.confidence", prediction->confidence);
  return prediction;
}

base::Result<Prediction> Categorizer::Steps(const CategorizeRequest& request) {
  ASSIGN_OR_RETURN(const FetchedContext fetched, FetchContext(request));
  return PredictTraced(PrepareTraced(request, fetched.context));
}

base::Result<FetchedContext> Categorizer::FetchContext(const CategorizeRequest& request) {
  ScopedSpan span = tracer_.start_as_current_span("fetch_user_context");
  span.set_attribute("transaction.id", request.id);
  span.set_attribute("user_id", request.user_id.str());
  int http_status = 0;
  auto fetched = contexts_.Fetch(request.user_id, http_status);
  if (http_status != 0) span.set_attribute("context.status_code", http_status);
  if (!fetched.ok()) {
    Fail(span, fetched.status());
    return fetched;
  }
  span.set_attribute("context.cache_key", fetched->cache_key);
  span.set_attribute("context.cache_hit", fetched->cache_hit);
  span.set_attribute("patterns.user_id", fetched->owner);
  return fetched;
}

Features Categorizer::PrepareTraced(const CategorizeRequest& request, const UserContext& context) {
  ScopedSpan span = tracer_.start_as_current_span("prepare_features");
  Features features = Prepare(request, context);
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

Prediction Categorizer::PredictTraced(const Features& features) {
  awry::sdk::instrument::ModelScope scope(tracer_, "model_prediction",
                                          {.version = model_.version(), .name = "category-model"});
  if (!scope.span().is_recording()) return model_.Predict(features);
  const auto [prediction, why] = model_.Explain(features, options_.explained);
  scope.set_prediction(ledger::CategoryId(prediction.category), prediction.confidence);
  for (const Contribution& part : why.contributions) scope.explain(part.feature, part.weight);
  return prediction;
}

base::Result<Prediction> Categorizer::CategorizeInBatch(const CategorizeRequest& request,
                                                        ContextCache& cache) {
  auto found = cache.find(request.user_id.str());
  if (found == cache.end()) {
    found = cache.emplace(request.user_id.str(), FetchContext(request)).first;
  }
  if (!found->second.ok()) return found->second.status();
  return model_.Predict(Prepare(request, found->second->context));
}

}  // namespace finance::category_predictor
