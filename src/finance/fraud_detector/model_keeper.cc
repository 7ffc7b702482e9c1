#include "finance/fraud_detector/model_keeper.h"

#include <fmt/format.h>

#include <algorithm>

namespace finance::fraud_detector {
namespace {

namespace sql = awry::sql;

constexpr int64_t kDayNs = int64_t{86'400} * 1'000'000'000;
constexpr int64_t kRowsMax = 1'000'000;  // the newest; 34 numbers each

}  // namespace

base::Result<std::shared_ptr<const FraudModel>> ModelKeeper::Newest() {
  ASSIGN_OR_RETURN(const sql::Rows rows,
                   database_.Query("SELECT version, trees FROM fraud_models ORDER BY number DESC LIMIT 1"));
  if (rows.empty()) return std::shared_ptr<const FraudModel>();
  ASSIGN_OR_RETURN(BoostedTrees trees, BoostedTrees::Parse(rows[0].Text(1)));
  // Another set of signals: the rules decide until new trees are learned.
  if (trees.columns() != kSignals) return std::shared_ptr<const FraudModel>();
  return std::make_shared<const FraudModel>(std::move(trees), rows[0].Text(0));
}

base::Result<std::vector<JudgedCharge>> ModelKeeper::ReadRows(int32_t known_day) {
  const int64_t until_ns = (int64_t{known_day} + 1) * kDayNs;
  const int64_t from_ns = until_ns - options_.days * kDayNs;
  ASSIGN_OR_RETURN(const sql::Rows rows,
                   database_.Query("SELECT signals, at_ns, fraud FROM checks WHERE signals IS NOT NULL AND at_ns >= $1"
                                   " AND (fraud IS NOT NULL OR at_ns < $2) ORDER BY at_ns DESC LIMIT $3",
                                   {from_ns, until_ns, kRowsMax}));
  std::vector<JudgedCharge> out;
  out.reserve(rows.size());
  for (const sql::Row& row : rows) {
    auto signals = DecodeSignals(row.Text(0));
    if (!signals.ok()) continue;  // written by a version with other signals
    out.push_back({*signals, row.Int(1), row.Int(2) != 0});
  }
  std::reverse(out.begin(), out.end());
  return out;
}

base::Result<LearnReport> ModelKeeper::Learn(const FraudModel* current, int32_t known_day,
                                             std::shared_ptr<const FraudModel>& promoted) {
  promoted.reset();
  ASSIGN_OR_RETURN(const std::vector<JudgedCharge> rows, ReadRows(known_day));
  ASSIGN_OR_RETURN(const sql::Rows last,
                   database_.Query("SELECT number, trained_ns FROM fraud_models ORDER BY number DESC LIMIT 1"));
  const int64_t number = last.empty() ? 1 : last[0].Int(0) + 1;
  LearnReport report;
  ASSIGN_OR_RETURN(report.trial, TryOut(rows, current, last.empty() ? INT64_MIN : last[0].Int(1), options_));
  report.version = current != nullptr ? current->version() : "rules";
  if (!report.trial.better()) return report;
  ASSIGN_OR_RETURN(BoostedTrees trees, LearnTrees(rows, options_));
  report.version = fmt::format("fraud.{}", number);
  const auto frauds = std::count_if(rows.begin(), rows.end(), [](const JudgedCharge& row) { return row.fraud; });
  RETURN_IF_ERROR(database_
                      .Execute("INSERT INTO fraud_models (number, version, trained_ns, frauds, candidate_precision,"
                               " current_precision, trees) VALUES ($1, $2, $3, $4, $5, $6, $7)",
                               {number, report.version, rows.back().at_ns, int64_t{frauds},
                                report.trial.candidate_precision, report.trial.current_precision, trees.Serialise()})
                      .status());
  promoted = std::make_shared<const FraudModel>(std::move(trees), report.version);
  report.promoted = true;
  return report;
}

}  // namespace finance::fraud_detector
