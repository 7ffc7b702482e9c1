#include "finance/delivery/words.h"

#include <fmt/format.h>

#include <algorithm>

#include "finance/ledger/money.h"

namespace finance::delivery {
namespace {

constexpr std::array<Phrase, static_cast<size_t>(Word::kCount)> kPhrases = {{
    {Word::kTestSubject, {"This is a test", "Dies ist eine Probe"}},
    {Word::kTestText, {"Alerts will reach you here.", "Hinweise werden dich hier erreichen."}},
    {Word::kAlertsOne, {"{n} alert", "{n} Hinweis"}},
    {Word::kAlertsOther, {"{n} alerts", "{n} Hinweise"}},
    {Word::kBudgetOver, {"{subject} is over its limit: {spent} of {limit}", "{subject} ist über der Grenze: {spent} von {limit}"}},
    {Word::kBudgetNear, {"{subject} has reached {threshold} %: {spent} of {limit}", "{subject} hat {threshold} % erreicht: {spent} von {limit}"}},
    {Word::kBudgetWillExceed,
     {"{subject} will not last: on course for {projected} of {limit}", "{subject} wird nicht reichen: auf dem Weg zu {projected} von {limit}"}},
    {Word::kRecurringNew, {"New subscription: {subject}, {amount}", "Neues Abo: {subject}, {amount}"}},
    {Word::kRecurringPrice, {"{subject} costs more: {new} since {since}, was {old}", "{subject} kostet mehr: {new} seit {since}, war {old}"}},
    {Word::kRecurringMissed,
     {"{subject} did not come: {amount}, expected on {expected_on}", "{subject} kam nicht: {amount}, erwartet am {expected_on}"}},
    {Word::kRecurringDoubled, {"{subject} was charged twice: {amount} on {date}", "{subject} wurde doppelt abgebucht: {amount} am {date}"}},
    {Word::kTrialPaid, {"The trial of {subject} is over: {new} since {since}", "Das Probeabo {subject} ist vorbei: {new} seit {since}"}},
    {Word::kCategoryAnomaly,
     {"{subject} is on course for {projected}; usual is {baseline}", "{subject} ist auf dem Weg zu {projected}; üblich sind {baseline}"}},
    {Word::kWeekSubject, {"Your week from {from} to {until}", "Deine Woche vom {from} bis {until}"}},
    {Word::kSpent, {"Spent", "Ausgegeben"}},
    {Word::kNothingSpent, {"nothing", "nichts"}},
    {Word::kBudgets, {"Budgets", "Budgets"}},
    {Word::kBudgetLine, {"{spent} of {limit} spent, {left} left", "{spent} von {limit} ausgegeben, {left} übrig"}},
    {Word::kBudgetOverspent, {"{spent} of {limit} spent, {over} too much", "{spent} von {limit} ausgegeben, {over} zu viel"}},
    {Word::kExpected, {"Expected in the next seven days", "Erwartet in den nächsten sieben Tagen"}},
    {Word::kQuarter, {"quarter {quarter} of {year}", "{quarter}. Quartal {year}"}},
    {Word::kPeriodFrom, {"from {day}", "ab {day}"}},
}};

constexpr bool IsComplete() {
  for (size_t i = 0; i < kPhrases.size(); ++i) {
    if (static_cast<size_t>(kPhrases[i].word) != i) return false;
    for (const std::string_view text : kPhrases[i].texts) {
      if (text.empty()) return false;
    }
  }
  return true;
}
static_assert(IsComplete(), "every word stands at its place, in every language");

constexpr std::array<std::array<std::string_view, 12>, kLanguages> kMonths = {
    {{"January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"},
     {"Januar", "Februar", "März", "April", "Mai", "Juni", "Juli", "August", "September", "Oktober", "November", "Dezember"}}};

// In the order of ledger::Category; the same words as the dashboard's.
constexpr std::array<std::array<std::string_view, ledger::kCategoryCount>, kLanguages> kCategories = {
    {{"No category", "Income", "Transfer", "Cash", "Groceries", "Dining", "Shopping", "Housing", "Utilities", "Home", "Transport", "Travel",
      "Entertainment", "Health", "Personal care", "Education", "Insurance", "Services", "Fees", "Debt", "Taxes & giving"},
     {"Ohne Kategorie", "Einnahmen", "Umbuchung", "Bargeld", "Lebensmittel", "Essen gehen", "Einkäufe", "Wohnen", "Nebenkosten", "Haushalt",
      "Verkehr", "Reisen", "Freizeit", "Gesundheit", "Körperpflege", "Bildung", "Versicherung", "Dienste", "Gebühren", "Kredite",
      "Steuern & Spenden"}}};
static_assert(!kCategories[0].back().empty() && !kCategories[1].back().empty());

std::string MonthText(Language language, ledger::Date day) {
  return fmt::format("{} {}", kMonths[static_cast<size_t>(language)][static_cast<size_t>(day.month() - 1)], day.year());
}

}  // namespace

const std::array<Phrase, static_cast<size_t>(Word::kCount)>& Phrases() { return kPhrases; }

std::optional<Language> LanguageFromTag(std::string_view tag) {
  const auto found = std::find(kLanguageTags.begin(), kLanguageTags.end(), tag);
  if (found == kLanguageTags.end()) return std::nullopt;
  return static_cast<Language>(found - kLanguageTags.begin());
}

std::string Say(Language language, Word word, Values values) {
  std::string_view text = kPhrases[static_cast<size_t>(word)].texts[static_cast<size_t>(language)];
  std::string out;
  while (!text.empty()) {
    const size_t open = std::min(text.find('{'), text.size());
    out += text.substr(0, open);
    text.remove_prefix(open);
    if (text.empty()) break;
    const size_t close = text.find('}');
    const std::string_view name = text.substr(1, close - 1);
    const auto value = std::find_if(values.begin(), values.end(), [name](const auto& one) { return one.first == name; });
    if (value != values.end()) out += value->second;
    text.remove_prefix(close + 1);
  }
  return out;
}

std::string SayCount(Language language, Word one, int64_t count) {
  const Word form = count == 1 ? one : static_cast<Word>(static_cast<int>(one) + 1);
  return Say(language, form, {{"n", std::to_string(count)}});
}

std::string MoneyText(Language language, int64_t minor, std::string_view currency) {
  const auto parsed = ledger::Currency::Parse(currency);
  if (!parsed.ok()) return fmt::format("{} {}", minor, currency);
  const std::string plain = ledger::FormatMoney({minor, *parsed});
  const size_t first = plain.starts_with('-') ? 1 : 0;
  const size_t point = std::min(plain.find('.'), plain.size());
  const bool german = language == Language::kGerman;
  std::string out = plain.substr(0, first);
  for (size_t i = first; i < point; ++i) {
    if (i > first && (point - i) % 3 == 0) out += german ? '.' : ',';
    out += plain[i];
  }
  if (point < plain.size()) out.append(german ? "," : ".").append(plain, point + 1);
  return out.append(" ").append(currency);
}

std::string DayText(Language language, ledger::Date day) {
  return fmt::format("{}{} {}", day.day(), language == Language::kGerman ? "." : "", MonthText(language, day));
}

std::string PeriodText(Language language, std::string_view period) {
  if (period.size() == 7 && period[5] == 'Q') return Say(language, Word::kQuarter, {{"quarter", period.substr(6)}, {"year", period.substr(0, 4)}});
  if (period.size() == 7) {
    const auto first = ledger::Date::Parse(std::string(period) + "-01");
    if (first.ok()) return MonthText(language, *first);
  }
  const auto day = ledger::Date::Parse(period);
  return day.ok() ? Say(language, Word::kPeriodFrom, {{"day", DayText(language, *day)}}) : std::string(period);
}

std::string_view CategoryText(Language language, ledger::Category category) {
  return kCategories[static_cast<size_t>(language)][static_cast<size_t>(category)];
}

}  // namespace finance::delivery
