// Which column of a CSV file means what.
#pragma once

#include <optional>
#include <span>

#include "finance/statement/csv_records.h"
#include "finance/statement/statement.h"

namespace finance::statement {

struct CsvLayout {
  CsvColumns columns;
  size_t first_row = 0;  // index of the first record of data
  std::optional<size_t> header;  // index of the header's record
};

// Finds the header by known names in several languages, after any preamble; without one, guesses the
// columns by what is in them. The result is incomplete when neither works.
CsvLayout FindLayout(std::span<const CsvRecord> records);

// The rows of these columns: they begin with the first that has a date; a header stands right before them.
CsvLayout LayoutOf(CsvColumns columns, std::span<const CsvRecord> records);

}  // namespace finance::statement
