#include "finance/ledger/clean_description.h"

#include <algorithm>
#include <vector>

namespace finance::ledger {
namespace {

using Words = std::vector<std::string_view>;

bool IsBlank(char c) { return static_cast<unsigned char>(c) <= 0x20 || c == 0x7F; }
bool IsDigit(char c) { return c >= '0' && c <= '9'; }
char Lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

bool IsNbsp(std::string_view text, size_t at) { return at + 1 < text.size() && text[at] == '\xC2' && text[at + 1] == '\xA0'; }

// Words are what stands between blanks and control characters; U+00A0 counts as a blank.
Words SplitWords(std::string_view text) {
  Words words;
  words.reserve(8);
  size_t start = 0;
  for (size_t i = 0; i <= text.size();) {
    const bool nbsp = IsNbsp(text, i);
    if (i == text.size() || nbsp || IsBlank(text[i])) {
      if (i > start) words.push_back(text.substr(start, i - start));
      i += nbsp ? 2 : 1;
      start = i;
    } else {
      ++i;
    }
  }
  return words;
}

// What banks put before the merchant, in lower case; the longest come first.
constexpr std::string_view kBookingWords[] = {
    "purchase authorized on", "debit card purchase", "card payment to", "card purchase",
    "pos purchase", "pos debit", "card payment", "contactless payment", "visa purchase",
    "visa kob", "dankort-nota", "kartenzahlung", "girocard", "paiement par carte",
    "achat cb", "carte", "betaalautomaat", "pagamento pos", "compra con tarjeta",
    "contactless", "pos", "visa", "mastercard", "maestro"};

const std::vector<Words>& BookingPhrases() {
  static const auto* phrases = [] {
    auto* made = new std::vector<Words>;
    for (const std::string_view phrase : kBookingWords) made->push_back(SplitWords(phrase));
    return made;
  }();
  return *phrases;
}

// `lower` is in lower case already.
bool IsSameWord(std::string_view lower, std::string_view word) {
  return lower.size() == word.size() &&
         std::equal(lower.begin(), lower.end(), word.begin(), [](char a, char b) { return a == Lower(b); });
}

// Number of words at the front that are a booking phrase; 0 when there is none.
size_t BookingPrefix(const Words& words, size_t from) {
  for (const Words& wanted : BookingPhrases()) {
    if (from + wanted.size() > words.size()) continue;
    if (std::equal(wanted.begin(), wanted.end(), words.begin() + static_cast<std::ptrdiff_t>(from), IsSameWord)) {
      return wanted.size();
    }
  }
  return 0;
}

// "12/22", "2018-03-01T11:33:59", "11:33": digits with separators of dates and times between them.
bool IsDateOrTime(std::string_view word) {
  size_t separators = 0;
  for (const char c : word) {
    if (c == '/' || c == '.' || c == '-' || c == ':') {
      ++separators;
    } else if (!IsDigit(c) && c != 'T' && c != 'Z') {
      return false;
    }
  }
  return separators >= 1 && word.size() >= 4 && IsDigit(word.front()) && IsDigit(word.back());
}

bool IsReference(std::string_view word) {
  const auto digits = static_cast<size_t>(std::count_if(word.begin(), word.end(), IsDigit));
  return digits >= 6 && digits * 2 >= word.size();
}

std::string Join(const Words& words, size_t from, size_t until) {
  std::string out;
  if (from < until) out.reserve(static_cast<size_t>(words[until - 1].data() - words[from].data()) + words[until - 1].size());
  for (size_t i = from; i < until; ++i) {
    if (!out.empty()) out += ' ';
    out += words[i];
  }
  return out;
}

}  // namespace

std::string CleanDescription(std::string_view raw) {
  const Words words = SplitWords(raw);
  size_t from = 0;
  for (size_t taken = BookingPrefix(words, from); taken > 0; taken = BookingPrefix(words, from)) {
    from += taken;
    while (from < words.size() && IsDateOrTime(words[from])) ++from;
  }
  size_t until = words.size();
  while (until > from && (IsDateOrTime(words[until - 1]) || IsReference(words[until - 1]))) --until;
  if (from >= until) return Join(words, 0, words.size());
  return Join(words, from, until);
}

std::string MerchantKey(std::string_view description) {
  const std::string cleaned = CleanDescription(description);
  std::string key;
  for (const char c : cleaned) {
    const char lower = Lower(c);
    const bool letter = (lower >= 'a' && lower <= 'z') || static_cast<unsigned char>(c) >= 0x80 || c == '&';
    if (letter) {
      key += lower;
    } else if (!key.empty() && key.back() != ' ' && (c == ' ' || c == '*' || c == '-' || c == '.' || c == ',')) {
      key += ' ';
    }
  }
  while (!key.empty() && key.back() == ' ') key.pop_back();
  return key;
}

std::string FoldText(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  bool blank = false;
  for (size_t i = 0; i < text.size(); ++i) {
    const bool nbsp = IsNbsp(text, i);
    if (nbsp || IsBlank(text[i])) {
      blank = !out.empty();
      i += nbsp ? 1 : 0;
      continue;
    }
    if (blank) out += ' ';
    blank = false;
    out += Lower(text[i]);
  }
  return out;
}

}  // namespace finance::ledger
