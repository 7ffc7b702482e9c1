// Which column of a CSV file means what.
#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "finance/statement/csv_records.h"
#include "finance/statement/statement.h"

namespace finance::statement {

// The header of our own export, whose tags and categories need no guessing.
inline constexpr std::string_view kOwnCsvHeader =
    "Date,Amount,Currency,Description,Merchant name,Category,Account,Status,Note,Tags,MCC,Original amount,Original currency,Splits,Transfer id,Id";

struct CsvLayout {
  bool own = false;  // the header is the one above
  CsvColumns columns;
  bool doubtful_mark = false;  // `columns.mark` is one by its cells, and its name says something else
  std::optional<size_t> second_date;  // of a row that has none in the first: not booked yet
  std::optional<size_t> state;  // pending, failed
  std::optional<size_t> id;  // the bank's own, unique in the file's first rows
  std::optional<size_t> mcc;
  std::optional<size_t> account;  // where the file has rows of several
  std::optional<size_t> category, note, tags, splits, transfer;  // what our own export, or another program, has said of the row
  std::optional<size_t> original_amount, original_currency;  // before a conversion; both or none
  size_t first_row = 0;  // index of the first record of data
  std::optional<size_t> header;  // index of the header's record
};

// Finds the header by known names in many languages, after any preamble, and believes a name when what stands below it
// bears it out; without one, or for the columns that it does not name, guesses by what is in them, by a balance that
// goes along if there is one. The result is incomplete when neither works.
CsvLayout FindLayout(std::span<const CsvRecord> records);

// The rows of these columns: they begin with the first that has a date; a header stands right before them.
CsvLayout LayoutOf(CsvColumns columns, std::span<const CsvRecord> records);

}  // namespace finance::statement
