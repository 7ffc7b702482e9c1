#include "finance/category_predictor/predictor_service.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "codec/json.h"
#include "finance/category_predictor/models_json.h"
#include "finance/category_predictor/reasons.h"
#include "finance/category_predictor/text_features.h"
#include "finance/jobs/request_check.h"
#include "finance/jobs/trace_text.h"

namespace finance::category_predictor {
namespace {

using awry::codec::JsonDocument;
using awry::codec::JsonWriter;
using awry::net::HttpRequest;
using awry::net::HttpResponse;

constexpr size_t kJsonBytesMax = 1U << 20;
constexpr size_t kAlternatives = 3;
constexpr int kVersionsShown = 1000;

// A browser's form or a file is not meant for these routes.
bool IsJson(const HttpRequest& request) {
  const std::string_view type = request.header("content-type");
  return type.empty() || type.find("json") != std::string_view::npos;
}

HttpResponse WrongContentType() {
  HttpResponse response = awry::net::ErrorResponse(
      base::InvalidArgument("content type is not taken here; send application/json"));
  response.status = 415;
  return response;
}

awry::net::HttpHandler JsonOnly(awry::net::HttpHandler handler) {
  return [handler = std::move(handler)](const HttpRequest& request) {
    return IsJson(request) ? handler(request) : WrongContentType();
  };
}

base::Result<JsonDocument> Parse(std::string_view text) {
  return JsonDocument::Parse(text, {.bytes_max = kJsonBytesMax, .depth_max = 16});
}

void WriteLineError(JsonWriter& json, size_t line, const base::Status& status) {
  json.BeginObject().Key("line").UInt(line).Key("error").BeginObject();
  json.Key("code").String(awry::base::StatusCodeName(status.code()));
  json.Key("message").String(status.message()).EndObject().EndObject();
}

// Calls `take(line, number)` for each line that is not empty, numbers from 1.
template <typename Take>
base::Status ForEachLine(std::string_view body, const Take& take) {
  size_t number = 0;
  for (size_t at = 0; at < body.size();) {
    size_t end = body.find('\n', at);
    if (end == std::string_view::npos) end = body.size();
    std::string_view line = body.substr(at, end - at);
    at = end + 1;
    if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
    if (++number > kBatchLinesMax) {
      return base::ResourceExhausted(
          fmt::format("batch has too many lines; send at most {}", kBatchLinesMax));
    }
    if (!line.empty()) RETURN_IF_ERROR(take(line, number));
  }
  return base::OkStatus();
}

HttpResponse NdjsonResponse(std::string body) {
  return awry::net::TextResponse(200, std::move(body), "application/x-ndjson");
}

void WriteReasons(JsonWriter& json, const std::vector<Reason>& reasons) {
  json.Key("because").BeginArray();
  for (const Reason& reason : reasons) {
    json.BeginObject().Key("code").String(reason.code).Key("text").String(reason.text);
    json.Key("weight").Double(reason.weight);
    if (reason.count > 0) json.Key("count").Int(reason.count);
    if (reason.total > 0) json.Key("total").Int(reason.total);
    if (!reason.words.empty()) {
      json.Key("words").BeginArray();
      for (const std::string& word : reason.words) json.String(word);
      json.EndArray();
    }
    json.EndObject();
  }
  json.EndArray();
}

// `reasons`: of a row that somebody looks at; in a batch they stand on its span alone.
void WritePrediction(JsonWriter& json, const Prediction& prediction, std::string_view version, bool reasons) {
  std::array<size_t, kClasses> order;
  std::iota(order.begin(), order.end(), size_t{0});
  std::partial_sort(order.begin(), order.begin() + kAlternatives + 1, order.end(),
                    [&](size_t a, size_t b) {
                      if (prediction.probabilities[a] != prediction.probabilities[b]) {
                        return prediction.probabilities[a] > prediction.probabilities[b];
                      }
                      return a < b;
                    });
  json.BeginObject().Key("category").String(ledger::CategoryId(prediction.category));
  json.Key("confidence").Double(prediction.confidence);
  json.Key("model_version").String(version);
  json.Key("alternatives").BeginArray();
  size_t written = 0;
  for (size_t i = 0; i <= kAlternatives && written < kAlternatives; ++i) {
    if (CategoryOfClass(order[i]) == prediction.category) continue;
    json.BeginObject().Key("category").String(ledger::CategoryId(CategoryOfClass(order[i])));
    json.Key("confidence").Double(prediction.probabilities[order[i]]).EndObject();
    ++written;
  }
  json.EndArray();
  if (reasons && !prediction.reasons.empty()) WriteReasons(json, prediction.reasons);
  json.EndObject();
}

// What was learned at once stands on the model that answers; on failure the next feedback tries again.
RetrainerOptions Rebasing(RetrainerOptions options, FeedbackMemory& memory, const ModelSlot& slot) {
  options.after_swap = [&memory, &slot] { (void)memory.Rebase(slot.Get()); };
  return options;
}

std::string AnswerText(const Prediction& prediction, std::string_view version) {
  std::string out;
  JsonWriter json(out);
  WritePrediction(json, prediction, version, true);
  return out;
}

}  // namespace

base::Result<std::unique_ptr<PredictorService>> PredictorService::Create(
    const ServiceOptions& options) {
  ASSIGN_OR_RETURN(const ledger::Currency currency, ledger::Currency::Parse(options.base_currency));
  ASSIGN_OR_RETURN(CategoryModel model, CategoryModel::Load(options.model_path));
  ASSIGN_OR_RETURN(auto database, awry::sql::Database::Open(options.database_url));
  ASSIGN_OR_RETURN(auto memory, FeedbackMemory::Open(*database));
  ASSIGN_OR_RETURN(auto contexts, ContextClient::Create(options.contexts));
  auto versions = std::make_unique<ModelVersions>(*database);
  ASSIGN_OR_RETURN(auto answering, versions->Open(std::make_shared<const CategoryModel>(std::move(model)),
                                                  options.clock->NowUnixNs()));
  RETURN_IF_ERROR(memory->Rebase(answering));
  return std::unique_ptr<PredictorService>(
      new PredictorService(std::move(database), std::move(versions), std::move(answering),
                           std::move(memory), std::move(contexts), options, currency));
}

PredictorService::PredictorService(std::unique_ptr<awry::sql::Database> database,
                                   std::unique_ptr<ModelVersions> versions,
                                   std::shared_ptr<const CategoryModel> model,
                                   std::unique_ptr<FeedbackMemory> memory,
                                   std::unique_ptr<ContextClient> contexts,
                                   const ServiceOptions& options, ledger::Currency currency)
    : database_(std::move(database)),
      versions_(std::move(versions)),
      slot_(std::move(model)),
      memory_(std::move(memory)),
      contexts_(std::move(contexts)),
      currency_(currency),
      mask_(options.mask),
      clock_(*options.clock),
      categorizer_(*memory_, *contexts_, options.categorizer),
      retrainer_(*database_, *versions_, slot_, Rebasing(options.retrainer, *memory_, slot_), clock_) {
  retrainer_.NoteLabels(static_cast<int64_t>(memory_->size()));
}

void PredictorService::AddRoutes(awry::net::Router& router) {
  const auto add = [&](const char* path,
                       HttpResponse (PredictorService::*handler)(const HttpRequest&)) {
    router.Add("POST", path, JsonOnly([this, handler](const HttpRequest& request) {
                 return (this->*handler)(request);
               }));
  };
  add("/categorize", &PredictorService::Categorize);
  add("/categorize/batch", &PredictorService::CategorizeBatch);
  add("/feedback", &PredictorService::Feedback);
  add("/replay", &PredictorService::Replay);
  add("/models/train", &PredictorService::Train);
  add("/models/{version}/promote", &PredictorService::Promote);
  router.Add("GET", "/models", jobs::Bound(this, &PredictorService::Models));
  router.Add("DELETE", "/users/{user_id}", [this](const HttpRequest& request) {
    const auto erased = memory_->Erase(std::string(request.path_param("user_id")));
    if (!erased.ok()) return awry::net::ErrorResponse(erased.status());
    return awry::net::JsonResponse(200, fmt::format("{{\"deleted\":{}}}", *erased));
  });
}

RequestDefaults PredictorService::Defaults() const {
  return {currency_, ledger::Date::FromUnixNs(clock_.NowUnixNs()), mask_};
}

void PredictorService::CountAnswer(const base::Result<Prediction>& prediction) {
  if (prediction.ok()) {
    answers_[static_cast<size_t>(prediction->category)].fetch_add(1, std::memory_order_relaxed);
  } else if (prediction.status().code() == awry::base::StatusCode::kUnavailable) {
    without_context_.fetch_add(1, std::memory_order_relaxed);
  } else {
    failures_.fetch_add(1, std::memory_order_relaxed);
  }
}

HttpResponse PredictorService::Categorize(const HttpRequest& request) {
  auto document = Parse(request.body);
  if (!document.ok()) return awry::net::ErrorResponse(document.status());
  auto transaction = ReadCategorizeRequest(document->root(), Defaults());
  if (!transaction.ok()) return awry::net::ErrorResponse(transaction.status());
  const std::shared_ptr<const CategoryModel> model = slot_.Get();
  const auto prediction = categorizer_.Categorize(*model, *transaction);
  CountAnswer(prediction);
  if (!prediction.ok()) return awry::net::ErrorResponse(prediction.status());
  return awry::net::JsonResponse(200, AnswerText(*prediction, model->version()));
}

HttpResponse PredictorService::CategorizeBatch(const HttpRequest& request) {
  const RequestDefaults defaults = Defaults();
  const std::shared_ptr<const CategoryModel> model = slot_.Get();
  ContextCache cache;
  std::string out;
  const auto take = [&](std::string_view line, size_t number) -> base::Status {
    JsonWriter json(out);
    auto document = Parse(line);
    auto transaction = document.ok() ? ReadCategorizeRequest(document->root(), defaults)
                                     : base::Result<CategorizeRequest>(document.status());
    if (!transaction.ok()) {
      WriteLineError(json, number, transaction.status());
    } else {
      const auto prediction = categorizer_.CategorizeInBatch(
          *model, *transaction, cache,
          jobs::FromTraceparent(document->root().Find("traceparent").AsString().value_or("")));
      CountAnswer(prediction);
      if (prediction.ok()) {
        WritePrediction(json, *prediction, model->version(), false);
      } else {
        WriteLineError(json, number, prediction.status());
      }
    }
    out.push_back('\n');
    return base::OkStatus();
  };
  const base::Status status = ForEachLine(request.body, take);
  return status.ok() ? NdjsonResponse(std::move(out)) : awry::net::ErrorResponse(status);
}

HttpResponse PredictorService::Feedback(const HttpRequest& request) {
  const RequestDefaults defaults = Defaults();
  std::vector<FeedbackEntry> entries;
  const auto take = [&](std::string_view line, size_t number) -> base::Status {
    const std::string where = fmt::format("line {}", number);
    auto document = Parse(line);
    if (!document.ok()) return document.status().WithContext(where);
    auto feedback = ReadFeedbackRequest(document->root(), defaults);
    if (!feedback.ok()) return feedback.status().WithContext(where);
    if (feedback->category == ledger::Category::kUncategorized) return base::OkStatus();
    const CategorizeRequest& transaction = feedback->transaction;
    std::string text = NormaliseText(transaction.description, false);
    std::string key = MerchantKeyOf(text);
    entries.push_back({transaction.id, transaction.user_id, std::move(key), feedback->category,
                       std::move(text), transaction.amount, transaction.date, transaction.mcc});
    return base::OkStatus();
  };
  const base::Status status = ForEachLine(request.body, take);
  if (!status.ok()) return awry::net::ErrorResponse(status);
  const base::Status rebased = memory_->Rebase(slot_.Get());
  if (!rebased.ok()) return awry::net::ErrorResponse(rebased);
  const auto counts = memory_->Learn(entries);
  if (!counts.ok()) return awry::net::ErrorResponse(counts.status());
  retrainer_.NoteLabels(static_cast<int64_t>(memory_->size()));
  std::string out;
  JsonWriter json(out);
  json.BeginObject().Key("learned").UInt(counts->created + counts->changed);
  json.Key("unchanged").UInt(counts->unchanged).EndObject();
  return awry::net::JsonResponse(200, std::move(out));
}

HttpResponse PredictorService::Replay(const HttpRequest& request) {
  auto document = Parse(request.body);
  if (!document.ok()) return awry::net::ErrorResponse(document.status());
  const auto features = ReadReplayRequest(document->root());
  if (!features.ok()) return awry::net::ErrorResponse(features.status());
  replays_.fetch_add(1, std::memory_order_relaxed);
  const std::shared_ptr<const CategoryModel> model = slot_.Get();
  ExplainedPrediction explained = model->Explain(*features, SIZE_MAX);
  explained.prediction.reasons = ReasonsOf(*features, explained);
  return awry::net::JsonResponse(200, AnswerText(explained.prediction, model->version()));
}

HttpResponse PredictorService::Models(const HttpRequest&) {
  const auto versions = versions_->List(kVersionsShown);
  if (!versions.ok()) return awry::net::ErrorResponse(versions.status());
  return awry::net::JsonResponse(200, ModelsJson(*versions, retrainer_.State(), slot_.Get()->version()));
}

HttpResponse PredictorService::Train(const HttpRequest&) {
  const base::Status status = retrainer_.Ask();
  if (!status.ok()) return awry::net::ErrorResponse(status);
  return awry::net::JsonResponse(202, R"({"asked":true})");
}

HttpResponse PredictorService::Promote(const HttpRequest& request) {
  auto model = versions_->Promote(std::string(request.path_param("version")));
  if (!model.ok()) return awry::net::ErrorResponse(model.status());
  slot_.Set(std::move(*model));
  if (const base::Status rebased = memory_->Rebase(slot_.Get()); !rebased.ok()) return awry::net::ErrorResponse(rebased);
  return Models(request);
}

std::string PredictorService::Metrics() const {
  std::string out = "# TYPE category_predictor_predictions_total counter\n";
  for (size_t c = 1; c < ledger::kCategoryCount; ++c) {
    out += fmt::format("category_predictor_predictions_total{{category=\"{}\"}} {}\n",
                       ledger::CategoryId(static_cast<ledger::Category>(c)), answers_[c].load());
  }
  out += fmt::format(
      "# TYPE category_predictor_refused_without_context_total counter\n"
      "category_predictor_refused_without_context_total {}\n"
      "# TYPE category_predictor_failures_total counter\n"
      "category_predictor_failures_total {}\n"
      "# TYPE category_predictor_replays_total counter\n"
      "category_predictor_replays_total {}\n"
      "# TYPE category_predictor_feedback_labels gauge\n"
      "category_predictor_feedback_labels {}\n",
      without_context_.load(), failures_.load(), replays_.load(), memory_->size());
  return out;
}

}  // namespace finance::category_predictor
