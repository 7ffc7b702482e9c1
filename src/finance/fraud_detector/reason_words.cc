// A message is a fixed text with numbers in it: with # in place of each number it is looked up below.
#include "finance/fraud_detector/reason_words.h"

#include <algorithm>
#include <array>
#include <cctype>

namespace finance::fraud_detector {
namespace {

struct Known {
  std::string_view text;
  std::string_view says;
  std::array<std::string_view, 2> numbers;  // "": it is not told
};

constexpr std::array<Known, 24> kKnown = {{
    {"# times the usual amount at this merchant (over # charges)", "amount_at_merchant", {"times", "count"}},
    {"# times the usual amount of this user (over # charges)", "amount_of_user", {"times", "count"}},
    {"# times the user's usual amount", "amount_large", {"times", ""}},
    {"too little is known of this user's usual amounts", "amount_unknown", {"", ""}},
    {"the amount of #", "amount", {"", ""}},
    {"# charges within an hour, usually #", "burst_hour", {"count", "usual"}},
    {"# charges within a day, usually #", "burst_day", {"count", "usual"}},
    {"# charges within a day, # within a week", "pace", {"count", "week"}},
    {"the same merchant and amount # minutes before", "charged_twice", {"count", ""}},
    {"the same merchant and amount on one day", "charged_twice_day", {"", ""}},
    {"# small charges within an hour, most at new places", "small_at_new", {"count", ""}},
    {"a small first charge at this new place, then a large one", "small_then_large", {"", ""}},
    {"the first charge in this currency", "new_currency", {"", ""}},
    {"no charge in the # days before", "dormant", {"count", ""}},
    {"an hour at which this user hardly ever pays", "unusual_hour", {"", ""}},
    {"# confirmed frauds at this terminal within # days", "terminal_frauds", {"count", "days"}},
    {"# confirmed frauds at this merchant within # days", "merchant_frauds", {"count", "days"}},
    {"# confirmed frauds of usual amounts at this place within # days", "merchant_frauds", {"count", "days"}},
    {"# % of the charges known of this place within # days were fraud", "place_share", {"percent", "days"}},
    {"# confirmed frauds of this user within # days", "own_frauds", {"count", "days"}},
    {"# unusually large charges of this user within # days", "large_charges", {"count", "days"}},
    {"the user's first charge at this place", "first_here", {"", ""}},
    {"the user has paid at this place before", "known_here", {"", ""}},
    {"the time at which it was made", "time", {"", ""}},
}};

bool IsDigit(char c) { return std::isdigit(static_cast<unsigned char>(c)) != 0; }

}  // namespace

ReasonWords ReadReasonWords(std::string_view message) {
  std::string text;
  std::vector<std::string> numbers;
  for (size_t at = 0; at < message.size();) {
    if (!IsDigit(message[at])) {
      text += message[at++];
      continue;
    }
    std::string number;
    while (at < message.size() &&
           (IsDigit(message[at]) || (message[at] == '.' && at + 1 < message.size() && IsDigit(message[at + 1])))) {
      number += message[at++];
    }
    text += '#';
    numbers.push_back(std::move(number));
  }
  const auto known = std::find_if(kKnown.begin(), kKnown.end(), [&](const Known& one) { return one.text == text; });
  ReasonWords words;
  if (known == kKnown.end()) return words;
  words.says = known->says;
  for (size_t i = 0; i < numbers.size() && i < known->numbers.size(); ++i) {
    if (!known->numbers[i].empty()) words.numbers.emplace_back(known->numbers[i], std::move(numbers[i]));
  }
  return words;
}

}  // namespace finance::fraud_detector
