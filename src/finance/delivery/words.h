// What messages say, in each language: texts, plurals, amounts, days. A text that a language lacks does not compile.
#pragma once

#include <array>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "finance/ledger/category.h"
#include "finance/ledger/date.h"

namespace finance::delivery {

enum class Language : uint8_t { kEnglish, kGerman };
inline constexpr size_t kLanguages = 2;
inline constexpr std::array<std::string_view, kLanguages> kLanguageTags = {"en", "de"};

std::optional<Language> LanguageFromTag(std::string_view tag);
inline std::string_view TagOf(Language language) { return kLanguageTags[static_cast<size_t>(language)]; }

enum class Word : uint8_t {
  kTestSubject,
  kTestText,
  kAlertsOne,  // with {n}, as the next
  kAlertsOther,
  kBudgetOver,  // what alerts say: {subject} and amounts
  kBudgetNear,
  kBudgetWillExceed,
  kRecurringNew,
  kRecurringPrice,
  kRecurringMissed,
  kRecurringDoubled,
  kTrialPaid,
  kCategoryAnomaly,
  kWeekSubject,
  kSpent,
  kNothingSpent,
  kBudgets,
  kBudgetLine,
  kBudgetOverspent,
  kExpected,
  kQuarter,
  kPeriodFrom,
  kCount,
};
struct Phrase {
  Word word;
  std::array<std::string_view, kLanguages> texts;
};
// Every word in its order, for tests.
const std::array<Phrase, static_cast<size_t>(Word::kCount)>& Phrases();

using Values = std::initializer_list<std::pair<std::string_view, std::string_view>>;
// The text with {name} replaced by the values.
std::string Say(Language language, Word word, Values values = {});
// The form for `count`, which stands for {n}: `one` is followed by its plural.
std::string SayCount(Language language, Word one, int64_t count);

// "1,234.56 EUR", "1.234,56 EUR".
std::string MoneyText(Language language, int64_t minor, std::string_view currency);
// "9 March 2026", "9. März 2026".
std::string DayText(Language language, ledger::Date day);
// Of a budget's period ("2026-03", "2026-Q4", "2026", "2026-03-09"): "March 2026", "4. Quartal 2026", …
std::string PeriodText(Language language, std::string_view period);
std::string_view CategoryText(Language language, ledger::Category category);

}  // namespace finance::delivery
