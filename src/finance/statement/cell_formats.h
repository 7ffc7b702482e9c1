// How a whole column writes its dates and numbers. A cell alone says too little: `03/04/2026` and
// `1.000` have two readings each, so the column decides.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "finance/ledger/date.h"
#include "finance/ledger/money.h"

namespace finance::statement {

namespace base = awry::base;

enum class DateOrder { kYmd, kDmy, kMdy };
std::string_view DateOrderName(DateOrder order);  // "YMD", "DMY", "MDY"
std::optional<DateOrder> DateOrderFromName(std::string_view name);

// Whose month a name is that stands for several: "listopad" is October in Croatian, November in Polish and Czech.
enum class MonthNames { kUsual, kCroatian };
std::string_view MonthNamesName(MonthNames names);  // "pl", "hr"
std::optional<MonthNames> MonthNamesFromName(std::string_view name);

// Reads "2026-01-31", "31.1.26", "01/31/2026", "7 Nov 2013", "20091224120000[0:GMT]"; a time behind
// the day is ignored. A two-digit year is 1970 to 2069.
std::optional<ledger::Date> ReadDate(std::string_view cell, DateOrder order, MonthNames months = MonthNames::kUsual);

struct DateDecision {
  DateOrder order = DateOrder::kYmd;
  size_t read = 0;  // cells that it can read
  std::vector<DateOrder> candidates;  // more than one: ambiguous, all read the same number of cells
};
// Reads the cells' months by the names among them that only one language has; nothing when these leave it open.
// kUsual when no name needs it.
std::optional<MonthNames> DecideMonths(std::span<const std::string_view> cells);
// `preferred` decides between candidates that read equally many.
DateDecision DecideDates(std::span<const std::string_view> cells, std::optional<DateOrder> preferred);

enum class DecimalMark : char { kPoint = '.', kComma = ',' };

struct NumberDecision {
  DecimalMark mark = DecimalMark::kPoint;
  bool ambiguous = false;  // only cells like "1.000", which are taken as thousands
};
NumberDecision DecideNumbers(std::span<const std::string_view> cells, std::optional<DecimalMark> preferred);

// Plain decimal text ("-1234.56") of a cell: signs before or behind, brackets, DR and CR, blanks,
// apostrophes and the other mark as grouping, a currency sign or code at either end.
// kInvalidArgument with the cell's text when it is no number.
base::Result<std::string> PlainNumber(std::string_view cell, DecimalMark mark);

// True when the cell looks like a number in either mark.
bool LooksNumeric(std::string_view cell);

// "EUR" of "€ 5", "5 EUR", "Amount (EUR)"; nothing when it names none.
std::optional<ledger::Currency> CurrencyIn(std::string_view text);

}  // namespace finance::statement
