#include "finance/delivery/notice.h"

#include <algorithm>
#include <array>
#include <optional>
#include <vector>

#include "codec/json.h"

namespace finance::delivery {
namespace {

using awry::codec::JsonValue;

// A kind's words, and what has to be there for them.
struct KindWords {
  std::string_view kind;
  Word word;
  std::array<std::string_view, 2> amounts;  // members "NAME_minor"
  std::string_view day;
};
constexpr KindWords kKindWords[] = {
    {"budget", Word::kBudgetNear, {"limit", "spent"}, ""},
    {"budget_will_exceed", Word::kBudgetWillExceed, {"limit", "projected"}, ""},
    {"recurring_new", Word::kRecurringNew, {"amount", ""}, ""},
    {"recurring_price", Word::kRecurringPrice, {"old", "new"}, "since"},
    {"recurring_missed", Word::kRecurringMissed, {"amount", ""}, "expected_on"},
    {"recurring_doubled", Word::kRecurringDoubled, {"amount", ""}, "date"},
    {"trial_paid", Word::kTrialPaid, {"new", ""}, "since"},
    {"category_anomaly", Word::kCategoryAnomaly, {"projected", "baseline"}, ""},
};

// "groceries, dining" in the reader's words; what is no category stays.
std::string SubjectText(Language language, std::string_view subject) {
  std::string out;
  while (!subject.empty()) {
    const size_t comma = subject.find(", ");
    const std::string_view part = subject.substr(0, comma);
    const auto category = ledger::CategoryFromId(part);
    out += out.empty() ? "" : ", ";
    out += category ? CategoryText(language, *category) : part;
    subject.remove_prefix(comma == std::string_view::npos ? subject.size() : comma + 2);
  }
  return out;
}

std::optional<std::string> AmountText(Language language, JsonValue detail, std::string_view name) {
  const auto minor = detail.Find(std::string(name) + "_minor").AsInt64();
  const auto currency = detail.Find("currency").AsString();
  if (!minor || !currency || *minor == INT64_MIN) return std::nullopt;
  return MoneyText(language, *minor < 0 ? -*minor : *minor, *currency);
}

std::optional<std::string> DayOf(Language language, JsonValue detail, std::string_view name) {
  const auto day = ledger::Date::Parse(detail.Find(name).AsString().value_or(""));
  if (!day.ok()) return std::nullopt;
  return DayText(language, *day);
}

}  // namespace

std::string NoticeText(Language language, const Notice& notice) {
  const auto* found = std::find_if(std::begin(kKindWords), std::end(kKindWords), [&](const KindWords& one) { return one.kind == notice.kind; });
  const auto document = awry::codec::JsonDocument::Parse(notice.detail);
  if (found == std::end(kKindWords) || !document.ok() || notice.subject.empty()) return notice.message;
  std::array<std::string, 2> amounts;
  for (size_t i = 0; i < amounts.size() && !found->amounts[i].empty(); ++i) {
    const auto text = AmountText(language, document->root(), found->amounts[i]);
    if (!text) return notice.message;
    amounts[i] = *text;
  }
  const auto day = found->day.empty() ? std::optional<std::string>("") : DayOf(language, document->root(), found->day);
  if (!day) return notice.message;
  const Word word = found->word == Word::kBudgetNear && notice.threshold >= 100 ? Word::kBudgetOver : found->word;
  return Say(language, word, {{"subject", SubjectText(language, notice.subject)},
                              {found->amounts[0], amounts[0]},
                              {found->amounts[1], amounts[1]},
                              {found->day, *day},
                              {"threshold", std::to_string(notice.threshold)}});
}

}  // namespace finance::delivery
