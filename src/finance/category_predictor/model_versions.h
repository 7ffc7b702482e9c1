// Every version of the category model that there was, with what it was measured at; one of them answers.
// Kept in the predictor's database, so that replicas on one PostgreSQL share them.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "finance/category_predictor/category_model.h"
#include "finance/category_predictor/retraining.h"
#include "sql/database.h"

namespace finance::category_predictor {

// For Database::Migrate, after the steps of the feedback.
inline constexpr std::string_view kModelVersionStep =
    "CREATE TABLE category_models (number BIGINT PRIMARY KEY, version TEXT NOT NULL UNIQUE, origin TEXT NOT NULL,"
    " made_ns BIGINT NOT NULL, labels BIGINT NOT NULL, trained_until BIGINT NOT NULL, compared_with TEXT NOT NULL,"
    " held_out BIGINT NOT NULL, accuracy REAL NOT NULL, macro_f1 REAL NOT NULL, compared_accuracy REAL NOT NULL,"
    " compared_macro_f1 REAL NOT NULL, verdict TEXT NOT NULL, active INTEGER NOT NULL, content TEXT NOT NULL)";

// The figures are 0 for a shipped model: it is measured when a retrained one is compared with it.
struct ModelVersion {
  int64_t number = 0;  // from 1, in the order in which they came
  std::string version;
  std::string origin;         // "shipped" with the program, or "retrained"
  int64_t made_ns = 0;        // Unix time
  int64_t labels = 0;         // known when it was made
  int64_t trained_until = 0;  // sequence of the newest label that it was trained on
  std::string compared_with;  // the version that answered then; "" for a shipped one
  int64_t held_out = 0;       // labels it was measured on, newer than all it was trained on
  double accuracy = 0;
  double macro_f1 = 0;
  double compared_accuracy = 0;  // of `compared_with` on the same labels
  double compared_macro_f1 = 0;
  std::string verdict;  // why it was promoted, or why not
  bool active = false;  // it answers
  bool chosen = false;  // by a person, who promoted it or rolled back to it
};

// Thread-safe. `database` must outlive it and hold the table.
class ModelVersions {
 public:
  explicit ModelVersions(awry::sql::Database& database) : database_(database) {}

  // Keeps the shipped model when it is new, and returns the one that answers: the shipped one, unless a
  // retrained one was promoted or a person has chosen another.
  base::Result<std::shared_ptr<const CategoryModel>> Open(std::shared_ptr<const CategoryModel> shipped, int64_t now_ns);

  // Keeps a retrained model, and makes it the one that answers when `promoted`. Gives it number and version;
  // returns the model under that version. On failure nothing is kept.
  base::Result<std::shared_ptr<const CategoryModel>> Keep(Weights weights, const Trial& trial, const std::string& compared_with,
                                                          int64_t labels, int64_t now_ns);

  // The newest first, at most `limit`.
  base::Result<std::vector<ModelVersion>> List(int limit);
  base::Result<ModelVersion> Active();

  // kNotFound for an unknown version; kFailedPrecondition for one that this program cannot read any more.
  base::Result<std::shared_ptr<const CategoryModel>> Load(const std::string& version);
  // Load, and from now on it answers, here and after a restart. Forward or back.
  base::Result<std::shared_ptr<const CategoryModel>> Promote(const std::string& version);

 private:
  base::Result<std::shared_ptr<const CategoryModel>> Answer(const std::string& version, int64_t why);

  awry::sql::Database& database_;
};

}  // namespace finance::category_predictor
