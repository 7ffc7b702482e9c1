// Which column of a CSV file means what.
#pragma once

#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "finance/statement/csv_records.h"

namespace finance::statement {

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
};

struct CsvLayout {
  CsvColumns columns;
  size_t first_row = 0;  // index of the first record of data
  std::optional<size_t> header;  // index of the header's record
};

// Finds the header by known names in several languages, after any preamble; without one, guesses the
// columns by what is in them. The result is incomplete when neither works.
CsvLayout FindLayout(std::span<const CsvRecord> records);

}  // namespace finance::statement
