#include "finance/delivery/words.h"

#include <gtest/gtest.h>

#include <fstream>
#include <set>
#include <sstream>

#include "finance/delivery/letter.h"
#include "finance/delivery/notice.h"
#include "finance/delivery/push.h"

namespace finance::delivery {
namespace {

using ledger::Date;

std::multiset<std::string> PlacesOf(std::string_view text) {
  std::multiset<std::string> places;
  for (size_t open = text.find('{'); open != std::string_view::npos; open = text.find('{', open + 1)) {
    const size_t close = text.find('}', open);
    EXPECT_NE(close, std::string_view::npos) << text;
    places.emplace(text.substr(open, close - open));
  }
  return places;
}

TEST(Words, EveryTextIsTranslatedAndHasTheSamePlaces) {
  const std::set<std::string_view> the_same = {"Budgets"};  // in both languages
  for (const Phrase& phrase : Phrases()) {
    EXPECT_EQ(PlacesOf(phrase.texts[0]), PlacesOf(phrase.texts[1])) << phrase.texts[0];
    EXPECT_TRUE(phrase.texts[0] != phrase.texts[1] || the_same.contains(phrase.texts[0])) << phrase.texts[0];
  }
}

TEST(Words, CategoriesAreNamedAsOnTheDashboard) {
  for (size_t language = 0; language < kLanguages; ++language) {
    std::ifstream file(std::string(AWRY_SOURCE_DIR "/web/dashboard/src/strings/") + std::string(kLanguageTags[language]) + "/common.ts");
    std::stringstream text;
    text << file.rdbuf();
    for (size_t i = 0; i < ledger::kCategoryCount; ++i) {
      const auto category = static_cast<ledger::Category>(i);
      const std::string line = "'category." + std::string(ledger::CategoryId(category)) + "': '" +
                               std::string(CategoryText(static_cast<Language>(language), category)) + "'";
      EXPECT_NE(text.str().find(line), std::string::npos) << line;
    }
  }
}

TEST(Words, AmountsDaysPeriodsAndPluralsAreOfTheLanguage) {
  const auto en = Language::kEnglish, de = Language::kGerman;
  EXPECT_EQ(MoneyText(en, -123456789, "EUR"), "-1,234,567.89 EUR");
  EXPECT_EQ(MoneyText(de, -123456789, "EUR"), "-1.234.567,89 EUR");
  EXPECT_EQ(MoneyText(de, 999, "JPY"), "999 JPY");
  EXPECT_EQ(MoneyText(de, 5, "BHD"), "0,005 BHD");
  EXPECT_EQ(MoneyText(en, INT64_MIN, "EUR"), "-92,233,720,368,547,758.08 EUR");
  EXPECT_EQ(MoneyText(en, 5, "points"), "5 points");
  EXPECT_EQ(DayText(en, *Date::Parse("2026-03-09")), "9 March 2026");
  EXPECT_EQ(DayText(de, *Date::Parse("2026-03-09")), "9. März 2026");
  EXPECT_EQ(PeriodText(de, "2026-05"), "Mai 2026");
  EXPECT_EQ(PeriodText(en, "2026-Q4"), "quarter 4 of 2026");
  EXPECT_EQ(PeriodText(de, "2026-Q4"), "4. Quartal 2026");
  EXPECT_EQ(PeriodText(de, "2026"), "2026");
  EXPECT_EQ(PeriodText(de, "2026-03-09"), "ab 9. März 2026");
  EXPECT_EQ(PeriodText(de, "garbage"), "garbage");
  EXPECT_EQ(SayCount(en, Word::kAlertsOne, 1), "1 alert");
  EXPECT_EQ(SayCount(de, Word::kAlertsOne, 2), "2 Hinweise");
}

TEST(NoticeText, SaysEachKindAndFallsBackToTheServicesWords) {
  const std::string series = R"({"amount_minor":-999,"old_minor":-999,"new_minor":-1299,"currency":"EUR","since":"2026-03-09",)"
                             R"("expected_on":"2026-03-09","date":"2026-03-09"})";
  const auto de = [&](const std::string& kind, const std::string& detail) {
    return NoticeText(Language::kGerman, {"id", kind, "info", "Box", "english", detail, 80});
  };
  EXPECT_EQ(de("recurring_price", series), "Box kostet mehr: 12,99 EUR seit 9. März 2026, war 9,99 EUR");
  EXPECT_EQ(de("recurring_missed", series), "Box kam nicht: 9,99 EUR, erwartet am 9. März 2026");
  EXPECT_EQ(de("recurring_doubled", series), "Box wurde doppelt abgebucht: 9,99 EUR am 9. März 2026");
  EXPECT_EQ(de("recurring_new", series), "Neues Abo: Box, 9,99 EUR");
  EXPECT_EQ(de("trial_paid", series), "Das Probeabo Box ist vorbei: 12,99 EUR seit 9. März 2026");
  EXPECT_EQ(de("budget", R"({"limit_minor":100,"spent_minor":80,"currency":"EUR"})"), "Box hat 80 % erreicht: 0,80 EUR von 1,00 EUR");
  for (const std::string detail : {"", "[]", "{", R"({"new_minor":"x"})", R"({"old_minor":1,"new_minor":2,"currency":"EUR","since":"soon"})"}) {
    EXPECT_EQ(de("recurring_price", detail), "english") << detail;
  }
  EXPECT_EQ(de("a kind of tomorrow", series), "english");
  EXPECT_EQ(NoticeText(Language::kGerman, {"id", "category_anomaly", "high", "groceries", "english",
                                           R"({"projected_minor":40000,"baseline_minor":20000,"currency":"EUR"})", 0}),
            "Lebensmittel ist auf dem Weg zu 400,00 EUR; üblich sind 200,00 EUR");
}

TEST(Letter, NothingOfItBecomesMarkup) {
  const Letter letter{"<b>&\"'", {{"<h>", {{"<script>alert(1)</script>", "\"><img>"}}}}};
  const std::string html = HtmlOf(letter, Language::kEnglish);
  for (const char* mark : {"<b>", "<h>", "<script", "<img"}) EXPECT_EQ(html.find(mark), std::string::npos) << mark;
  EXPECT_NE(html.find("&lt;script&gt;"), std::string::npos);
  EXPECT_EQ(TextOf(letter), "<h>\n  <script>alert(1)</script>: \"><img>\n");
}

TEST(Push, CutsLongTextsAtACharacterAndKnowsTheTopic) {
  const auto topic = NtfyTopicOf("https://push.example/sub/my-topic");
  ASSERT_TRUE(topic.ok());
  EXPECT_EQ(topic->server, "https://push.example/sub/");
  EXPECT_EQ(topic->topic, "my-topic");
  EXPECT_FALSE(NtfyTopicOf("https://push.example/").ok());
  EXPECT_FALSE(NtfyTopicOf("https://push.example/a?auth=x").ok());
  EXPECT_FALSE(NtfyTopicOf("https://push.example/" + std::string(65, 'a')).ok());
  std::string text;
  for (int i = 0; i < 5'000; ++i) text += "ä";
  const auto request = PushRequest({"ntfy", "https://push.example/t", "", "title", text, false});
  ASSERT_TRUE(request.ok());
  EXPECT_LT(request->body.size(), 4'200U);
  EXPECT_NE(request->body.find("ä…"), std::string::npos);
  EXPECT_EQ(request->headers.size(), 1U) << "no token, no Authorization";
}

}  // namespace
}  // namespace finance::delivery
