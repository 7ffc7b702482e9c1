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

// Which rows of a batch have a feature alike: none, those of a text, all.
enum class Alike : uint8_t { kRow, kText, kContext };

struct ShownFeature {
  std::string attribute;  // "features.text" and so on
  Alike alike;
};

Alike AlikeOf(std::string_view name) {
  for (const std::string_view prefix : {"context_", "avg_grocery_", "grocery_", "share_"}) {
    if (name.starts_with(prefix)) return Alike::kContext;
  }
  for (const std::string_view prefix : {"memory_", "merchant_", "learned"}) {
    if (name.starts_with(prefix)) return Alike::kText;
  }
  return name == "text" ? Alike::kText : Alike::kRow;
}

// Made once.
const std::vector<ShownFeature>& ShownFeatures() {
  static const auto* shown = [] {
    auto* made = new std::vector<ShownFeature>;
    for (size_t i = 0; i < FeatureCount(); ++i) {
      made->push_back({"features." + std::string(FeatureName(i)), AlikeOf(FeatureName(i))});
    }
    return made;
  }();
  return *shown;
}

// Calls `set(attribute, value)` for the features of `alike`.
template <typename Set>
void ShowFeatures(const Features& features, Alike alike, const Set& set) {
  const std::vector<ShownFeature>& shown = ShownFeatures();
  for (size_t i = 0; i < shown.size(); ++i) {
    if (shown[i].alike != alike) continue;
    std::visit([&](const auto& value) { set(shown[i].attribute, value); }, GetFeature(features, i));
  }
  if (alike != Alike::kContext) return;
  set("features.count", static_cast<int64_t>(shown.size()));
  set("features.has_context", features.has_context());
}

awry::sdk::AttributeSet SetOf(const Features& features, Alike alike) {
  awry::sdk::AttributeSet set;
  ShowFeatures(features, alike, [&set](std::string_view name, const auto& value) { set.add(name, value); });
  return set;
}

Features FeaturesOf(const CategorizeRequest& request, const UserContext& context) {
  Features features;
  features.text = NormaliseText(request.description, false);
  features.amount_minor = request.amount.minor;
  features.currency = request.amount.currency.str();
  features.mcc = request.mcc;
  features.month = request.date.month();
  features.day = request.date.day();
  features.weekday = request.date.weekday();
  features.context = context;
  return features;
}

void Take(const KnownText& known, Features& features) {
  features.memory = known.memory;
  features.merchant = known.merchant;
  features.learned = known.learned;
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

// Calls `set(attribute, value)` for what the Spending Analyzer said of a user.
template <typename Set>
void DescribeAnswer(const ledger::UserId& user, const base::Result<FetchedContext>& fetched, int http_status, const Set& set) {
  set("user_id", user.str());
  if (http_status != 0) set("context.status_code", http_status);
  if (!fetched.ok()) return;
  set("context.cache_key", fetched->cache_key);
  set("context.cache_hit", fetched->cache_hit);
  set("patterns.user_id", fetched->owner);
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
  return {memory_.OfUser(user, key), memory_.OfMerchant(key), memory_.LearnedOf(user, normalised), {}};
}

Features Categorizer::Prepare(const CategorizeRequest& request, const UserContext& context) const {
  Features features = FeaturesOf(request, context);
  Take(LookUp(request.user_id, features.text), features);
  return features;
}

KnownText& Categorizer::KnownOf(const CategorizeRequest& request, const std::string& normalised, BatchContext& batch) const {
  const auto found = batch.texts.find(normalised);
  if (found != batch.texts.end()) return found->second;
  return batch.texts.emplace(normalised, LookUp(request.user_id, normalised)).first->second;
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
  span.set_attribute("transaction.id", request.id);
  DescribeAnswer(request.user_id, fetched, http_status, [&span](std::string_view name, const auto& value) { span.set_attribute(name, value); });
  if (!fetched.ok()) Fail(span, fetched.status());
  return fetched;
}

Features Categorizer::PrepareTraced(const CategorizeRequest& request, const UserContext& context, BatchContext* batch) {
  ScopedSpan span = tracer_.start_as_current_span("prepare_features");
  const auto set = [&span](std::string_view name, const auto& value) { span.set_attribute(name, value); };
  if (batch == nullptr) {
    Features features = Prepare(request, context);
    if (!span.is_recording()) return features;
    for (const Alike alike : {Alike::kContext, Alike::kText, Alike::kRow}) ShowFeatures(features, alike, set);
    return features;
  }
  Features features = FeaturesOf(request, context);
  KnownText& known = KnownOf(request, features.text, *batch);
  Take(known, features);
  if (!span.is_recording()) return features;
  if (!batch->shown) batch->shown = SetOf(features, Alike::kContext);
  if (!known.shown) known.shown = SetOf(features, Alike::kText);
  span.set_attributes(*batch->shown);
  span.set_attributes(*known.shown);
  ShowFeatures(features, Alike::kRow, set);
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
    found = cache.emplace(request.user_id.str(), BatchContext{std::move(fetched), http_status, {}, {}, {}}).first;
  }
  if (trace.is_valid()) {
    const awry::sdk::ScopedContext attached{awry::sdk::Context(trace)};
    return TraceInBatch(model, request, found->second);
  }
  if (!found->second.fetched.ok()) return found->second.fetched.status();
  Features features = FeaturesOf(request, found->second.fetched->context);
  Take(KnownOf(request, features.text, found->second), features);
  return model.Predict(features);
}

base::Result<Prediction> Categorizer::TraceInBatch(const CategoryModel& model, const CategorizeRequest& request,
                                                   BatchContext& context) {
  ScopedSpan span = tracer_.start_as_current_span("categorize_transaction");
  DescribeRequest(span, request);
  {
    ScopedSpan fetch = tracer_.start_as_current_span("fetch_user_context");
    fetch.set_attribute("transaction.id", request.id);
    if (!context.answer) {
      context.answer.emplace().add("context.shared", true);
      DescribeAnswer(request.user_id, context.fetched, context.http_status,
                     [&context](std::string_view name, const auto& value) { context.answer->add(name, value); });
    }
    fetch.set_attributes(*context.answer);
    if (!context.fetched.ok()) Fail(fetch, context.fetched.status());
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
