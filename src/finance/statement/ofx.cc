// OFX 1.6 and 2.2, sections 3 (currency, dates, amounts) and 11 (bank statements).
#include "finance/statement/ofx.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <map>
#include <span>
#include <vector>

#include "finance/statement/markup_text.h"
#include "finance/statement/row_collector.h"

namespace finance::statement {
namespace {

using ledger::Currency;

constexpr size_t kHeadBytes = 8 << 10;
constexpr size_t kRateBytesMax = 16;  // so that a sum times a rate fits into 128 bits

std::string Upper(std::string_view text) {
  std::string upper(text);
  std::transform(upper.begin(), upper.end(), upper.begin(),
                 [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; });
  return upper;
}

// TRNTYPE by where the money goes. The specification leaves POS and ATM to the sign of the amount.
constexpr std::string_view kOutAlways[] = {"DEBIT", "CHECK", "FEE", "SRVCHG", "CASH", "DIRECTDEBIT", "REPEATPMT"};
constexpr std::string_view kOutMostly[] = {"POS", "ATM", "PAYMENT"};
constexpr std::string_view kIn[] = {"CREDIT", "DEP", "DIRECTDEP", "DIV", "INT"};

bool IsAny(std::string_view type, std::span<const std::string_view> types) { return std::find(types.begin(), types.end(), type) != types.end(); }
bool GoesOutAlways(std::string_view type) { return IsAny(type, kOutAlways); }
bool GoesOut(std::string_view type) { return GoesOutAlways(type) || IsAny(type, kOutMostly); }
bool ComesIn(std::string_view type) { return IsAny(type, kIn); }

// One tag and the text up to the next.
struct Element {
  size_t at = 0;     // of '<'
  std::string name;  // upper case, '/' in front of a closing one
  std::string value;
};

class Elements {
 public:
  explicit Elements(std::string_view text) : text_(text) {}

  bool Next(Element& out) {
    const size_t open = text_.find('<', at_);
    if (open == std::string_view::npos) return false;
    if (text_.substr(open).starts_with("<!--") || text_.substr(open).starts_with("<?")) {
      const std::string_view end = text_[open + 1] == '?' ? "?>" : "-->";
      const size_t close = text_.find(end, open);
      if (close == std::string_view::npos) return false;
      at_ = close + end.size();
      return Next(out);
    }
    const size_t close = text_.find('>', open);
    if (close == std::string_view::npos) return false;
    out.at = open;
    std::string_view name = text_.substr(open + 1, close - open - 1);
    name = name.substr(0, name.find_first_of(" \t\r\n"));
    out.name = Upper(name);
    at_ = close + 1;
    out.value = TakeText();
    return true;
  }

 private:
  std::string TakeText() {
    constexpr std::string_view kOpen = "<![CDATA[", kClose = "]]>";
    const size_t start = std::min(text_.find_first_not_of(" \t\r\n", at_), text_.size());
    if (text_.substr(start).starts_with(kOpen)) {
      const size_t end = text_.find(kClose, start);
      const std::string_view inside = text_.substr(start + kOpen.size(), end == std::string_view::npos ? end : end - start - kOpen.size());
      at_ = end == std::string_view::npos ? text_.size() : end + kClose.size();
      return Folded(inside);
    }
    const size_t end = std::min(text_.find('<', at_), text_.size());
    std::string value = Folded(DecodeEntities(text_.substr(at_, end - at_)));
    at_ = end;
    return value;
  }

  std::string_view text_;
  size_t at_ = 0;
};

class Reader {
 public:
  Reader(std::string_view text, const Profile& profile, ledger::Date today, Statement& out)
      : text_(text), lines_(text), profile_(profile), rows_(out, today), out_(out),
        default_currency_(profile.currency.value_or(Currency::Parse("EUR").value())), currency_(default_currency_) {}

  void Read() {
    Elements elements(text_);
    for (Element element; elements.Next(element);) Take(element);
    if (in_row_) {
      const std::string_view text = text_.substr(row_at_);
      rows_.Fail(lines_.LineOf(row_at_), text, "the file ends inside this transaction, is it cut?");
    }
    DecideSigns();
  }

 private:
  void Take(const Element& element) {
    const std::string& name = element.name;
    if (name == "STMTTRN" || name == "STMTTRNP") {
      if (in_row_) EndRow(element.at);
      in_row_ = true;
      row_at_ = element.at;
      fields_.clear();
      in_currency_ = in_original_ = false;
      fields_["PENDING"] = name == "STMTTRNP" ? "1" : "";
    } else if (name == "/STMTTRN" || name == "/STMTTRNP" || name == "/BANKTRANLIST" || name == "/BANKTRANLISTP" || name == "/OFX") {
      if (in_row_) EndRow(element.at);
    } else if (in_row_) {
      if (name == "CURRENCY") in_currency_ = true;
      if (name == "/CURRENCY" || name == "ORIGCURRENCY") in_currency_ = false;
      // Of the amount only in CURRENCY; ORIGCURRENCY says what it was before it was converted.
      if (name == "ORIGCURRENCY" || name == "/ORIGCURRENCY") in_original_ = name[0] != '/';
      if (in_original_ && (name == "CURSYM" || name == "CURRATE")) {
        if (!element.value.empty()) fields_.try_emplace("ORIG" + name, element.value);
        return;
      }
      if (name == "CURSYM" && !in_currency_) return;
      if (!element.value.empty() && !fields_.contains(name)) fields_[name] = element.value;
    } else {
      TakeAccount(element);
    }
  }

  void TakeAccount(const Element& element) {
    const std::string& name = element.name;
    if (name == "STMTRS" || name == "CCSTMTRS" || name == "INVSTMTRS") {
      account_.clear();
      is_card_ = name == "CCSTMTRS";
      currency_ = default_currency_;
    } else if (name == "ACCTID") {
      account_ = element.value;
    } else if (name == "CURDEF") {
      const auto currency = Currency::Parse(element.value);
      if (currency.ok()) currency_ = *currency;
    }
  }

  base::Result<StatementRow> ReadRow() {
    // What is pending has the day of the purchase alone.
    if (fields_["DTPOSTED"].empty() && !fields_["PENDING"].empty()) fields_["DTPOSTED"] = fields_["DTTRAN"];
    const auto date = ReadDate(DateOf(fields_["DTPOSTED"]), DateOrder::kYmd);
    if (!date) return base::InvalidArgument(fmt::format("DTPOSTED is no date: {}", fields_["DTPOSTED"].substr(0, 40)));
    Currency currency = currency_;
    if (!fields_["CURSYM"].empty()) {
      ASSIGN_OR_RETURN(currency, Currency::Parse(fields_["CURSYM"]));
    }
    if (fields_["TRNAMT"].empty()) return base::InvalidArgument("TRNAMT is missing");
    ASSIGN_OR_RETURN(const ledger::Money amount, ReadBareAmount(fields_["TRNAMT"], currency));
    if (profile_.flip_signs.value_or(false)) RETURN_IF_ERROR(ledger::NegateMinor(amount.minor).status());  // turned when all rows are read
    StatementRow row{.date = *date, .amount = amount, .description = Description()};
    row.external_id = fields_["FITID"];
    row.account = account_;
    row.pending = !fields_["PENDING"].empty();
    const std::string& sic = fields_["SIC"];
    std::from_chars(sic.data(), sic.data() + sic.size(), row.mcc);
    if (row.mcc < 0 || row.mcc > 9999) row.mcc = 0;
    row.original = OriginalOf(amount);
    return row;
  }

  // ORIGCURRENCY: the amount is converted, by CURRATE units of its currency for one of CURSYM. The sum before that is
  // not in the file: it is the quotient, rounded to CURSYM's unit.
  std::optional<ledger::Money> OriginalOf(const ledger::Money& amount) {
    const auto currency = Currency::Parse(fields_["ORIGCURSYM"]);
    const std::string& rate = fields_["ORIGCURRATE"];
    if (!currency.ok() || *currency == amount.currency || rate.size() > kRateBytesMax) return {};
    const size_t point = std::min(rate.find_first_of(".,"), rate.size());
    std::string digits = rate;
    if (point < rate.size()) digits.erase(point, 1);
    int64_t divisor = 0;
    const auto end = std::from_chars(digits.data(), digits.data() + digits.size(), divisor);
    if (end.ec != std::errc() || end.ptr != digits.data() + digits.size() || divisor <= 0) return {};
    const int decimals = point < rate.size() ? static_cast<int>(rate.size() - point - 1) : 0;
    const int shift = decimals + currency->exponent() - amount.currency.exponent();
    __int128 sum = amount.minor < 0 ? -static_cast<__int128>(amount.minor) : amount.minor;
    __int128 by = divisor;
    for (int i = 0; i < std::abs(shift); ++i) (shift > 0 ? sum : by) *= 10;
    const __int128 whole = sum / by, twice = (sum % by) * 2;
    const __int128 minor = whole + (twice > by || (twice == by && whole % 2 != 0) ? 1 : 0);
    if (minor == 0 || minor > INT64_MAX) return {};
    return ledger::Money{static_cast<int64_t>(amount.minor < 0 ? -minor : minor), *currency};
  }

  // Of "202601151200[-5:EST]" the day; whether seconds are there does not matter.
  static std::string_view DateOf(std::string_view posted) {
    constexpr size_t kDayDigits = 8;
    const size_t digits = std::min(posted.find_first_not_of("0123456789"), posted.size());
    return digits > kDayDigits ? posted.substr(0, kDayDigits) : posted;
  }

  // Some banks leave the sign to TRNTYPE: no amount has a minus, though there is what goes out. It is sure where there is
  // much of it beside what comes in; a few may have been reversed, or be all that there is: ask.
  void DecideSigns() {
    constexpr size_t kSure = 3;
    const bool any_minus = std::any_of(out_.rows.begin(), out_.rows.end(), [](const StatementRow& row) { return row.amount.minor < 0; });
    const auto count = [&](auto test) { return static_cast<size_t>(std::count_if(types_.begin(), types_.end(), test)); };
    const bool any_out = count(GoesOut) > 0, any_in = count(ComesIn) > 0;
    const bool told = profile_.flip_signs.value_or(false);
    if (any_minus || !any_out) {
      if (told) TurnIf([](std::string_view) { return true; });
      return;
    }
    const bool many = count(GoesOutAlways) >= kSure;
    if (!profile_.flip_signs) out_.ambiguous_signs = !(many && any_in);
    if (!profile_.flip_signs.value_or(many || any_in)) return;
    if (any_in) TurnIf(GoesOut);
    else TurnIf([](std::string_view) { return true; });
  }

  // `test` takes a row's type.
  template <typename Test>
  void TurnIf(Test test) {
    for (size_t i = 0; i < types_.size(); ++i) {
      if (test(types_[i])) TurnSign(out_.rows[i]);
    }
    out_.signs_turned = true;
  }

  std::string Description() {
    std::string text = fields_["NAME"];
    AppendPart(text, fields_["MEMO"]);
    if (!text.empty()) return text;
    if (!fields_["CHECKNUM"].empty()) return "Check " + fields_["CHECKNUM"];
    return fields_["TRNTYPE"];
  }

  void EndRow(size_t end) {
    in_row_ = false;
    in_currency_ = false;
    const std::string_view text = text_.substr(row_at_, end - row_at_);
    const uint32_t line = lines_.LineOf(row_at_);
    auto row = ReadRow();
    if (!row.ok()) return rows_.Fail(line, text, row.status().message());
    row->line = line;
    std::string type = Upper(fields_["TRNTYPE"]);
    if (is_card_ && type == "PAYMENT") type = "CREDIT";  // of the card's balance
    if (rows_.Add(std::move(*row), text)) types_.push_back(std::move(type));
  }

  const std::string_view text_;
  LineCounter lines_;
  const Profile& profile_;
  RowCollector rows_;
  Statement& out_;
  const Currency default_currency_;
  Currency currency_;
  std::string account_;
  bool is_card_ = false;
  std::map<std::string, std::string> fields_;  // of the row that is open
  size_t row_at_ = 0;
  bool in_row_ = false;
  bool in_currency_ = false;
  bool in_original_ = false;
  std::vector<std::string> types_;  // of each row
};

}  // namespace

bool LooksLikeOfx(std::string_view text) {
  const std::string head = Upper(text.substr(0, kHeadBytes));
  return head.find("OFXHEADER") != std::string::npos || head.find("<OFX>") != std::string::npos;
}

base::Status ParseOfx(std::string_view text, const Profile& profile, ledger::Date today, Statement& out) {
  if (Upper(text).find("<OFX>") == std::string::npos) {
    return base::InvalidArgument("file begins like OFX but has no <OFX>: is it cut?");
  }
  Reader(text, profile, today, out).Read();
  return {};
}

}  // namespace finance::statement
