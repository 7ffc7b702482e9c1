// What every format of bank statement is read into, and the one entry for all of them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "finance/ledger/date.h"
#include "finance/ledger/money.h"
#include "finance/statement/cell_formats.h"

namespace finance::statement {

namespace base = awry::base;

inline constexpr size_t kStatementBytesMax = 50 << 20;

// One part of a row that the file has divided.
struct StatementPart {
  int64_t amount_minor = 0;  // in the row's currency
  std::string category;      // as the file names it
  std::string note;
};

struct StatementRow {
  uint32_t line = 0;  // of the file, from 1
  ledger::Date date;
  ledger::Money amount;
  std::string description;
  std::string external_id;  // the bank's own, unique in its account; "" when it gives none
  std::string account;      // as the file names it; "" when it names none
  int mcc = 0;              // 0: none
  bool pending = false;

  std::string category;  // as the file names it: a name or an id of whoever wrote the file
  bool category_decided = false;  // of our own export: somebody has chosen it, even if it is none
  std::string note;
  std::vector<std::string> tags;
  std::vector<StatementPart> parts;
  bool bad_parts = false;  // the file has some that cannot be read; `parts` is empty
  std::string other_account;  // the own account that the money goes to or comes from, as the file names it
  std::string transfer;       // the same on both rows of a pair of our own export
  // What was paid where that was another currency, with the sign of `amount`.
  std::optional<ledger::Money> original;
};

struct RowError {
  uint32_t line = 0;
  std::string text;    // as it stands in the file, at most kErrorTextBytesMax
  std::string reason;
};
inline constexpr size_t kErrorTextBytesMax = 500;

// The file's own figures for one account or page, where it has both balances.
struct BalanceCheck {
  uint32_t line = 0;  // of the closing balance
  std::string account;
  ledger::Money opening, closing;
  int64_t rows_minor = 0;  // sum of the booked rows between

  bool agrees() const {
    const auto sum = ledger::AddMinor(opening.minor, rows_minor);
    return sum.ok() && *sum == closing.minor;
  }
};

// Columns of a CSV file by what they mean, from 0.
struct CsvColumns {
  std::optional<size_t> date;
  std::optional<size_t> amount;  // signed; or `debit` and `credit`
  std::optional<size_t> debit;
  std::optional<size_t> credit;
  std::optional<size_t> mark;  // says D or C for an unsigned amount
  std::optional<size_t> currency;
  std::optional<size_t> balance;
  std::vector<size_t> description;  // joined in this order

  bool complete() const { return date && (amount || (debit && credit)); }
  bool operator==(const CsvColumns&) const = default;
};

// How a CSV file was read, to show and to change.
struct CsvReading {
  CsvColumns columns;  // incomplete: nobody knows yet, and no row was read
  std::vector<std::string> header;  // "" where the file names none; as many as the widest of the first rows
  std::vector<std::vector<std::string>> sample;  // the first rows' cells
  // The same for every file that this bank's export makes, however it is read.
  std::string fingerprint;
};
inline constexpr size_t kSampleRows = 3;
inline constexpr size_t kSampleCellBytesMax = 80;

struct Statement {
  std::string format;  // "csv", "ofx", "qif", "camt", "mt940", "json"
  std::string encoding;
  char delimiter = ',';  // of CSV
  std::optional<CsvReading> csv;
  DateOrder date_order = DateOrder::kYmd;
  // Two date orders read every row and differ: ask before trusting the dates.
  std::vector<DateOrder> ambiguous_dates;
  // Months' names that are one month in Croatian and another in Polish or Czech: ask.
  bool ambiguous_months = false;
  bool ambiguous_numbers = false;
  // Money out may be printed as positive: ask. `rows` have our sign by the likelier reading.
  bool ambiguous_signs = false;
  bool signs_turned = false;  // of CSV and OFX: the file prints spending as positive
  DecimalMark decimal_mark = DecimalMark::kPoint;  // of CSV
  std::vector<StatementRow> rows;  // in the file's order
  std::vector<RowError> errors;
  std::vector<BalanceCheck> balances;
};

// How a file is read. What is unset is guessed.
struct Profile {
  std::string encoding;  // as in text_decoding.h
  std::optional<char> delimiter;      // of CSV
  std::optional<DateOrder> date_order;
  std::optional<MonthNames> months;
  std::optional<DecimalMark> decimal_mark;
  std::optional<bool> flip_signs;  // the file prints spending as positive
  size_t skip_lines = 0;  // of CSV, before the header
  std::optional<CsvColumns> columns;
  // A table whose columns nobody knows is answered without rows instead of refused: somebody can be asked.
  bool may_ask = false;

  bool operator==(const Profile&) const = default;
  std::optional<ledger::Currency> currency;  // of rows that name none; EUR when unset too
};

// Reads "date_order=DMY;months=hr;decimal=,;delimiter=tab;encoding=UTF-8;flip=1;currency=CHF;skip=3;
// columns=date:1,amount:4,description:2+3;ask=1" (columns from 1, named as in CsvColumns); "" is all guessing.
// kInvalidArgument names a part that it does not know.
base::Result<Profile> ParseProfile(std::string_view text);
// "date:1,amount:4,description:2+3"
std::string FormatColumns(const CsvColumns& columns);
base::Result<CsvColumns> ParseColumns(std::string_view text);

// Reads a statement in any of the formats, which the content tells. kInvalidArgument when it is none,
// kResourceExhausted beyond a limit. Dates outside 1970 to five years after `today` are row errors.
base::Result<Statement> ParseStatement(std::string_view bytes, const Profile& profile, ledger::Date today);

}  // namespace finance::statement
