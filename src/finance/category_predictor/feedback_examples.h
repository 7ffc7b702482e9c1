// What users said about their transactions, as rows to train on.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "finance/category_predictor/history.h"
#include "sql/database.h"

namespace finance::category_predictor {

// For Database::Migrate, after the step that makes `feedback`. Labels of an earlier version have no text:
// they count in the memories only.
inline constexpr std::string_view kFeedbackExampleStep =
    "ALTER TABLE feedback ADD COLUMN text TEXT; ALTER TABLE feedback ADD COLUMN currency TEXT;"
    "ALTER TABLE feedback ADD COLUMN amount_minor BIGINT; ALTER TABLE feedback ADD COLUMN day BIGINT;"
    "ALTER TABLE feedback ADD COLUMN mcc BIGINT; CREATE INDEX feedback_by_sequence ON feedback (sequence)";

struct FeedbackExample {
  int64_t sequence = 0;  // grows with each label that is given
  LabelledRow row;
};

// The newest labels that have a text, at most `rows_max`, in the order in which they were given.
base::Result<std::vector<FeedbackExample>> ReadFeedbackExamples(awry::sql::Database& database, int64_t rows_max);

}  // namespace finance::category_predictor
