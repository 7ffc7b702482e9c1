#include "finance/category_predictor/feedback_examples.h"

#include <algorithm>

namespace finance::category_predictor {

base::Result<std::vector<FeedbackExample>> ReadFeedbackExamples(awry::sql::Database& database, int64_t rows_max) {
  ASSIGN_OR_RETURN(const awry::sql::Rows rows,
                   database.Query("SELECT sequence, user_id, text, currency, amount_minor, day, mcc, category FROM feedback"
                                  " WHERE text IS NOT NULL ORDER BY sequence DESC LIMIT $1",
                                  {rows_max}));
  std::vector<FeedbackExample> examples;
  examples.reserve(rows.size());
  for (const awry::sql::Row& row : rows) {
    const auto category = ledger::CategoryFromId(row.Text(7));
    if (!category || *category == ledger::Category::kUncategorized) {
      return base::DataLoss("feedback has a category that does not exist: " + row.Text(7));
    }
    examples.push_back({row.Int(0),
                        {.text = row.Text(2),
                         .user = row.Text(1),
                         .currency = row.Text(3),
                         .date = ledger::Date::FromDays(static_cast<int32_t>(row.Int(5))),
                         .amount_minor = row.Int(4),
                         .mcc = static_cast<int>(row.Int(6)),
                         .category = *category}});
  }
  std::reverse(examples.begin(), examples.end());
  return examples;
}

}  // namespace finance::category_predictor
