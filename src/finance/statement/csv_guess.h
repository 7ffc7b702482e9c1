// What the columns of a CSV file mean by what is in them.
#pragma once

#include "finance/statement/csv_sample.h"
#include "finance/statement/statement.h"

namespace finance::statement {

// Finds a currency beside the amount, and words that tell out from in, whatever their columns are called.
// `header` may be null. `columns` keeps what it has.
void FindByContent(const CsvRecord* header, const Sample& sample, CsvColumns& columns);

// Guesses date, amounts and description; an amount, or debit and credit, that a balance bears out comes first.
CsvColumns GuessColumns(const Sample& sample);

}  // namespace finance::statement
