// A transaction as the Transaction Processor sends it to be counted. Private to the room.
#pragma once

#include "base/status.h"
#include "codec/json.h"
#include "finance/spending_analyzer/statistics_table.h"

namespace finance::spending_analyzer {

// Of an amount: sums over all rows of a user stay inside int64.
inline constexpr int64_t kAmountMinorMax = 1'000'000'000'000'000;

// {date, amount_minor, currency, category, description?, account?, transfer?}. A child of a category
// ("groceries.organic") counts for the whole.
base::Result<CountedRow> ReadCountedRow(awry::codec::JsonValue object);

}  // namespace finance::spending_analyzer
