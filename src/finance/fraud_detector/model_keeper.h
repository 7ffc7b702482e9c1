// Keeps every model that was promoted, and learns new ones from the labels in the database.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "finance/fraud_detector/fraud_model.h"
#include "sql/database.h"

namespace finance::fraud_detector {

// For Database::Migrate, after the step that makes `checks`.
inline constexpr std::string_view kModelSteps[] = {
    "ALTER TABLE checks ADD COLUMN signals TEXT",
    "CREATE TABLE fraud_models (number BIGINT PRIMARY KEY, version TEXT NOT NULL, trained_ns BIGINT NOT NULL,"
    " frauds BIGINT NOT NULL, candidate_precision REAL NOT NULL, current_precision REAL NOT NULL, trees TEXT NOT NULL)"};

struct LearnReport {
  Trial trial;
  bool promoted = false;
  std::string version;  // of the model that decides from now on; "rules" without one
};

// `database` must outlive it. Thread-safe: const calls and Learn may run together, Learn by one at a time.
class ModelKeeper {
 public:
  explicit ModelKeeper(awry::sql::Database& database, const LearnOptions& options)
      : database_(database), options_(options) {}

  // The newest promoted model, null when there is none.
  base::Result<std::shared_ptr<const FraudModel>> Newest();

  // Tries a candidate out on the newest labels against `current` and keeps it when it is better; charges of
  // days up to `known_day` without a label are taken for right. `promoted` is then the new model.
  // kFailedPrecondition when there are too few labels.
  base::Result<LearnReport> Learn(const FraudModel* current, int32_t known_day,
                                  std::shared_ptr<const FraudModel>& promoted);

 private:
  base::Result<std::vector<JudgedCharge>> ReadRows(int32_t known_day);

  awry::sql::Database& database_;
  const LearnOptions options_;
};

}  // namespace finance::fraud_detector
