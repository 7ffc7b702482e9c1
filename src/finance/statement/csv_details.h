// What a row of a CSV file says beside date, sum and text: category, note, tags, parts, the sum before a conversion.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "finance/statement/csv_columns.h"
#include "finance/statement/csv_records.h"
#include "finance/statement/statement.h"

namespace finance::statement {

// Without the quote that guards a spreadsheet against a formula: it is no text.
std::string_view WithoutGuard(std::string_view cell);

// Sets the fields of `out` that the layout's extra columns tell; its amount must be set.
void AddCsvDetails(const CsvRecord& record, const CsvLayout& layout, DecimalMark mark, StatementRow& out);

// "groceries -5.00 weekly shop | dining -7.39": the parts of a row, and back. A backslash stands before a "|" or a
// backslash of a note.
std::string FormatParts(const std::vector<StatementPart>& parts, ledger::Currency currency);
base::Result<std::vector<StatementPart>> ParseParts(std::string_view text, ledger::Currency currency);

}  // namespace finance::statement
