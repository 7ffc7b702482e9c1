#include "finance/category_predictor/features.h"

#include <gtest/gtest.h>

#include <set>

#include "base/random.h"
#include "finance/category_predictor/categorize_request.h"

namespace finance::category_predictor {
namespace {

using awry::codec::JsonDocument;
using awry::codec::JsonWriter;

Features RandomFeatures(awry::base::Random& random) {
  Features f;
  f.text = "text " + std::to_string(random.Below(1000)) + " \"ü\"";
  f.amount_minor = static_cast<int64_t>(random.Next());
  f.currency = "JPY";
  f.mcc = static_cast<int64_t>(random.Below(10000));
  f.month = 1 + static_cast<int64_t>(random.Below(12));
  f.day = 1 + static_cast<int64_t>(random.Below(31));
  f.weekday = 1 + static_cast<int64_t>(random.Below(7));
  f.context.count = static_cast<int64_t>(random.Below(500));
  f.context.avg_grocery_amount_minor = static_cast<int64_t>(random.Below(100000));
  f.context.grocery_frequency = random.Uniform();
  for (double& share : f.context.shares) share = random.Chance(0.3) ? 0 : random.Uniform();
  f.memory = {static_cast<ledger::Category>(random.Below(21)),
              static_cast<ledger::Category>(random.Below(21)),
              static_cast<ledger::Category>(random.Below(21)), 3, 5};
  f.merchant = f.memory;
  f.merchant.last = ledger::Category::kUncategorized;
  return f;
}

// As a span's attributes come back: integers and reals as JSON numbers.
std::string ReplayBody(const Features& features, size_t left_out = SIZE_MAX) {
  std::string out;
  JsonWriter json(out);
  json.BeginObject().Key("features").BeginObject();
  for (size_t i = 0; i < FeatureCount(); ++i) {
    if (i == left_out) continue;
    json.Key(FeatureName(i));
    const FeatureValue value = GetFeature(features, i);
    if (const auto* text = std::get_if<std::string_view>(&value)) json.String(*text);
    if (const auto* integer = std::get_if<int64_t>(&value)) json.Int(*integer);
    if (const auto* real = std::get_if<double>(&value)) json.Double(*real);
  }
  json.Key("count").Int(static_cast<int64_t>(FeatureCount()));
  json.Key("has_context").Bool(features.has_context());
  json.EndObject().EndObject();
  return out;
}

base::Result<Features> Read(const std::string& body) {
  auto document = JsonDocument::Parse(body);
  if (!document.ok()) return document.status();
  return ReadReplayRequest(document->root());
}

TEST(Features, AreAtMostFortyWithDifferentNames) {
  std::set<std::string_view> names;
  for (size_t i = 0; i < FeatureCount(); ++i) {
    names.insert(FeatureName(i));
    EXPECT_EQ(FeatureIndex(FeatureName(i)), i);
  }
  EXPECT_EQ(names.size(), FeatureCount());
  EXPECT_LE(names.size() + 2, 40u);  // with count and has_context
  EXPECT_FALSE(FeatureIndex("nonsense"));
}

TEST(Features, ComeBackBitForBitFromWhatStandsOnTheSpan) {
  awry::base::Random random(11);
  for (int i = 0; i < 300; ++i) {
    const Features sent = RandomFeatures(random);
    const auto read = Read(ReplayBody(sent));
    ASSERT_TRUE(read.ok()) << read.status().ToString();
    for (size_t f = 0; f < FeatureCount(); ++f) {
      EXPECT_EQ(GetFeature(sent, f), GetFeature(*read, f)) << FeatureName(f);
    }
  }
}

TEST(Features, LearnedIsShownInHundredthsWithItsSign) {
  Features features;
  features.learned.all[ClassOfCategory(ledger::Category::kDining)] = 0.35F;
  features.learned.own[ClassOfCategory(ledger::Category::kDining)] = -0.1F;
  features.learned.all[ClassOfCategory(ledger::Category::kTaxesGiving)] = -100;
  features.learned.own[ClassOfCategory(ledger::Category::kTaxesGiving)] = 9.99F;
  const size_t index = FeatureIndex("learned").value();
  EXPECT_EQ(std::get<std::string_view>(GetFeature(features, index)), "dining +0.35 -0.10 taxes_giving -100.00 +9.99");
  features.learned.votes[static_cast<size_t>(Vote::kNewest)][ClassOfCategory(ledger::Category::kHousing)] = 2.5F;
  EXPECT_EQ(std::get<std::string_view>(GetFeature(features, index)),
            "dining +0.35 -0.10 housing +0.00 +0.00 +0.00 +2.50 taxes_giving -100.00 +9.99");
}

TEST(Replay, NamesWhatIsMissingUnknownOrWrong) {
  awry::base::Random random(2);
  const Features features = RandomFeatures(random);
  for (size_t left_out = 0; left_out < FeatureCount(); ++left_out) {
    const auto read = Read(ReplayBody(features, left_out));
    ASSERT_FALSE(read.ok());
    EXPECT_NE(read.status().message().find(FeatureName(left_out)), std::string::npos);
  }
  EXPECT_NE(Read(R"({"features":{"zodiac":1}})").status().message().find("zodiac"),
            std::string::npos);
  EXPECT_NE(Read(R"({"features":{"month":13}})").status().message().find("month"),
            std::string::npos);
  EXPECT_NE(Read(R"({"features":{"share_dining":"a"}})").status().message().find("share_dining"),
            std::string::npos);
  EXPECT_FALSE(Read(R"({"features":[]})").ok());
  EXPECT_FALSE(Read(R"([])").ok());
}

RequestDefaults Defaults() {
  return {*ledger::Currency::Parse("EUR"), *ledger::Date::FromYmd(2026, 3, 4)};
}

base::Result<CategorizeRequest> ReadRequest(const std::string& json) {
  auto document = JsonDocument::Parse(json);
  if (!document.ok()) return document.status();
  return ReadCategorizeRequest(document->root(), Defaults());
}

TEST(CategorizeRequest, TakesOurForm) {
  const auto read = ReadRequest(
      R"({"id":"t1","user_id":"u","description":"X","amount_minor":-1239,"currency":"GBP","date":"2026-01-31","mcc":5411})");
  ASSERT_TRUE(read.ok()) << read.status().ToString();
  EXPECT_EQ(read->amount.minor, -1239);
  EXPECT_EQ(read->amount.currency.str(), "GBP");
  EXPECT_EQ(read->date.ToString(), "2026-01-31");
  EXPECT_EQ(read->mcc, 5411);
}

TEST(CategorizeRequest, TakesTheArticlesFormWithTheAmountAsTextOrNumberToTheLastDigit) {
  for (const char* amount : {"\"12.30\"", "12.30", "12.3", "\"12.300\""}) {
    const auto read = ReadRequest(
        std::string(R"({"id":"t","user_id":"u","description":"X","amount":)") + amount + "}");
    ASSERT_TRUE(read.ok()) << amount << read.status().ToString();
    EXPECT_EQ(read->amount.minor, -1230) << amount;
    EXPECT_EQ(read->date.ToString(), "2026-03-04");
  }
  const auto refund =
      ReadRequest(R"({"id":"t","user_id":"u","description":"X","amount":"-90071992547409.93"})");
  ASSERT_TRUE(refund.ok());
  EXPECT_EQ(refund->amount.minor, 9007199254740993);
}

TEST(CategorizeRequest, RefusesWhatIsWrongAndNamesIt) {
  const std::string head = R"({"id":"t","user_id":"u","description":"X")";
  for (const auto& [json, named] : std::vector<std::pair<std::string, std::string>>{
           {R"({"user_id":"u","description":"X","amount":1})", "id"},
           {R"({"id":"t","user_id":"a b","description":"X","amount":1})", "user"},
           {R"({"id":"t","user_id":"u","amount":1})", "description"},
           {head + "}", "amount"},
           {head + R"(,"amount":1,"amount_minor":1,"currency":"EUR"})", "amount"},
           {head + R"(,"amount_minor":1})", "currency"},
           {head + R"(,"amount_minor":1.5,"currency":"EUR"})", "amount_minor"},
           {head + R"(,"amount":"1.234"})", "amount"},
           {head + R"(,"amount":1e2})", "amount"},
           {head + R"(,"amount":1,"currency":"XXX"})", ""},
           {head + R"(,"amount":1,"date":"31.01.2026"})", ""},
           {head + R"(,"amount":1,"mcc":"12"})", "mcc"},
           {head + R"(,"amount":99999999999999999999})", "amount"}}) {
    const auto read = ReadRequest(json);
    ASSERT_FALSE(read.ok()) << json;
    EXPECT_EQ(read.status().code(), awry::base::StatusCode::kInvalidArgument) << json;
    EXPECT_NE(read.status().message().find(named), std::string::npos)
        << json << read.status().message();
  }
}

}  // namespace
}  // namespace finance::category_predictor
