// What the kept sums say and what they must say, as texts of one line a sum, for this room's tests.
#pragma once

#include <fmt/format.h>

#include <map>
#include <string>

#include "finance/transaction_processor/sum_tables.h"
#include "sql/database.h"

namespace finance::transaction_processor {

using SumTexts = std::map<std::string, std::string>;

inline std::string SumKey(std::string_view time, const sql::Row& row) {
  return fmt::format("{} {} {} {} {}", row.Text(0), time, row.Text(2), row.Text(3), row.Int(4));
}

// By user, time, account, currency and category; sums without rows are left out.
inline SumTexts KeptSums(sql::Database& database) {
  SumTexts sums;
  for (const bool months : {false, true}) {
    const auto rows = database.Query(fmt::format("SELECT user_id, {}, account, currency, category, in_minor, out_minor, rows, balance_minor, balance_rows"
                                                 " FROM {} WHERE rows <> 0 OR balance_rows <> 0",
                                                 months ? "month" : "day", months ? "month_sums" : "day_sums"));
    for (const sql::Row& row : *rows) {
      const std::string time = months ? FirstDayOfMonth(row.Int(1)).MonthText() : ledger::Date::FromDays(static_cast<int32_t>(row.Int(1))).ToString();
      sums[SumKey(time, row)] = fmt::format("{} {} {} {} {}", row.Int(5), row.Int(6), row.Int(7), row.Int(8), row.Int(9));
    }
  }
  return sums;
}

// The same, added up from the rows here.
inline SumTexts RecountedSums(sql::Database& database) {
  struct Sum {
    int64_t in = 0, out = 0, rows = 0, balance = 0, balance_rows = 0;
  };
  std::map<std::string, Sum> sums;
  const auto rows = database.Query("SELECT user_id, day, account, currency, category, amount_minor, part_count, parent FROM transactions WHERE deleted_ns = 0");
  for (const sql::Row& row : *rows) {
    const ledger::Date date = ledger::Date::FromDays(static_cast<int32_t>(row.Int(1)));
    for (const std::string& time : {date.ToString(), date.MonthText()}) {
      Sum& sum = sums[SumKey(time, row)];
      if (row.Int(6) == 0) {
        (row.Int(5) > 0 ? sum.in : sum.out) += row.Int(5);
        ++sum.rows;
      }
      if (row.Text(7).empty()) {
        sum.balance += row.Int(5);
        ++sum.balance_rows;
      }
    }
  }
  SumTexts texts;
  for (const auto& [key, sum] : sums) texts[key] = fmt::format("{} {} {} {} {}", sum.in, sum.out, sum.rows, sum.balance, sum.balance_rows);
  return texts;
}

}  // namespace finance::transaction_processor
