// How well the fraud detector finds frauds of the Handbook's simulator whose labels come seven days late,
// beside logistic regression on the same rows and an oracle, seed by seed.
//   fraud_bench [--seeds N] [--first-seed N] [--csv FOLDER]
// --csv: transactions.csv and labels.csv (unpacked) of data/fraud in place of a made world.
#include <fmt/format.h>

#include <cmath>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <map>
#include <optional>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "finance/fraud_detector/fraud_model.h"
#include "finance/fraud_detector/scorer.h"
#include "fraud_world.h"

namespace {

namespace fraud = finance::fraud_detector;
using fraud_world::Figures;
using fraud_world::Row;

constexpr int kTrainFrom = 41;
constexpr int kTrainUntil = 47;
constexpr int kTestFrom = 55;
constexpr int kTestUntil = 61;
constexpr int64_t kBeginNs = int64_t{1'704'067'200} * 1'000'000'000;  // 2024-01-01, a Monday

double CpuSeconds() { return static_cast<double>(std::clock()) / CLOCKS_PER_SEC; }

fraud::Charge ChargeOf(const Row& row) {
  fraud::Charge charge;
  charge.currency = "EUR";
  charge.terminal = fmt::format("T{}", row.terminal);
  charge.amount_minor = -row.amount_minor;
  charge.at_ns = kBeginNs + row.at_s * 1'000'000'000;
  return charge;
}

struct Run {
  std::vector<double> scores;  // by row; only test rows matter
  double false_alarms_per_user_month = 0;
  double found = 0;  // share of the test week's frauds over the threshold
  double rows_per_second = 0;
  double learn_seconds = 0;
};

// Streams all rows: each morning the labels of the day seven days before arrive, and from the test week on
// the model is learned anew from all labels that have come.
Run Stream(const std::vector<Row>& rows) {
  fraud::History history([](const finance::ledger::UserId&) { return std::vector<fraud::History::Entry>(); });
  fraud::Scorer scorer(history);
  std::vector<finance::ledger::UserId> users;
  for (int c = 0; c < 100'000 && users.size() <= 5'000; ++c) users.push_back(*finance::ledger::UserId::Parse(fmt::format("c{}", c)));
  Run run;
  run.scores.resize(rows.size());
  std::vector<fraud::JudgedCharge> judged(rows.size());
  size_t labelled = 0;
  double judging = 0;
  double false_alarms = 0;
  double frauds = 0;
  double found = 0;
  int today = -1;
  for (size_t i = 0; i < rows.size(); ++i) {
    const Row& row = rows[i];
    if (row.day() != today) {
      today = row.day();
      for (; labelled < i && rows[labelled].day() <= today - fraud_world::kLabelDelayDays; ++labelled) {
        const Row& known = rows[labelled];
        scorer.Learn({.id = fmt::format("{}", labelled), .user = users[static_cast<size_t>(known.customer)],
                      .charge = ChargeOf(known), .signals = judged[labelled].signals, .fraud = known.fraud()});
      }
      if (today >= kTestFrom) {
        const double begin = CpuSeconds();
        auto trees = fraud::LearnTrees(std::span(judged).first(labelled), {});
        if (trees.ok()) scorer.set_model(std::make_shared<fraud::FraudModel>(std::move(*trees), "bench"));
        run.learn_seconds += CpuSeconds() - begin;
      }
    }
    const fraud::Charge charge = ChargeOf(row);
    const finance::ledger::UserId& user = users[static_cast<size_t>(row.customer)];
    const double begin = CpuSeconds();
    const auto judgement = scorer.Judge(user, charge);
    CHECK(judgement.ok());
    scorer.Add(user, fmt::format("{}", i), charge);
    if (today >= kTestFrom) judging += CpuSeconds() - begin;
    judged[i] = {judgement->signals, charge.at_ns, row.fraud()};
    run.scores[i] = judgement->assessment.score;
    if (today < kTestFrom) continue;
    const bool alarm = judgement->assessment.suspicious;
    false_alarms += alarm && !row.fraud() ? 1 : 0;
    frauds += row.fraud() ? 1 : 0;
    found += alarm && row.fraud() ? 1 : 0;
  }
  double test_rows = 0;
  std::map<int, bool> cards;
  for (const Row& row : rows) {
    cards[row.customer] = true;
    test_rows += row.day() >= kTestFrom ? 1 : 0;
  }
  run.rows_per_second = test_rows / std::max(1e-9, judging);
  run.false_alarms_per_user_month =
      false_alarms / static_cast<double>(cards.size()) * 30 / (kTestUntil - kTestFrom + 1);
  run.found = frauds > 0 ? found / frauds : 0;
  return run;
}

std::vector<Row> ReadCsv(const std::string& folder) {
  std::map<std::string, int> scenarios;
  std::string line;
  std::ifstream labels(folder + "/labels.csv");
  std::getline(labels, line);
  while (std::getline(labels, line)) scenarios[line.substr(0, line.find(','))] = std::atoi(line.c_str() + line.find(',') + 1);
  std::vector<Row> rows;
  std::ifstream file(folder + "/transactions.csv");
  std::getline(file, line);
  while (std::getline(file, line)) {
    std::stringstream cells(line);
    std::string id, at, customer, terminal, amount;
    std::getline(cells, id, ',');
    std::getline(cells, at, ',');
    std::getline(cells, customer, ',');
    std::getline(cells, terminal, ',');
    std::getline(cells, amount, ',');
    std::tm time{};
    if (sscanf(at.c_str(), "%d-%d-%d%*c%d:%d:%d", &time.tm_year, &time.tm_mon, &time.tm_mday, &time.tm_hour, &time.tm_min, &time.tm_sec) != 6) continue;
    time.tm_year -= 1900;
    time.tm_mon -= 1;
    const auto digits = [](const std::string& text) { return std::atoi(text.c_str() + text.find_first_of("0123456789")); };
    rows.push_back({timegm(&time) - kBeginNs / 1'000'000'000, digits(customer), digits(terminal), std::atoll(amount.c_str()), scenarios[id]});
  }
  return rows;
}

std::string Line(std::string_view name, const Figures& f) {
  return fmt::format("{} {:.3f} {:.3f} {:.3f} {:.3f}", name, f.auc, f.average_precision, f.card_precision_50,
                     f.card_precision_100);
}

struct Sums {
  Figures ours, logistic, oracle;
  double false_alarms = 0;
  double found = 0;
  double slowest = 1e18;
};

void AddTo(Figures& sum, const Figures& f, double share) {
  sum.auc += f.auc * share;
  sum.average_precision += f.average_precision * share;
  sum.card_precision_50 += f.card_precision_50 * share;
  sum.card_precision_100 += f.card_precision_100 * share;
}

void One(const std::string& name, const std::vector<Row>& rows, double share, Sums& sums) {
  const std::vector<size_t> test = fraud_world::TestRows(rows, kTrainFrom, kTestFrom, kTestUntil);
  std::vector<size_t> train;
  for (size_t i = 0; i < rows.size(); ++i) {
    if (rows[i].day() >= kTrainFrom && rows[i].day() <= kTrainUntil) train.push_back(i);
  }
  const Figures logistic =
      Measure(rows, test, LogisticRegression(MakeBookFeatures(rows), rows, train, test));
  const Figures oracle = Measure(rows, test, fraud_world::Oracle(rows, test));
  const Run run = Stream(rows);
  std::vector<double> scores;
  for (const size_t i : test) scores.push_back(run.scores[i]);
  const Figures ours = Measure(rows, test, scores);
  fmt::print("{:>5} {:>7} | {} | {} | {} | {:.3f} {:.2f} {:>7.0f} {:.1f}s\n", name, test.size(), Line("", ours),
             Line("", logistic), Line("", oracle), run.false_alarms_per_user_month, run.found, run.rows_per_second,
             run.learn_seconds);
  std::fflush(stdout);
  AddTo(sums.ours, ours, share);
  AddTo(sums.logistic, logistic, share);
  AddTo(sums.oracle, oracle, share);
  sums.false_alarms += share * run.false_alarms_per_user_month;
  sums.found += share * run.found;
  sums.slowest = std::min(sums.slowest, run.rows_per_second);
}

}  // namespace

int main(int argc, char** argv) {
  int seeds = 10;
  uint64_t first = 1;
  std::string csv;
  for (int i = 1; i + 1 < argc; i += 2) {
    const std::string_view name = argv[i];
    if (name == "--seeds") seeds = std::atoi(argv[i + 1]);
    if (name == "--first-seed") first = std::strtoull(argv[i + 1], nullptr, 10);
    if (name == "--csv") csv = argv[i + 1];
  }
  fmt::print(" seed    rows | ours: AUC, AP, CP@50, CP@100 | logistic regression | oracle | false alarms per user and month, frauds found, rows/CPU-s, learning\n");
  Sums sums;
  if (!csv.empty()) {
    One("csv", ReadCsv(csv), 1, sums);
    return 0;
  }
  for (int s = 0; s < seeds; ++s) {
    One(fmt::format("{}", first + static_cast<uint64_t>(s)), fraud_world::MakeWorld({.seed = first + static_cast<uint64_t>(s)}), 1.0 / seeds, sums);
  }
  fmt::print(" mean         | {} | {} | {} | {:.3f} {:.2f} slowest {:.0f}\n", Line("", sums.ours),
             Line("", sums.logistic), Line("", sums.oracle), sums.false_alarms, sums.found, sums.slowest);
  return 0;
}
