// SWIFT Category 9, MT 940: fields :20: :25: :28C: :60F: (:61: :86:)* :62F:. The subfields of :86: as the
// German banking industry (DK) and Dutch banks use them.
#include "finance/statement/mt940.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <span>
#include <vector>

#include "finance/statement/bank_details.h"
#include "finance/statement/row_collector.h"

namespace finance::statement {
namespace {

using ledger::Currency;
using ledger::Date;
using ledger::Money;

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

struct Field {
  uint32_t line = 0;
  std::string tag;  // "61", "60F", "NS"
  std::string text;
};

// The tag that a line begins with: ":61:", ":60F:", ":NS:". Empty when it begins with none.
std::string_view TagOf(std::string_view line) {
  if (!line.starts_with(':')) return {};
  const size_t end = line.find(':', 1);
  if (end == std::string_view::npos || end < 3 || end > 4) return {};
  const std::string_view tag = line.substr(1, end - 1);
  const bool standard = IsDigit(tag[0]) && IsDigit(tag[1]) && (tag.size() == 2 || (tag[2] >= 'A' && tag[2] <= 'Z'));
  return standard || tag == "NS" ? tag : std::string_view();
}

std::vector<Field> SplitFields(std::string_view text) {
  std::vector<Field> fields;
  bool colon_alone = false;
  uint32_t number = 0;
  for (size_t at = 0; at < text.size();) {
    const size_t end = std::min(text.find('\n', at), text.size());
    std::string line(text.substr(at, end - at));
    at = end + 1;
    ++number;
    if (line.ends_with('\r')) line.pop_back();
    if (colon_alone) line.insert(0, ":");  // a tag that was broken behind its colon
    colon_alone = line == ":";
    if (colon_alone) continue;
    if (const std::string_view tag = TagOf(line); !tag.empty()) {
      fields.push_back({number, std::string(tag), line.substr(tag.size() + 2)});
    } else if (line.starts_with("-}") || line == "-" || line.starts_with("{1:")) {
      fields.push_back({number, "", ""});  // the end of a message
    } else if (!fields.empty() && !fields.back().tag.empty()) {
      fields.back().text += '\n' + line;
    }
  }
  return fields;
}

// Six digits YYMMDD, the year from 1970 on. The 30th of February, with which some banks reckon, is
// the month's last day.
std::optional<Date> ReadYymmdd(std::string_view digits) {
  const auto pair = [&](size_t i) { return (digits[i] - '0') * 10 + (digits[i + 1] - '0'); };
  const int year = pair(0) >= 70 ? 1900 + pair(0) : 2000 + pair(0);
  const int month = pair(2);
  int day = pair(4);
  if (day > 31 || day < 1) return std::nullopt;
  for (; day >= 28; --day) {
    if (const auto date = Date::FromYmd(year, month, day)) return date;
  }
  return Date::FromYmd(year, month, day);
}

// Reads a text from the front.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : text_(text) {}

  char Peek() const { return text_.empty() ? '\0' : text_[0]; }
  bool Take(char c) {
    if (Peek() != c) return false;
    text_.remove_prefix(1);
    return true;
  }
  // `count` digits, or nothing.
  std::string_view TakeDigits(size_t count) {
    for (size_t i = 0; i < count; ++i) {
      if (i >= text_.size() || !IsDigit(text_[i])) return {};
    }
    return TakeBytes(count);
  }
  std::string_view TakeBytes(size_t count) {
    const std::string_view taken = text_.substr(0, count);
    text_.remove_prefix(taken.size());
    return taken;
  }
  void SkipBlanks() {
    while (Peek() == ' ' || Peek() == '\n' || Peek() == '\r') text_.remove_prefix(1);
  }
  std::string_view rest() const { return text_; }

 private:
  std::string_view text_;
};

// Digits and a comma; "500" as "500,".
std::string TakeAmount(Scanner& scanner) {
  std::string amount;
  while (IsDigit(scanner.Peek()) || scanner.Peek() == ',' || scanner.Peek() == '.') amount += scanner.TakeBytes(1)[0];
  return amount;
}

base::Result<Money> ReadAmount(std::string_view amount, Currency currency) {
  if (amount.empty()) return base::InvalidArgument("amount is missing");
  std::string text(amount);
  if (text.ends_with(',') || text.ends_with('.')) text.pop_back();
  return ReadBareAmount(text, currency);
}

struct EntryLine {
  Date date;
  Money amount;
  bool expected = false;     // not booked yet
  std::string type;          // "NTRF"
  std::string customer_reference, bank_reference;
  std::string supplementary;
};

// The entry date has no year: it is the one nearest to the value date.
std::optional<Date> EntryDate(std::string_view mmdd, std::string_view value_digits, std::optional<Date> value) {
  const auto in_year = [&](int shift) -> std::optional<Date> {
    const int yy = ((value_digits[0] - '0') * 10 + (value_digits[1] - '0') + shift + 100) % 100;
    return ReadYymmdd(fmt::format("{:02}{}", yy, mmdd));
  };
  if (!value) return in_year(0);
  std::optional<Date> best;
  for (const int shift : {0, -1, 1}) {
    const auto date = in_year(shift);
    if (!date) continue;
    if (!best || std::abs(ledger::DaysBetween(*value, *date)) < std::abs(ledger::DaysBetween(*value, *best))) best = date;
  }
  return best;
}

bool IsLetter(char c) { return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'); }

// A reference that names one payment has a digit; "POS" stands for many.
bool NamesOnePayment(std::string_view reference) {
  return reference != "NONREF" && std::any_of(reference.begin(), reference.end(), IsDigit);
}

base::Result<EntryLine> ReadEntryLine(std::string_view text, Currency currency) {
  Scanner scanner(text);
  scanner.SkipBlanks();
  const std::string_view value_digits = scanner.TakeDigits(6);
  if (value_digits.empty()) return base::InvalidArgument(":61: does not begin with a date of six digits");
  const auto value = ReadYymmdd(value_digits);
  std::optional<Date> date = value;
  if (const std::string_view mmdd = scanner.TakeDigits(4); !mmdd.empty()) date = EntryDate(mmdd, value_digits, value);
  if (!date) return base::InvalidArgument(fmt::format(":61: has a date that does not exist: {}", value_digits));
  // C credit, D debit; R before it: the reversal of one, E before it: expected (MT942).
  const bool expected = scanner.Take('E');
  const bool reversal = scanner.Take('R');
  const char mark = scanner.Peek();
  if (mark != 'C' && mark != 'D') return base::InvalidArgument(":61: has no mark C, D, RC or RD");
  scanner.TakeBytes(1);
  scanner.SkipBlanks();
  if (scanner.Peek() >= 'A' && scanner.Peek() <= 'Z') scanner.TakeBytes(1);  // the currency's third letter
  scanner.SkipBlanks();
  ASSIGN_OR_RETURN(Money amount, ReadAmount(TakeAmount(scanner), currency));
  if ((mark == 'D') != reversal) {
    ASSIGN_OR_RETURN(amount.minor, ledger::NegateMinor(amount.minor));
  }
  EntryLine entry{*date, amount, expected, {}, {}, {}, {}};
  scanner.SkipBlanks();
  const std::string_view rest = scanner.rest();
  // What is no type behind the amount is a part of it that nobody can read; nothing at all is a cut line.
  if (rest.empty() || !IsLetter(rest[0])) {
    return base::InvalidArgument(fmt::format(":61: has no transaction type behind its amount, is it cut? {}", text.substr(0, 40)));
  }
  const std::string_view line = rest.substr(0, rest.find('\n'));
  if (line.size() < rest.size()) entry.supplementary = Folded(rest.substr(line.size()));
  entry.type = line.substr(0, 4);
  const std::string_view references = line.size() > 4 ? line.substr(4) : std::string_view();
  const size_t slashes = references.find("//");
  entry.customer_reference = Folded(references.substr(0, slashes));
  if (slashes != std::string_view::npos) entry.bank_reference = Folded(references.substr(slashes + 2));
  return entry;
}

class Reader {
 public:
  Reader(const Profile& profile, Date today, Statement& out)
      : profile_(profile), rows_(out, today), out_(out),
        currency_(profile.currency.value_or(Currency::Parse("EUR").value())) {}

  void Read(const std::vector<Field>& fields) {
    for (size_t i = 0; i < fields.size(); ++i) {
      const Field& field = fields[i];
      if (field.tag == "25") account_ = Folded(field.text);
      if (field.tag == "20") DropIdsOfMessage();
      if (field.tag == "34F") TakeCurrency(field.text.substr(0, 3));
      if (field.tag == "60F" || field.tag == "60M") Open(field);
      if (field.tag == "61") ReadEntry(field, i + 1 < fields.size() ? &fields[i + 1] : nullptr);
      if (field.tag == "62F" || field.tag == "62M") Close(field);
      if (field.tag.empty()) opening_.reset();
    }
    DropIdsOfMessage();
  }

 private:
  // A reference on several entries of one message (all card payments of a day, say) tells none of them.
  void DropIdsOfMessage() {
    DropSharedIds(std::span(out_.rows).subspan(message_first_));
    message_first_ = out_.rows.size();
  }

  // Of a message without balances (MT942) the floor limit alone says it: "EURD0,".
  void TakeCurrency(std::string_view code) {
    const auto currency = Currency::Parse(code);
    bad_currency_ = currency.ok() ? std::string() : currency.status().message();
    if (currency.ok()) currency_ = *currency;
  }

  // "C200101EUR444,29".
  std::optional<Money> ReadBalance(const Field& field) {
    Scanner scanner(field.text);
    const bool debit = scanner.Peek() == 'D';
    if (!debit && scanner.Peek() != 'C') return std::nullopt;
    scanner.TakeBytes(1);
    if (scanner.TakeDigits(6).empty()) return std::nullopt;
    const auto currency = Currency::Parse(scanner.TakeBytes(3));
    if (!currency.ok()) {
      bad_currency_ = currency.status().message();
      return std::nullopt;
    }
    bad_currency_.clear();
    auto amount = ReadAmount(TakeAmount(scanner), *currency);
    if (!amount.ok()) return std::nullopt;
    if (debit) amount->minor = -amount->minor;
    return *amount;
  }

  void Open(const Field& field) {
    opening_ = ReadBalance(field);
    if (opening_) currency_ = opening_->currency;
    sum_ = 0;
  }

  void Close(const Field& field) {
    const auto closing = ReadBalance(field);
    if (opening_ && closing && opening_->currency == closing->currency) {
      out_.balances.push_back({field.line, account_, *opening_, *closing, sum_});
    }
    opening_.reset();
  }

  void ReadEntry(const Field& field, const Field* next) {
    std::string text = ":61:" + field.text;
    std::string description;
    if (next != nullptr && (next->tag == "86" || next->tag == "NS")) {
      description = DescriptionOfDetails(next->text);
      text += "\n:" + next->tag + ":" + next->text;
    }
    if (!bad_currency_.empty()) return rows_.Fail(field.line, text, bad_currency_);
    auto entry = ReadEntryLine(field.text, currency_);
    if (!entry.ok()) return rows_.Fail(field.line, text, entry.status().message());
    if (profile_.flip_signs.value_or(false)) entry->amount.minor = -entry->amount.minor;  // no mark gives the lowest int64
    if (description.empty()) description = entry->supplementary;
    if (description.empty()) description = entry->customer_reference;
    StatementRow row{.line = field.line, .date = entry->date, .amount = entry->amount, .description = std::move(description)};
    if (NamesOnePayment(entry->bank_reference)) row.external_id = entry->bank_reference;
    row.account = account_;
    row.pending = entry->expected;
    if (rows_.Add(std::move(row), text) && !entry->expected) sum_ = ledger::AddMinor(sum_, entry->amount.minor).ok() ? sum_ + entry->amount.minor : sum_;
  }

  const Profile& profile_;
  RowCollector rows_;
  Statement& out_;
  Currency currency_;
  std::string account_;
  std::string bad_currency_;
  std::optional<Money> opening_;
  int64_t sum_ = 0;  // of the booked rows since the opening balance
  size_t message_first_ = 0;  // row
};

}  // namespace

bool LooksLikeMt940(std::string_view text) {
  if (text.starts_with("{1:")) return true;
  constexpr size_t kLinesLooked = 20;
  size_t at = 0;
  for (size_t i = 0; i < kLinesLooked && at < text.size(); ++i) {
    const size_t end = std::min(text.find('\n', at), text.size());
    const std::string_view tag = TagOf(text.substr(at, end - at));
    if (tag == "20" || tag == "61" || tag == "60F" || tag == "60M") return true;
    at = end + 1;
  }
  return false;
}

base::Status ParseMt940(std::string_view text, const Profile& profile, ledger::Date today, Statement& out) {
  Reader(profile, today, out).Read(SplitFields(text));
  return {};
}

}  // namespace finance::statement
