// Reads the CSV export of any bank: rows with exact amounts, and an error for every row that cannot
// be read. Decisions about dates and numbers are made by the whole column and reported.
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

struct StatementRow {
  uint32_t line = 0;  // of the file, from 1
  ledger::Date date;
  ledger::Money amount;
  std::string description;
};

struct RowError {
  uint32_t line = 0;
  std::string text;    // as it stands in the file, at most kErrorTextBytesMax
  std::string reason;
};
inline constexpr size_t kErrorTextBytesMax = 500;

// How a file is read. What is unset is guessed.
struct CsvProfile {
  std::string encoding;  // as in text_decoding.h
  std::optional<char> delimiter;
  std::optional<DateOrder> date_order;
  std::optional<DecimalMark> decimal_mark;
  bool flip_signs = false;  // the file prints spending as positive
  std::optional<ledger::Currency> currency;  // of rows that name none; EUR when unset too
};

// Reads "date_order=DMY;decimal=,;delimiter=tab;encoding=UTF-8;flip=1;currency=CHF"; "" is all
// guessing. kInvalidArgument names a part that it does not know.
base::Result<CsvProfile> ParseProfile(std::string_view text);

struct Statement {
  std::string format;  // "csv"
  std::string encoding;
  char delimiter = ',';
  DateOrder date_order = DateOrder::kYmd;
  // Two date orders read every row and differ: ask before trusting the dates.
  std::vector<DateOrder> ambiguous_dates;
  bool ambiguous_numbers = false;
  std::vector<StatementRow> rows;  // in the file's order
  std::vector<RowError> errors;
};

// kInvalidArgument when the file as a whole is no statement, kResourceExhausted beyond a limit. Dates
// outside 1970 to five years after `today` are row errors.
base::Result<Statement> ParseCsv(std::string_view bytes, const CsvProfile& profile, ledger::Date today);

}  // namespace finance::statement
