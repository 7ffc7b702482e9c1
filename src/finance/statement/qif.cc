// The format as Quicken's own help and en.wikipedia.org/wiki/Quicken_Interchange_Format describe it.
#include "finance/statement/qif.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <optional>

#include "finance/statement/row_collector.h"

namespace finance::statement {
namespace {

using ledger::Currency;
using ledger::Money;

constexpr std::array<std::string_view, 7> kAccountTypes = {"bank", "cash", "ccard", "oth a", "oth l", "invst", "port"};

std::string Lower(std::string_view text) {
  std::string lower = Folded(text);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
  }
  return lower;
}

struct Record {
  uint32_t line = 0;
  std::string_view text;
  bool investment = false;
  bool cut = false;  // the file ends inside
  std::string account;
  std::map<char, std::string> fields;  // the first of each letter
  struct Split {
    std::string category, memo, amount;
  };
  std::vector<Split> splits;
};

// "1/ 1'00" as "1/1/2000": an apostrophe stands before a year of this century.
std::string PlainDate(std::string_view date) {
  std::string out;
  for (size_t i = 0; i < date.size(); ++i) {
    if (date[i] == ' ') continue;
    if (date[i] != '\'') {
      out += date[i];
      continue;
    }
    out += '/';
    const std::string year = Folded(date.substr(i + 1));
    if (year.size() <= 2) out += year.size() == 1 ? "200" : "20";
    return out + year;
  }
  return out;
}

class Splitter {
 public:
  explicit Splitter(std::string_view text) : text_(text) {}

  std::vector<Record> Read() {
    size_t at = 0;
    for (uint32_t line = 1; at < text_.size(); ++line) {
      const size_t end = std::min(text_.find('\n', at), text_.size());
      std::string_view content = text_.substr(at, end - at);
      if (content.ends_with('\r')) content.remove_suffix(1);
      Take(content, line, at, end);
      at = end + 1;
    }
    // Without its end, and in the middle of a line: the file is cut, and a sum may have lost digits.
    const bool cut = !record_.fields.empty() && !text_.ends_with('\n');
    if (!record_.fields.empty()) End(text_.size());
    if (cut && !records_.empty() && MayLack(records_.back())) records_.back().cut = true;
    return std::move(records_);
  }
  std::optional<DateOrder> date_order() const { return date_order_; }

 private:
  void Take(std::string_view content, uint32_t line, size_t at, size_t end) {
    if (content.empty() || content[0] == '#') return;
    if (content[0] == '!') return TakeHeader(content);
    if (content[0] == '^') return End(end);
    last_letter_ = content[0];
    if (record_.fields.empty() && record_.splits.empty()) {
      record_.line = line;
      start_ = at;
    }
    if (!TakeSplit(content)) record_.fields.try_emplace(content[0], Folded(content.substr(1)));
  }

  // Each S begins a part; E and $ behind it are the part's.
  bool TakeSplit(std::string_view content) {
    const char letter = content[0];
    if (letter == 'S') record_.splits.push_back({.category = Folded(content.substr(1)), .memo = {}, .amount = {}});
    if (record_.splits.empty()) return false;
    if (letter == 'E') record_.splits.back().memo = Folded(content.substr(1));
    if (letter == '$') record_.splits.back().amount = Folded(content.substr(1));
    return letter == 'S' || letter == 'E' || letter == '$';
  }

  // Has the end of the file taken something that counts: a date, a sum, a part, or all that says what it was?
  bool MayLack(const Record& record) const {
    const auto has = [&record](char letter) { return record.fields.contains(letter) && !record.fields.at(letter).empty(); };
    const bool amount = has('T') || has('U') || record.investment, text = has('P') || has('M') || has('N') || has('L') || record.investment;
    return !has('D') || !amount || !text || std::string_view("DTU$").find(last_letter_) != std::string_view::npos;
  }

  void TakeHeader(std::string_view content) {
    record_.fields.clear();
    record_.splits.clear();
    const std::string header = Lower(content);
    in_account_list_ = header.starts_with("!account");
    if (header == "!option:mdy") date_order_ = DateOrder::kMdy;
    if (header == "!option:dmy") date_order_ = DateOrder::kDmy;
    is_money_ = false;
    if (!header.starts_with("!type:")) return;
    const std::string type = header.substr(6);
    for (const std::string_view known : kAccountTypes) is_money_ |= type == known;
    investment_ = type == "invst" || type == "port";
  }

  void End(size_t end) {
    if (in_account_list_ && record_.fields.contains('N')) account_ = record_.fields['N'];
    if (is_money_ && !record_.fields.empty()) {
      record_.text = text_.substr(start_, end - start_);
      record_.investment = investment_;
      record_.account = account_;
      records_.push_back(std::move(record_));
    }
    record_ = {};
  }

  const std::string_view text_;
  std::vector<Record> records_;
  Record record_;
  std::string account_;
  std::optional<DateOrder> date_order_;
  size_t start_ = 0;
  char last_letter_ = ' ';
  bool in_account_list_ = false, is_money_ = false, investment_ = false;
};

const std::string& FieldOf(const Record& record, char letter) {
  static const std::string none;
  const auto found = record.fields.find(letter);
  return found == record.fields.end() ? none : found->second;
}

const std::string& AmountOf(const Record& record) {
  return FieldOf(record, FieldOf(record, 'T').empty() ? 'U' : 'T');
}

std::string DescriptionOf(const Record& record) {
  std::string text = FieldOf(record, 'P');
  AppendPart(text, FieldOf(record, 'M'));
  if (record.investment) {
    AppendPart(text, FieldOf(record, 'N'));
    AppendPart(text, FieldOf(record, 'Y'));
  }
  if (text.empty() && !FieldOf(record, 'N').empty()) text = "Check " + FieldOf(record, 'N');
  if (text.empty()) text = FieldOf(record, 'L');
  return text;
}

class Reader {
 public:
  // `named`: the order of dates that the file names.
  Reader(std::vector<Record> records, std::optional<DateOrder> named, const Profile& profile, ledger::Date today, Statement& out)
      : records_(std::move(records)), named_order_(named), profile_(profile), rows_(out, today), out_(out),
        currency_(profile.currency.value_or(Currency::Parse("EUR").value())) {}

  void Read() {
    Decide();
    for (const Record& record : records_) {
      auto row = ReadRow(record);
      if (!row.ok()) {
        rows_.Fail(record.line, record.text, row.status().message());
      } else {
        rows_.Add(std::move(*row), record.text);
      }
    }
  }

 private:
  void Decide() {
    std::vector<std::string> dates;
    std::vector<std::string_view> date_cells, amounts;
    for (const Record& record : records_) {
      if (!record.cut) dates.push_back(PlainDate(FieldOf(record, 'D')));
    }
    for (const std::string& date : dates) {
      if (!date.empty()) date_cells.push_back(date);
    }
    for (const Record& record : records_) {
      if (!record.cut && !AmountOf(record).empty()) amounts.push_back(AmountOf(record));
    }
    // Quicken writes the month first unless it is set up for another country.
    const DateDecision decision = DecideDates(date_cells, DateOrder::kMdy);
    // An order that the file names counts where it reads as many dates as any.
    const bool fits = named_order_ && std::find(decision.candidates.begin(), decision.candidates.end(), *named_order_) != decision.candidates.end();
    const auto told = profile_.date_order ? profile_.date_order : fits ? named_order_ : std::nullopt;
    out_.date_order = told.value_or(decision.order);
    if (decision.candidates.size() > 1 && !told) out_.ambiguous_dates = decision.candidates;
    const NumberDecision numbers = DecideNumbers(amounts, profile_.decimal_mark);
    mark_ = profile_.decimal_mark.value_or(numbers.mark);
    out_.ambiguous_numbers = numbers.ambiguous;
  }

  base::Result<StatementRow> ReadRow(const Record& record) const {
    if (record.cut) return base::InvalidArgument("the file ends inside this record, is it cut?");
    const auto date = ReadDate(PlainDate(FieldOf(record, 'D')), out_.date_order);
    if (!date) return base::InvalidArgument(fmt::format("date cannot be read: {}", FieldOf(record, 'D').substr(0, 40)));
    Money amount{0, currency_};
    if (AmountOf(record).empty() && !record.investment) return base::InvalidArgument("amount is missing: neither T nor U");
    if (!AmountOf(record).empty()) {  // shares moved without money have none
      ASSIGN_OR_RETURN(const std::string plain, PlainNumber(AmountOf(record), mark_));
      ASSIGN_OR_RETURN(amount, ledger::ParseMoney(plain, currency_));
    }
    if (profile_.flip_signs.value_or(false)) {
      ASSIGN_OR_RETURN(amount.minor, ledger::NegateMinor(amount.minor));
    }
    StatementRow row{.line = record.line, .date = *date, .amount = amount, .description = DescriptionOf(record)};
    row.account = record.account;
    if (!record.investment) ReadCategory(record, row);
    return row;
  }

  // "Food:Groceries/Class", or "[Savings]" for a transfer with that account.
  void ReadCategory(const Record& record, StatementRow& row) const {
    const std::string& category = FieldOf(record, 'L');
    if (category.starts_with('[')) {
      row.other_account = category.substr(1, category.find(']') - 1);
    } else {
      row.category = category.substr(0, category.find('/'));
    }
    // A record of one part is no split, but says its category.
    if (record.splits.size() == 1) {
      if (row.category.empty() && row.other_account.empty()) row.category = CategoryOf(record.splits[0]);
      return;
    }
    for (const Record::Split& split : record.splits) {
      const auto minor = MinorOf(split);
      row.bad_parts |= !minor.ok();
      row.parts.push_back({minor.ok() ? *minor : 0, CategoryOf(split), split.memo});
      if (split.category.starts_with('[') && split.memo.empty()) row.parts.back().note = split.category;
    }
    if (row.bad_parts) row.parts.clear();
  }

  static std::string CategoryOf(const Record::Split& split) {
    return split.category.starts_with('[') ? "transfer" : split.category.substr(0, split.category.find('/'));
  }

  base::Result<int64_t> MinorOf(const Record::Split& split) const {
    ASSIGN_OR_RETURN(const std::string plain, PlainNumber(split.amount, mark_));
    ASSIGN_OR_RETURN(const Money amount, ledger::ParseMoney(plain, currency_));
    return profile_.flip_signs.value_or(false) ? ledger::NegateMinor(amount.minor) : base::Result<int64_t>(amount.minor);
  }

  const std::vector<Record> records_;
  const std::optional<DateOrder> named_order_;
  const Profile& profile_;
  RowCollector rows_;
  Statement& out_;
  const Currency currency_;
  DecimalMark mark_ = DecimalMark::kPoint;
};

}  // namespace

bool LooksLikeQif(std::string_view text) {
  for (size_t at = 0; at < text.size();) {
    const size_t end = std::min(text.find('\n', at), text.size());
    const std::string line = Lower(text.substr(at, end - at));
    at = end + 1;
    if (line.empty() || line[0] == '#' || line[0] == '^') continue;
    return line.starts_with("!type:") || line.starts_with("!account") || line.starts_with("!option:") ||
           line.starts_with("!clear:");
  }
  return false;
}

base::Status ParseQif(std::string_view text, const Profile& profile, ledger::Date today, Statement& out) {
  Splitter splitter(text);
  std::vector<Record> records = splitter.Read();
  Reader(std::move(records), splitter.date_order(), profile, today, out).Read();
  return {};
}

}  // namespace finance::statement
