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

struct StatementRow {
  uint32_t line = 0;  // of the file, from 1
  ledger::Date date;
  ledger::Money amount;
  std::string description;
  std::string external_id;  // the bank's own, unique in its account; "" when it gives none
  std::string account;      // as the file names it; "" when it names none
  int mcc = 0;              // 0: none
  bool pending = false;
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

struct Statement {
  std::string format;  // "csv", "ofx", "qif", "camt", "mt940", "json"
  std::string encoding;
  char delimiter = ',';  // of CSV
  DateOrder date_order = DateOrder::kYmd;
  // Two date orders read every row and differ: ask before trusting the dates.
  std::vector<DateOrder> ambiguous_dates;
  bool ambiguous_numbers = false;
  std::vector<StatementRow> rows;  // in the file's order
  std::vector<RowError> errors;
  std::vector<BalanceCheck> balances;
};

// How a file is read. What is unset is guessed.
struct Profile {
  std::string encoding;  // as in text_decoding.h
  std::optional<char> delimiter;      // of CSV
  std::optional<DateOrder> date_order;
  std::optional<DecimalMark> decimal_mark;
  bool flip_signs = false;  // the file prints spending as positive
  std::optional<ledger::Currency> currency;  // of rows that name none; EUR when unset too
};

// Reads "date_order=DMY;decimal=,;delimiter=tab;encoding=UTF-8;flip=1;currency=CHF"; "" is all
// guessing. kInvalidArgument names a part that it does not know.
base::Result<Profile> ParseProfile(std::string_view text);

// Reads a statement in any of the formats, which the content tells. kInvalidArgument when it is none,
// kResourceExhausted beyond a limit. Dates outside 1970 to five years after `today` are row errors.
base::Result<Statement> ParseStatement(std::string_view bytes, const Profile& profile, ledger::Date today);

}  // namespace finance::statement
