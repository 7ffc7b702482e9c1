// The service over real HTTP, with a Spending Analyzer of our own and a real trace export.
#include "finance/category_predictor/predictor_service.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <mutex>

#include "base/random.h"
#include "codec/json.h"
#include "finance/category_predictor/exported_spans_test.h"
#include "finance/category_predictor/model_trainer.h"
#include "sql/test_servers.h"

namespace finance::category_predictor {
namespace {

using awry::codec::JsonDocument;
using awry::net::HttpClient;
using awry::net::HttpRequest;
using awry::net::HttpResponse;
using awry::net::HttpServer;
using awry::net::Router;
using ledger::Category;
using ledger::Date;

const std::string& ModelPath() {
  static const auto* path = [] {
    std::vector<LabelledRow> rows;
    awry::base::Random random(5);
    for (int i = 0; i < 4000; ++i) {
      LabelledRow row;
      row.user = "u" + std::to_string(i % 20);
      const bool cook = i % 2 == 0;
      const uint64_t kind = random.Below(3);
      row.category = kind == 2 ? Category::kTransport
                     : cook    ? Category::kGroceries
                               : Category::kDining;
      row.text = kind == 2 ? "petrol station" : kind == 1 ? "corner" : cook ? "market" : "pizza";
      row.amount_minor = -1000;
      row.date = Date::FromDays(17000 + i / 20);
      rows.push_back(row);
    }
    Weights weights =
        TrainModel(rows, {.hashed_rows = 1U << 12, .text_epochs = 2, .calibration_epochs = 2});
    auto* made = new std::string(std::filesystem::temp_directory_path() /
                                 ("predictor-model-" + std::to_string(::getpid())));
    CHECK(CategoryModel(std::move(weights), "1.test").Save(*made).ok());
    return made;
  }();
  return *path;
}

// The Spending Analyzer as the tests want it.
struct FakeAnalyzer {
  std::mutex mutex;
  HttpResponse answer;
  std::vector<std::string> targets;
  std::unique_ptr<HttpServer> server;

  FakeAnalyzer() {
    Cook("user123");
    Router router;
    router.Add("GET", "/patterns/{user_id}", [this](const HttpRequest& request) {
      const std::lock_guard lock(mutex);
      targets.push_back(request.target);
      return answer;
    });
    auto started = HttpServer::Start({}, router);
    CHECK(started.ok());
    server = std::move(*started);
  }
  void Answer(HttpResponse response) {
    const std::lock_guard lock(mutex);
    answer = std::move(response);
  }
  void Cook(const std::string& owner) {
    Answer(awry::net::JsonResponse(
        200,
        R"({"user_id":")" + owner + R"(","cache":{"key":"patterns:)" + owner +
            R"(","hit":true},"avg_grocery_amount_minor":2500,"grocery_frequency":0.5,)"
            R"("category_shares":{"groceries":0.6,"transport":0.3,"uncategorized":0.1},"count":80})"));
  }
  std::string url() const { return "http://127.0.0.1:" + std::to_string(server->port()); }
};

// A predictor on a folder of its own.
struct Predictor {
  std::string folder;
  std::unique_ptr<PredictorService> service;
  std::unique_ptr<HttpServer> server;
  std::unique_ptr<HttpClient> client;

  Predictor(const std::string& analyzer_url, std::string in_folder) : folder(std::move(in_folder)) {
    std::filesystem::create_directories(folder);
    ServiceOptions options;
    options.model_path = ModelPath();
    options.database_url = awry::sql::TestDatabaseUrl(folder + "/predictor.db");
    options.contexts.url = analyzer_url;
    auto made = PredictorService::Create(options);
    CHECK(made.ok());
    service = std::move(*made);
    Router router;
    service->AddRoutes(router);
    auto started = HttpServer::Start({}, router);
    CHECK(started.ok());
    server = std::move(*started);
    auto connected = HttpClient::Create("http://127.0.0.1:" + std::to_string(server->port()));
    CHECK(connected.ok());
    client = std::move(*connected);
  }

  HttpResponse Post(const std::string& path, const std::string& body,
                    const char* type = "application/json") {
    auto response = client->Post(path, body, type);
    EXPECT_TRUE(response.ok()) << response.status().ToString();
    return response.ok() ? *response : HttpResponse{.status = 0};
  }
};

struct Folder {
  std::string path;
  Folder() {
    static int number = 0;
    path = std::filesystem::temp_directory_path() /
           ("predictor-" + std::to_string(::getpid()) + "-" + std::to_string(number++));
  }
  ~Folder() { std::filesystem::remove_all(path); }
};

std::string Row(const std::string& id, const std::string& description,
                const std::string& extra = "", const std::string& user = "user123") {
  return R"({"id":")" + id + R"(","user_id":")" + user + R"(","description":")" + description +
         R"(","amount_minor":-1239,"currency":"EUR","date":"2026-01-31")" + extra + "}";
}

std::string CategoryIn(const std::string& body) {
  auto document = JsonDocument::Parse(body);
  EXPECT_TRUE(document.ok()) << body;
  return document.ok() ? std::string(document->root().Find("category").AsString().value_or("none"))
                       : "";
}

TEST(PredictorService, AnswersWithCategoryConfidenceVersionAndAlternatives) {
  FakeAnalyzer analyzer;
  Folder folder;
  Predictor predictor(analyzer.url(), folder.path);
  const HttpResponse response = predictor.Post("/categorize", Row("t1", "CORNER 123"));
  ASSERT_EQ(response.status, 200) << response.body;
  auto document = JsonDocument::Parse(response.body);
  ASSERT_TRUE(document.ok());
  const auto root = document->root();
  EXPECT_EQ(root.Find("category").AsString(), "groceries");
  EXPECT_GT(root.Find("confidence").AsDouble().value_or(0), 0.3);
  EXPECT_EQ(root.Find("model_version").AsString(), "1.test");
  EXPECT_EQ(root.Find("alternatives").size(), 3u);
  EXPECT_EQ(analyzer.targets.at(0), "/patterns/user123");
}

TEST(PredictorService, TakesTheArticlesForm) {
  FakeAnalyzer analyzer;
  Folder folder;
  Predictor predictor(analyzer.url(), folder.path);
  for (const char* amount : {"\"45.99\"", "45.99"}) {
    const HttpResponse response = predictor.Post(
        "/categorize",
        std::string(
            R"({"id":"12845","user_id":"user123","description":"PETROL STATION","amount":)") +
            amount + "}");
    ASSERT_EQ(response.status, 200) << response.body;
    EXPECT_EQ(CategoryIn(response.body), "transport");
  }
}

TEST(PredictorService, EscapesAnyUserIdOnItsWayToTheAnalyzer) {
  FakeAnalyzer analyzer;
  Folder folder;
  Predictor predictor(analyzer.url(), folder.path);
  ASSERT_EQ(predictor.Post("/categorize", Row("t", "x", "", "a/b?c%20")).status, 200);
  EXPECT_EQ(analyzer.targets.at(0), "/patterns/a%2Fb%3Fc%2520");
}

TEST(PredictorService, WritesTheArticlesSpansWithTheirAttributes) {
  FakeAnalyzer analyzer;
  analyzer.Cook("user12");  // another's: it must show
  Folder folder;
  Exported exported;
  Predictor predictor(analyzer.url(), folder.path);
  ASSERT_EQ(predictor.Post("/categorize", Row("t1", "Corner ärger")).status, 200);
  const auto spans = exported.Take();
  for (const char* name :
       {"categorize_transaction", "fetch_user_context", "prepare_features", "model_prediction"}) {
    ASSERT_EQ(spans.count(name), 1u) << name;
  }
  const SeenSpan& root = *spans.find("categorize_transaction")->second;
  for (const char* name : {"fetch_user_context", "prepare_features", "model_prediction"}) {
    EXPECT_EQ(spans.find(name)->second->parent, root.id) << name;
  }
  EXPECT_EQ(root.texts.at("transaction.id"), "t1");
  EXPECT_EQ(std::get<double>(root.attributes.at("transaction.amount")), 12.39);
  EXPECT_EQ(std::get<int64_t>(root.attributes.at("transaction.amount_minor")), -1239);
  EXPECT_EQ(root.texts.at("merchant"), "Corner ärger");
  EXPECT_EQ(root.texts.at("result.category"), "groceries");
  EXPECT_TRUE(root.attributes.contains("result.confidence"));
  const SeenSpan& fetch = *spans.find("fetch_user_context")->second;
  EXPECT_EQ(fetch.texts.at("user_id"), "user123");
  EXPECT_EQ(fetch.texts.at("patterns.user_id"), "user12");
  EXPECT_EQ(fetch.texts.at("context.cache_key"), "patterns:user12");
  EXPECT_EQ(std::get<int64_t>(fetch.attributes.at("context.status_code")), 200);
  EXPECT_EQ(std::get<int64_t>(fetch.attributes.at("context.cache_hit")), 1);
  const SeenSpan& features = *spans.find("prepare_features")->second;
  EXPECT_EQ(features.attributes.size(), FeatureCount() + 2);
  const SeenSpan& model = *spans.find("model_prediction")->second;
  EXPECT_EQ(model.texts.at("prediction.category"), "groceries");
  EXPECT_EQ(model.texts.at("model.version"), "1.test");
  size_t explained = 0;
  for (const auto& [key, value] : model.attributes)
    explained += key.starts_with("explain.") ? 1 : 0;
  EXPECT_GE(explained, 1u);
  EXPECT_LE(explained, 5u);
}

TEST(PredictorService, ReplayOfTheFeaturesOnTheSpanAnswersByteForByteTheSame) {
  FakeAnalyzer analyzer;
  Folder folder;
  Exported exported;
  Predictor predictor(analyzer.url(), folder.path);
  predictor.Post("/feedback", Row("f1", "CORNER", R"(,"category":"dining")"));
  for (const char* description :
       {"CORNER 12", "PIZZA \\\"x\\\"", "petrol", "", "ÄÖÜ überweisung an Max"}) {
    const HttpResponse first =
        predictor.Post("/categorize", Row("t1", description, R"(,"mcc":"5812")"));
    ASSERT_EQ(first.status, 200) << first.body;
    const auto spans = exported.Take();
    std::string body;
    awry::codec::JsonWriter json(body);
    json.BeginObject().Key("features").BeginObject();
    for (const auto& [key, value] : spans.find("prepare_features")->second->attributes) {
      json.Key(std::string_view(key).substr(9));
      if (const auto* text = std::get_if<std::string_view>(&value)) json.String(*text);
      if (const auto* integer = std::get_if<int64_t>(&value)) json.Int(*integer);
      if (const auto* real = std::get_if<double>(&value)) json.Double(*real);
    }
    json.EndObject().EndObject();
    const HttpResponse again = predictor.Post("/replay", body);
    EXPECT_EQ(again.status, 200);
    EXPECT_EQ(again.body, first.body) << description;
    EXPECT_EQ(exported.Take().count("categorize_transaction"), 0u);
  }
  EXPECT_EQ(predictor.Post("/replay", R"({"features":{"text":"x"}})").status, 400);
}

TEST(PredictorService, WithoutTheAnalyzerItAnswers503AndMarksTheSpans) {
  FakeAnalyzer analyzer;
  Folder folder;
  Exported exported;
  Predictor predictor(analyzer.url(), folder.path);
  analyzer.Answer(awry::net::TextResponse(500, "broken"));
  EXPECT_EQ(predictor.Post("/categorize", Row("t1", "CORNER")).status, 503);
  auto spans = exported.Take();
  for (const char* name : {"categorize_transaction", "fetch_user_context"}) {
    const SeenSpan& span = *spans.find(name)->second;
    EXPECT_EQ(span.status, 2u) << name;
    EXPECT_EQ(span.events, std::vector<std::string>{"exception"}) << name;
  }
  EXPECT_EQ(std::get<int64_t>(
                spans.find("fetch_user_context")->second->attributes.at("context.status_code")),
            500);
  EXPECT_EQ(spans.count("model_prediction"), 0u);
  analyzer.Answer(awry::net::JsonResponse(200, R"({"surprise":1})"));
  EXPECT_EQ(predictor.Post("/categorize", Row("t1", "CORNER")).status, 500);
  analyzer.server->Stop();
  EXPECT_EQ(predictor.Post("/categorize", Row("t1", "CORNER")).status, 503);
}

TEST(PredictorService, AUserWithoutHistoryGetsAnAnswerAndHasContextIsFalse) {
  FakeAnalyzer analyzer;
  analyzer.Answer(awry::net::JsonResponse(
      200,
      R"({"user_id":"new","cache":{"key":"patterns:new","hit":false},"avg_grocery_amount_minor":0,)"
      R"("grocery_frequency":0,"category_shares":{},"count":0})"));
  Folder folder;
  Exported exported;
  Predictor predictor(analyzer.url(), folder.path);
  EXPECT_EQ(predictor.Post("/categorize", Row("t1", "PETROL STATION", "", "new")).status, 200);
  const auto spans = exported.Take();
  EXPECT_EQ(std::get<int64_t>(
                spans.find("prepare_features")->second->attributes.at("features.has_context")),
            0);
}

TEST(PredictorService, FeedbackCountsAtOnceForThatUserAndIsThereAfterARestart) {
  FakeAnalyzer analyzer;
  Folder folder;
  std::string learned;
  {
    Predictor predictor(analyzer.url(), folder.path);
    std::string lines;
    for (int i = 0; i < 4; ++i)
      lines += Row("f" + std::to_string(i), "CORNER 7", R"(,"category":"dining")") + "\n";
    const HttpResponse response = predictor.Post("/feedback", lines, "application/x-ndjson");
    EXPECT_EQ(response.body, R"({"learned":4,"unchanged":0})");
    EXPECT_EQ(predictor.Post("/feedback", lines, "application/x-ndjson").body,
              R"({"learned":0,"unchanged":4})");
    learned = predictor.Post("/categorize", Row("t1", "CORNER 8")).body;
  }
  Predictor again(analyzer.url(), folder.path);
  EXPECT_EQ(again.Post("/categorize", Row("t1", "CORNER 8")).body, learned);
  EXPECT_NE(again.service->Metrics().find("feedback_labels 4\n"), std::string::npos);
}

TEST(PredictorService, ABatchAnswersInOrderWithErrorsInTheirPlace) {
  FakeAnalyzer analyzer;
  Folder folder;
  Predictor predictor(analyzer.url(), folder.path);
  const std::string lines = Row("a", "PETROL STATION") + "\nnonsense\n" + Row("b", "MARKET") +
                            "\n" + Row("c", "MARKET", "", "bad id") + "\n" +
                            Row("d", "PETROL STATION") + "\n";
  const HttpResponse response = predictor.Post("/categorize/batch", lines, "application/x-ndjson");
  ASSERT_EQ(response.status, 200) << response.body;
  std::vector<std::string> out;
  for (size_t at = 0; at < response.body.size();) {
    const size_t end = response.body.find('\n', at);
    out.push_back(response.body.substr(at, end - at));
    at = end + 1;
  }
  ASSERT_EQ(out.size(), 5u);
  EXPECT_EQ(CategoryIn(out[0]), "transport");
  EXPECT_NE(out[1].find(R"("line":2)"), std::string::npos);
  EXPECT_EQ(CategoryIn(out[2]), "groceries");
  EXPECT_NE(out[3].find("INVALID_ARGUMENT"), std::string::npos);
  EXPECT_EQ(out[4], out[0]);
  EXPECT_EQ(analyzer.targets.size(), 1u);  // one user, one question
}

TEST(PredictorService, ARowOfABatchThatNamesItsTraceHasTheArticlesSpansThere) {
  FakeAnalyzer analyzer;
  Folder folder;
  Exported exported;
  Predictor predictor(analyzer.url(), folder.path);
  const std::string trace = R"(,"traceparent":"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")";
  const HttpResponse alone = predictor.Post("/categorize", Row("a", "MARKET"));
  (void)exported.Take();
  const HttpResponse response = predictor.Post(
      "/categorize/batch",
      Row("a", "MARKET", trace) + "\n" + Row("b", "MARKET") + "\n" + Row("c", "PETROL STATION", trace) + "\n",
      "application/x-ndjson");
  ASSERT_EQ(response.status, 200) << response.body;
  const size_t reasons = alone.body.find(R"(,"because")");
  ASSERT_NE(reasons, std::string::npos);
  EXPECT_EQ(response.body.substr(0, response.body.find('\n')), alone.body.substr(0, reasons) + "}")
      << "the trace changes no answer; reasons stand on the span";
  const auto spans = exported.Take();
  const std::string row_span = "\xb7\xad\x6b\x71\x69\x20\x33\x31";
  ASSERT_EQ(spans.count("categorize_transaction"), 2u) << "the row without a trace has none";
  EXPECT_EQ(spans.count("model_prediction"), 2u);
  EXPECT_EQ(spans.count("prepare_features"), 2u);
  EXPECT_EQ(spans.count("fetch_user_context"), 3u) << "and one for the question itself";
  EXPECT_EQ(analyzer.targets.size(), 2u) << "alone, and for the batch";
  for (auto [span, end] = spans.equal_range("categorize_transaction"); span != end; ++span) {
    EXPECT_EQ(span->second->parent, row_span);
    EXPECT_TRUE(span->second->texts.contains("result.category"));
  }
  size_t shared = 0;
  for (auto [span, end] = spans.equal_range("fetch_user_context"); span != end; ++span) {
    EXPECT_EQ(span->second->texts.at("context.cache_key"), "patterns:user123");
    shared += span->second->attributes.contains("context.shared") ? 1 : 0;
  }
  EXPECT_EQ(shared, 2u);
}

TEST(PredictorService, SpansOfRowsInABatchSayWhatTheySayOfRowsAlone) {
  FakeAnalyzer analyzer;
  Folder folder;
  Exported exported;
  Predictor predictor(analyzer.url(), folder.path);
  ASSERT_EQ(predictor.Post("/feedback", Row("x", "MARKET 5", R"(,"category":"dining")")).status, 200);
  const std::string trace = R"(,"traceparent":"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")";
  // Texts and users repeat; amounts, dates and codes do not.
  std::vector<std::string> rows = {Row("a", "MARKET 12", trace), Row("b", "MARKET 77", trace), Row("c", "PETROL", trace, "other"),
                                   Row("d", "MARKET 1", trace, "other"), Row("e", "MARKET 2", R"(,"mcc":5812)" + trace)};
  rows[1].replace(rows[1].find("-1239"), 5, "250000");
  rows[4].replace(rows[4].find("2026-01-31"), 10, "2025-07-03");
  std::string batch;
  for (const std::string& row : rows) {
    ASSERT_EQ(predictor.Post("/categorize", row).status, 200);
    batch += row + "\n";
  }
  const auto alone = exported.Take();
  ASSERT_EQ(predictor.Post("/categorize/batch", batch, "application/x-ndjson").status, 200);
  const auto together = exported.Take();
  // Spans of several threads come in any order: each is known by its row.
  const auto by_row = [](const auto& spans) {
    std::map<std::string, std::string> rows_of_spans;
    for (auto [span, end] = spans.equal_range("categorize_transaction"); span != end; ++span) {
      rows_of_spans[span->second->id] = span->second->texts.at("transaction.id");
    }
    std::map<std::string, std::shared_ptr<SeenSpan>> found;
    for (const auto& [name, span] : spans) {
      const auto row = rows_of_spans.find(name == "categorize_transaction" ? span->id : span->parent);
      if (row != rows_of_spans.end() && name != "fetch_user_context") found[name + " of " + row->second] = span;
    }
    return found;
  };
  const auto of_one = by_row(alone), of_batch = by_row(together);
  ASSERT_EQ(of_one.size(), 3 * rows.size());
  ASSERT_EQ(of_batch.size(), of_one.size());
  for (const auto& [name, span] : of_one) {
    ASSERT_TRUE(of_batch.contains(name)) << name;
    EXPECT_TRUE(span->attributes == of_batch.at(name)->attributes) << name;
  }
  EXPECT_EQ(of_batch.at("prepare_features of a")->attributes.size(), FeatureCount() + 2);
}

TEST(PredictorService, ListsItsModelsAndPromotesThem) {
  FakeAnalyzer analyzer;
  Folder folder;
  Predictor predictor(analyzer.url(), folder.path);
  const auto listed = predictor.client->Get("/models");
  ASSERT_TRUE(listed.ok());
  auto document = JsonDocument::Parse(listed->body);
  ASSERT_TRUE(document.ok()) << listed->body;
  EXPECT_EQ(document->root().Find("answering").AsString(), "1.test");
  EXPECT_EQ(document->root().Find("training").Find("available").AsBool(), false);
  ASSERT_EQ(document->root().Find("models").size(), 1u);
  EXPECT_EQ(document->root().Find("models").At(0).Find("origin").AsString(), "shipped");
  EXPECT_TRUE(document->root().Find("models").At(0).Find("figures").is_null());
  EXPECT_EQ(predictor.Post("/models/train", "").status, 409) << "there is no training set";
  EXPECT_EQ(predictor.Post("/models/9.none/promote", "").status, 404);
  EXPECT_EQ(predictor.Post("/models/1.test/promote", "").status, 200);
}

TEST(PredictorService, RefusesBadRequestsWithAJsonError) {
  FakeAnalyzer analyzer;
  Folder folder;
  Predictor predictor(analyzer.url(), folder.path);
  for (const char* body : {"", "{", "[]", "{}", "\xFF"}) {
    const HttpResponse response = predictor.Post("/categorize", body);
    EXPECT_EQ(response.status, 400) << body;
    EXPECT_NE(response.body.find(R"("code":"INVALID_ARGUMENT")"), std::string::npos)
        << response.body;
  }
  EXPECT_EQ(predictor.Post("/categorize", Row("t", "x"), "text/html").status, 415);
  EXPECT_EQ(predictor.Post("/feedback", Row("t", "x", R"(,"category":"fun")")).status, 400);
  auto wrong_method = predictor.client->Get("/categorize");
  ASSERT_TRUE(wrong_method.ok());
  EXPECT_EQ(wrong_method->status, 405);
  EXPECT_TRUE(analyzer.targets.empty());
}

TEST(PredictorService, DoesNotStartWithoutItsModel) {
  ServiceOptions options;
  options.model_path = "/nowhere/category-model.bin";
  const auto made = PredictorService::Create(options);
  ASSERT_FALSE(made.ok());
  EXPECT_NE(made.status().message().find("category-model.bin"), std::string::npos);
}

}  // namespace
}  // namespace finance::category_predictor
