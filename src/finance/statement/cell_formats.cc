#include "finance/statement/cell_formats.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

namespace finance::statement {
namespace {

using ledger::Date;

bool IsDigit(char c) { return c >= '0' && c <= '9'; }
char Lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }
bool IsLetter(char c) { return (Lower(c) >= 'a' && Lower(c) <= 'z') || static_cast<unsigned char>(c) >= 0x80; }

// --- dates ---

struct MonthName {
  std::string_view prefix;
  int month;
};
// English, German, French, Spanish, Italian, Dutch, Nordic, Polish, Czech, Romanian, Turkish, Indonesian, Russian, Ukrainian, Croatian:
// the beginning decides, the longest that fits.
constexpr MonthName kMonthNames[] = {
    {"jan", 1}, {"ene", 1}, {"gen", 1}, {"sty", 1}, {"led", 1}, {"ian", 1}, {"oca", 1}, {"tammi", 1}, {"янв", 1}, {"січ", 1},
    {"feb", 2}, {"fév", 2}, {"fev", 2}, {"lut", 2}, {"úno", 2}, {"şub", 2}, {"sub", 2}, {"helmi", 2}, {"фев", 2}, {"лют", 2},
    {"mar", 3}, {"mär", 3}, {"mrt", 3}, {"maa", 3}, {"mae", 3}, {"bře", 3}, {"мар", 3}, {"бер", 3},
    {"apr", 4}, {"avr", 4}, {"abr", 4}, {"kwi", 4}, {"dub", 4}, {"nis", 4}, {"huhti", 4}, {"апр", 4}, {"кві", 4},
    {"may", 5}, {"mai", 5}, {"mei", 5}, {"maj", 5}, {"mag", 5}, {"kvě", 5}, {"touko", 5}, {"май", 5}, {"мая", 5}, {"тра", 5},
    {"jun", 6}, {"juin", 6}, {"giu", 6}, {"cze", 6}, {"čvn", 6}, {"iun", 6}, {"haz", 6}, {"kesä", 6}, {"июн", 6}, {"чер", 6},
    {"jul", 7}, {"juil", 7}, {"lug", 7}, {"lip", 7}, {"čvc", 7}, {"iul", 7}, {"tem", 7}, {"heinä", 7}, {"июл", 7}, {"лип", 7},
    {"aug", 8}, {"aoû", 8}, {"ago", 8}, {"aou", 8}, {"sie", 8}, {"srp", 8}, {"ağu", 8}, {"agu", 8}, {"agt", 8}, {"elo", 8}, {"авг", 8}, {"сер", 8},
    {"sep", 9}, {"set", 9}, {"wrz", 9}, {"zář", 9}, {"eyl", 9}, {"syys", 9}, {"сен", 9}, {"вер", 9},
    {"oct", 10}, {"okt", 10}, {"ott", 10}, {"out", 10}, {"paź", 10}, {"paz", 10}, {"říj", 10}, {"eki", 10}, {"loka", 10}, {"окт", 10}, {"жов", 10},
    {"nov", 11}, {"lis", 11}, {"noi", 11}, {"kas", 11}, {"marras", 11}, {"ноя", 11}, {"лис", 11},
    {"dec", 12}, {"dez", 12}, {"déc", 12}, {"dic", 12}, {"des", 12}, {"gru", 12}, {"pro", 12}, {"ara", 12}, {"joulu", 12}, {"дек", 12}, {"гру", 12}};

// Beginnings that only Croatian has, and those that it reads unlike Polish and Czech.
constexpr MonthName kCroatianNames[] = {
    {"sij", 1}, {"velj", 2}, {"ožu", 3}, {"trav", 4}, {"svib", 5}, {"lipnj", 6}, {"lipanj", 6}, {"srpnj", 7}, {"srpanj", 7}, {"kolov", 8}, {"ruj", 9}, {"studen", 11},
    {"prosinac", 12}, {"prosinca", 12}};
constexpr MonthName kSharedNames[] = {{"lip", 6}, {"srp", 7}, {"lis", 10}};
// Of those that begin so, the words that other languages have alone.
constexpr std::string_view kNotCroatian[] = {"lipiec", "lipca", "srpen", "srpna", "srpnu", "listopadu"};

std::string LowerWord(std::string_view word) {
  std::string lower(word);
  std::transform(lower.begin(), lower.end(), lower.begin(), Lower);
  // Cyrillic capitals, and those Latin ones that months begin with: the small letter's code is 0x20 or 1 more.
  for (size_t i = 0; i + 1 < lower.size(); ++i) {
    const auto first = static_cast<unsigned char>(lower[i]), second = static_cast<unsigned char>(lower[i + 1]);
    if (first == 0xD0 && second >= 0x90 && second < 0xA0) lower[i + 1] = static_cast<char>(second + 0x20);
    if (first == 0xD0 && second >= 0xA0 && second < 0xB0) lower.replace(i, 2, {static_cast<char>(0xD1), static_cast<char>(second - 0x20)});
    if (lower.compare(i, 2, "\xC5\x9E") == 0 || lower.compare(i, 2, "\xC4\x8C") == 0 || lower.compare(i, 2, "\xC5\xBD") == 0) lower[i + 1] = static_cast<char>(second + 1);
  }
  return lower;
}

int MonthAmong(std::span<const MonthName> names, std::string_view lower) {
  int found = 0;
  size_t longest = 0;
  for (const MonthName& name : names) {
    if (lower.starts_with(name.prefix) && name.prefix.size() > longest) {
      found = name.month;
      longest = name.prefix.size();
    }
  }
  return found;
}

bool IsShared(std::string_view lower) {
  const bool other = std::any_of(std::begin(kNotCroatian), std::end(kNotCroatian), [&](std::string_view word) { return lower.starts_with(word); });
  return !other && MonthAmong(kSharedNames, lower) != 0;
}

int MonthOf(std::string_view word, MonthNames months) {
  const std::string lower = LowerWord(word);
  if (const int croatian = MonthAmong(kCroatianNames, lower); croatian != 0) return croatian;
  if (months == MonthNames::kCroatian && IsShared(lower)) return MonthAmong(kSharedNames, lower);
  return MonthAmong(kMonthNames, lower);
}

struct DatePart {
  int value = 0;
  size_t digits = 0;  // 0 for a month's name
};

// The first three numbers or month names; `text` is left behind them.
std::vector<DatePart> TakeParts(std::string_view& text, MonthNames months) {
  std::vector<DatePart> parts;
  size_t at = 0;
  while (at < text.size() && parts.size() < 3) {
    size_t end = at;
    if (IsDigit(text[at])) {
      while (end < text.size() && IsDigit(text[end])) ++end;
      if (end - at > 4) return {};
      int value = 0;
      std::from_chars(text.data() + at, text.data() + end, value);
      parts.push_back({value, end - at});
    } else if (IsLetter(text[at])) {
      while (end < text.size() && IsLetter(text[end])) ++end;
      const int month = MonthOf(text.substr(at, end - at), months);
      if (month == 0) return {};
      parts.push_back({month, 0});
    } else {
      return {};
    }
    at = end;
    if (parts.size() == 3) break;
    const size_t separators = at;
    for (const std::string_view mark : {"\xE5\xB9\xB4", "\xE6\x9C\x88"}) {  // 年, 月
      if (text.substr(at).starts_with(mark)) at += mark.size();
    }
    while (at < text.size() && (text[at] == '/' || text[at] == '-' || text[at] == '.' || text[at] == ' ' || text[at] == ',' || text[at] == '\'')) ++at;
    if (at == separators) return {};
  }
  text.remove_prefix(at);
  return parts;
}

int FullYear(const DatePart& part) {
  if (part.digits > 2) return part.value;
  return part.value + (part.value < 70 ? 2000 : 1900);
}

// What may stand behind a day: nothing, or a time.
bool IsTimeTail(std::string_view tail) {
  if (tail.empty() || tail == "." || tail == "\xE6\x97\xA5") return true;  // Hungarian; 日
  if (std::string_view(" Tt,[-").find(tail[0]) == std::string_view::npos) return false;
  return tail.find(':') != std::string_view::npos || tail[0] == '[';
}

// "20091224", "20091224120000[0:GMT]".
std::optional<Date> ReadCompact(std::string_view cell) {
  size_t digits = 0;
  while (digits < cell.size() && IsDigit(cell[digits])) ++digits;
  if (digits != 8 && digits != 14) return {};
  if (!IsTimeTail(cell.substr(digits)) && cell.substr(digits, 1) != ".") return {};
  int value = 0;
  std::from_chars(cell.data(), cell.data() + 8, value);
  return Date::FromYmd(value / 10'000, value / 100 % 100, value % 100);
}

// --- numbers ---

struct Sign {
  std::string_view text;
  std::string_view code;
};
// Longer signs first: "R$" is no dollar.
constexpr Sign kSigns[] = {{"R$", "BRL"}, {"C$", "CAD"}, {"CA$", "CAD"}, {"A$", "AUD"}, {"AU$", "AUD"}, {"NZ$", "NZD"}, {"HK$", "HKD"}, {"S$", "SGD"}, {"US$", "USD"}, {"MX$", "MXN"},
                           {"€", "EUR"}, {"£", "GBP"}, {"$", "USD"}, {"¥", "JPY"}, {"￥", "JPY"}, {"円", "JPY"}, {"元", "CNY"}, {"원", "KRW"},
                           {"₹", "INR"}, {"₩", "KRW"}, {"₽", "RUB"}, {"руб.", "RUB"}, {"руб", "RUB"}, {"₺", "TRY"}, {"TL", "TRY"}, {"₴", "UAH"}, {"₪", "ILS"},
                           {"₫", "VND"}, {"฿", "THB"}, {"₱", "PHP"}, {"Kč", "CZK"}, {"Ft", "HUF"}, {"лв.", "BGN"}, {"лв", "BGN"}, {"lei", "RON"}, {"zł", "PLN"},
                           {"kr.", ""}, {"kr", ""}, {"Fr.", "CHF"}};
// Blanks and marks that group thousands in some country: NBSP, narrow NBSP, right quote.
constexpr std::string_view kGrouping[] = {" ", "\xC2\xA0", "\xE2\x80\xAF", "'", "\xE2\x80\x99"};
constexpr std::string_view kMinus = "\xE2\x88\x92";

void Erase(std::string& text, std::string_view what) {
  for (size_t at = text.find(what); at != std::string::npos; at = text.find(what)) text.erase(at, what.size());
}

bool EndsWithNoCase(std::string_view text, std::string_view lower) {
  if (text.size() < lower.size()) return false;
  return std::equal(lower.begin(), lower.end(), text.end() - static_cast<std::ptrdiff_t>(lower.size()),
                    [](char a, char b) { return a == Lower(b); });
}

// A currency's sign or code at either end goes.
void DropCurrency(std::string& text) {
  for (const Sign& sign : kSigns) Erase(text, sign.text);
  const auto code_at = [&](size_t at) { return ledger::Currency::Parse(std::string_view(text).substr(at, 3)).ok(); };
  if (text.size() > 3 && code_at(0)) text.erase(0, 3);
  if (text.size() > 3 && code_at(text.size() - 3)) text.resize(text.size() - 3);
}

struct Stripped {
  std::string digits;  // with both kinds of marks
  bool negative = false;
};

// Signs, brackets, currency and blanks taken off.
std::optional<Stripped> Strip(std::string_view cell) {
  std::string text(cell);
  for (size_t at = text.find(kMinus); at != std::string::npos; at = text.find(kMinus)) text.replace(at, kMinus.size(), "-");
  for (const std::string_view grouping : kGrouping) Erase(text, grouping);
  bool negative = false;
  if (text.size() > 2 && text.front() == '(' && text.back() == ')') {
    negative = true;
    text = text.substr(1, text.size() - 2);
  }
  if (EndsWithNoCase(text, "dr")) {
    negative = !negative;
    text.resize(text.size() - 2);
  } else if (EndsWithNoCase(text, "cr")) {
    text.resize(text.size() - 2);
  }
  const auto take_sign = [&] {
    if (text.empty()) return;
    if (text.front() == '-' || text.front() == '+') {
      negative ^= text.front() == '-';
      text.erase(0, 1);
    } else if (text.back() == '-' || text.back() == '+') {
      negative ^= text.back() == '-';
      text.pop_back();
    }
  };
  const size_t before = text.size();
  take_sign();
  const bool had_sign = text.size() != before;
  DropCurrency(text);
  if (!had_sign) take_sign();
  const bool digits = std::any_of(text.begin(), text.end(), IsDigit);
  const bool plain = std::all_of(text.begin(), text.end(), [](char c) { return IsDigit(c) || c == '.' || c == ','; });
  if (!digits || !plain) return {};
  return Stripped{std::move(text), negative};
}

enum class Evidence { kNone, kPoint, kComma, kThousandsPoint, kThousandsComma };

// What one number says about the decimal mark.
Evidence EvidenceOf(const std::string& digits) {
  const size_t last = digits.find_last_of(".,");
  if (last == std::string::npos) return Evidence::kNone;
  const bool point = digits[last] == '.';
  const bool other = digits.find(point ? ',' : '.') != std::string::npos;
  const auto same = std::count(digits.begin(), digits.end(), digits[last]);
  if (other) return point ? Evidence::kPoint : Evidence::kComma;
  if (same > 1) return point ? Evidence::kComma : Evidence::kPoint;
  if (digits.size() - last - 1 != 3 || last == 0 || last > 3) return point ? Evidence::kPoint : Evidence::kComma;
  return point ? Evidence::kThousandsPoint : Evidence::kThousandsComma;
}

}  // namespace

std::string_view DateOrderName(DateOrder order) {
  return order == DateOrder::kYmd ? "YMD" : order == DateOrder::kDmy ? "DMY" : "MDY";
}

std::optional<DateOrder> DateOrderFromName(std::string_view name) {
  for (const DateOrder order : {DateOrder::kYmd, DateOrder::kDmy, DateOrder::kMdy}) {
    if (DateOrderName(order) == name) return order;
  }
  return {};
}

std::optional<Date> ReadDate(std::string_view cell, DateOrder order, MonthNames months) {
  if (order == DateOrder::kYmd) {
    if (const auto compact = ReadCompact(cell)) return compact;
  }
  const std::vector<DatePart> parts = TakeParts(cell, months);
  if (parts.size() != 3 || !IsTimeTail(cell)) return {};
  const bool year_first = parts[0].digits == 4;
  if (year_first != (order == DateOrder::kYmd)) return {};
  const bool named_first = parts[0].digits == 0;
  const bool named_second = parts[1].digits == 0;
  if ((named_first && order != DateOrder::kMdy) || (named_second && order == DateOrder::kMdy) || parts[2].digits == 0) return {};
  if (year_first) return Date::FromYmd(parts[0].value, parts[1].value, parts[2].value);
  if (parts[2].digits == 3 || parts[0].digits > 2 || parts[1].digits > 2) return {};
  const int year = FullYear(parts[2]);
  return order == DateOrder::kDmy ? Date::FromYmd(year, parts[1].value, parts[0].value)
                                  : Date::FromYmd(year, parts[0].value, parts[1].value);
}

std::string_view MonthNamesName(MonthNames names) { return names == MonthNames::kUsual ? "pl" : "hr"; }

std::optional<MonthNames> MonthNamesFromName(std::string_view name) {
  for (const MonthNames names : {MonthNames::kUsual, MonthNames::kCroatian}) {
    if (MonthNamesName(names) == name) return names;
  }
  return {};
}

std::optional<MonthNames> DecideMonths(std::span<const std::string_view> cells) {
  bool shared = false, croatian = false, other = false;
  for (const std::string_view cell : cells) {
    const auto first = std::find_if(cell.begin(), cell.end(), IsLetter);
    const std::string word = LowerWord({first, std::find_if_not(first, cell.end(), IsLetter)});
    if (word.empty()) continue;
    if (MonthAmong(kCroatianNames, word) != 0) croatian = true;
    else if (IsShared(word)) shared = true;
    else other |= MonthAmong(kMonthNames, word) != 0;
  }
  if (!shared || (other && !croatian)) return MonthNames::kUsual;
  return croatian ? std::optional(MonthNames::kCroatian) : std::nullopt;
}

DateDecision DecideDates(std::span<const std::string_view> cells, std::optional<DateOrder> preferred) {
  DateDecision decision;
  for (const DateOrder order : {DateOrder::kYmd, DateOrder::kDmy, DateOrder::kMdy}) {
    const auto read = static_cast<size_t>(
        std::count_if(cells.begin(), cells.end(), [&](std::string_view cell) { return ReadDate(cell, order).has_value(); }));
    if (read == 0 || read < decision.read) continue;
    if (read > decision.read) decision.candidates.clear();
    decision.read = read;
    decision.candidates.push_back(order);
  }
  // Orders that read every cell alike (03/03/2026) leave nothing to ask.
  if (decision.candidates.size() == 2) {
    const bool alike = std::all_of(cells.begin(), cells.end(), [&](std::string_view cell) {
      return ReadDate(cell, decision.candidates[0]) == ReadDate(cell, decision.candidates[1]);
    });
    if (alike) decision.candidates.pop_back();
  }
  if (decision.candidates.empty()) return decision;
  decision.order = decision.candidates.front();
  for (const DateOrder order : decision.candidates) {
    if (order == preferred) decision.order = order;
  }
  return decision;
}

NumberDecision DecideNumbers(std::span<const std::string_view> cells, std::optional<DecimalMark> preferred) {
  size_t point = 0, comma = 0, thousands_point = 0, thousands_comma = 0;
  for (const std::string_view cell : cells) {
    const auto stripped = Strip(cell);
    if (!stripped) continue;
    switch (EvidenceOf(stripped->digits)) {
      case Evidence::kNone: break;
      case Evidence::kPoint: ++point; break;
      case Evidence::kComma: ++comma; break;
      case Evidence::kThousandsPoint: ++thousands_point; break;
      case Evidence::kThousandsComma: ++thousands_comma; break;
    }
  }
  if (point != comma) return {point > comma ? DecimalMark::kPoint : DecimalMark::kComma, false};
  if (preferred) return {*preferred, false};
  const DecimalMark mark = thousands_point > thousands_comma ? DecimalMark::kComma : DecimalMark::kPoint;
  return {mark, thousands_point + thousands_comma > 0};
}

base::Result<std::string> PlainNumber(std::string_view cell, DecimalMark mark) {
  const auto bad = [&] { return base::InvalidArgument(fmt::format("amount is no number: {}", cell.substr(0, 60))); };
  auto stripped = Strip(cell);
  if (!stripped) return bad();
  std::string& digits = stripped->digits;
  const char decimal = static_cast<char>(mark);
  const size_t at = digits.find(decimal);
  const char grouping = mark == DecimalMark::kPoint ? ',' : '.';
  if (at != std::string::npos && digits.find_first_of(".,", at + 1) != std::string::npos) return bad();
  // A lone group of other than three digits behind the grouping mark is the other mark in disguise.
  const std::string whole = digits.substr(0, at);
  const size_t last_group = whole.rfind(grouping);
  if (last_group != std::string::npos && whole.size() - last_group - 1 != 3) return bad();
  std::erase(digits, grouping);
  if (const size_t point = digits.find(decimal); point != std::string::npos) digits[point] = '.';
  return (stripped->negative ? "-" : "") + digits;
}

bool LooksNumeric(std::string_view cell) { return Strip(cell).has_value(); }

std::optional<ledger::Currency> CurrencyIn(std::string_view text) {
  for (size_t at = 0; at + 3 <= text.size(); ++at) {
    const bool bounded = (at == 0 || !IsLetter(text[at - 1])) && (at + 3 == text.size() || !IsLetter(text[at + 3]));
    const bool upper = std::all_of(text.begin() + static_cast<std::ptrdiff_t>(at), text.begin() + static_cast<std::ptrdiff_t>(at + 3),
                                   [](char c) { return c >= 'A' && c <= 'Z'; });
    if (!bounded || !upper) continue;
    if (auto currency = ledger::Currency::Parse(text.substr(at, 3)); currency.ok()) return *currency;
  }
  for (const Sign& sign : kSigns) {
    if (!sign.code.empty() && text.find(sign.text) != std::string_view::npos) {
      if (auto currency = ledger::Currency::Parse(sign.code); currency.ok()) return *currency;
    }
  }
  return {};
}

}  // namespace finance::statement
