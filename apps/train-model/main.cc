// Trains the category model from the files in training/, or measures what the method reaches.
//   train-model --data training --out category-model.bin [--seed N]
//   train-model --data training --evaluate [--seed N]
#include <fmt/format.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include "base/file.h"
#include "codec/crc32c.h"
#include "finance/category_predictor/category_model.h"
#include "finance/category_predictor/evaluation.h"
#include "finance/category_predictor/model_file.h"
#include "finance/category_predictor/model_trainer.h"
#include "finance/category_predictor/training_set.h"

namespace {

namespace predictor = finance::category_predictor;
using awry::base::Status;

struct Settings {
  std::string data = "training";
  std::string out;
  uint64_t seed = 1;
  predictor::TrainerOptions trainer;
  predictor::RowsOptions rows;
  bool evaluate = false;
  int year = 2019;
  bool quiet = false;
};

constexpr std::string_view kHelp =
    "train-model --data FOLDER (--out FILE | --evaluate) [--seed N] [--quiet]\n"
    "  --data FOLDER  the training files (default: training)\n"
    "  --out FILE     trains on all of them and writes the model\n"
    "  --evaluate     trains on the purchases before 2019 and measures on those of 2019\n"
    "  --year N       measures on another year, to choose options by (default: 2019)\n"
    "  --seed N       same seed, same model (default: 1)\n"
    "To try variants: --epochs N, --fresh-epochs N, --net 0|1, --net-epochs N, --net-rate X, --replays N, --half-life DAYS, --trees N, --household-weight X, --pieces-only SHARE, --tree-rate X, --hashed-bits N, --rate X, --l2 X, --newest SHARE, --households "
    "N\n";

bool ReadSettings(int argc, char** argv, Settings& settings) {
  for (int i = 1; i < argc; ++i) {
    const std::string_view name = argv[i];
    const bool has_value = i + 1 < argc;
    if (name == "--evaluate") {
      settings.evaluate = true;
    } else if (name == "--quiet") {
      settings.quiet = true;
    } else if (name == "--data" && has_value) {
      settings.data = argv[++i];
    } else if (name == "--out" && has_value) {
      settings.out = argv[++i];
    } else if (name == "--seed" && has_value) {
      settings.seed = std::strtoull(argv[++i], nullptr, 10);
      settings.rows.seed = settings.seed;
    } else if (name == "--epochs" && has_value) {
      settings.trainer.text_epochs = std::atoi(argv[++i]);
    } else if (name == "--fresh-epochs" && has_value) {
      settings.trainer.fresh_epochs = std::atoi(argv[++i]);
    } else if (name == "--hashed-bits" && has_value) {
      settings.trainer.hashed_rows = 1U << (std::atoi(argv[++i]) & 31);
    } else if (name == "--tree-rate" && has_value) {
      settings.trainer.trees.learning_rate = std::atof(argv[++i]);
    } else if (name == "--pieces-only" && has_value) {
      settings.trainer.pieces_only = std::atof(argv[++i]);
    } else if (name == "--household-weight" && has_value) {
      settings.rows.household_weight = static_cast<float>(std::atof(argv[++i]));
    } else if (name == "--year" && has_value) {
      settings.year = std::atoi(argv[++i]);
    } else if (name == "--net" && has_value) {
      settings.trainer.with_net = std::atoi(argv[++i]) != 0;
    } else if (name == "--replays" && has_value) {
      settings.trainer.replays = std::atoi(argv[++i]);
    } else if (name == "--half-life" && has_value) {
      settings.trainer.half_life_days = std::atof(argv[++i]);
    } else if (name == "--net-epochs" && has_value) {
      settings.trainer.net_epochs = std::atoi(argv[++i]);
    } else if (name == "--net-rate" && has_value) {
      settings.trainer.net.learning_rate = std::atof(argv[++i]);
    } else if (name == "--trees" && has_value) {
      settings.trainer.trees.trees = std::atoi(argv[++i]);
    } else if (name == "--rate" && has_value) {
      settings.trainer.learning_rate = std::atof(argv[++i]);
    } else if (name == "--l2" && has_value) {
      settings.trainer.l2 = std::atof(argv[++i]);
    } else if (name == "--newest" && has_value) {
      settings.trainer.newest_share = std::atof(argv[++i]);
    } else if (name == "--households" && has_value) {
      settings.rows.households = std::atoi(argv[++i]);
    } else {
      return false;
    }
  }
  return settings.evaluate != !settings.out.empty();
}

predictor::TrainerOptions Options(const Settings& settings) {
  predictor::TrainerOptions options = settings.trainer;
  options.seed = settings.seed;
  if (!settings.quiet) {
    options.progress = [](std::string_view line) { fmt::print(stderr, "{}\n", line); };
  }
  return options;
}

// The same rows and options give the same name: part of it is a checksum of the weights. The file's
// own checksum at its end is left out: with it every file has the same one.
std::string VersionOf(const predictor::Weights& weights) {
  const std::string bytes = predictor::EncodeModel({weights, ""});
  return fmt::format("1.{:08x}",
                     awry::codec::Crc32c(std::string_view(bytes).substr(0, bytes.size() - 4)));
}

predictor::CategoryModel Train(const std::vector<predictor::LabelledRow>& rows,
                               const Settings& settings) {
  predictor::Weights weights = predictor::TrainModel(rows, Options(settings));
  predictor::RoundToFilePrecision(weights);
  std::string version = VersionOf(weights);
  return predictor::CategoryModel(std::move(weights), std::move(version));
}

std::vector<predictor::LabelledRow> RowsFrom(const std::vector<predictor::Purchase>& purchases,
                                             finance::ledger::Date from) {
  std::vector<predictor::LabelledRow> rows;
  for (const predictor::Purchase& purchase : purchases) {
    if (purchase.date < from) continue;
    rows.push_back(predictor::RowOf(purchase));
    rows.back().merchant = purchase.description;
  }
  return rows;
}

void Evaluate(const predictor::TrainingSet& set, const Settings& settings) {
  const finance::ledger::Date split = *finance::ledger::Date::FromYmd(settings.year, 1, 1);
  const finance::ledger::Date end = *finance::ledger::Date::FromYmd(settings.year + 1, 1, 1);
  predictor::RowsOptions earlier = settings.rows;
  earlier.until = split;
  earlier.with_mcc_purchases = false;
  const predictor::CategoryModel model = Train(MakeTrainingRows(set, earlier), settings);
  auto later = RowsFrom(set.purchases, split);
  std::erase_if(later, [&](const predictor::LabelledRow& row) { return row.date >= end; });
  const predictor::Quality personal = EvaluateDayByDay(model, later);
  fmt::print("{}, day by day:       {}\n{}", settings.year, QualityLine(personal), ClassLines(personal));
  fmt::print("{}, without history:  {}\n", settings.year,
             QualityLine(EvaluateWithoutHistory(model, later, true)));
  const auto coded = RowsFrom(set.mcc_purchases, finance::ledger::Date::FromDays(0));
  fmt::print("12/2019, text alone:    {}\n",
             QualityLine(EvaluateWithoutHistory(model, coded, true)));
  fmt::print("12/2019, with the code: {}\n",
             QualityLine(EvaluateWithoutHistory(model, coded, false)));
  fmt::print("share trust:");
  for (const float trust : model.weights().tied.share) fmt::print(" {:.2f}", trust);
  fmt::print("\ntext scale: ");
  for (const float scale : model.weights().text_scale) fmt::print(" {:.2f}", scale);
  fmt::print("\ntemperature:");
  for (const float temperature : model.weights().temperature) fmt::print(" {:.2f}", temperature);
  fmt::print("\n");
}

Status Run(const Settings& settings) {
  ASSIGN_OR_RETURN(const predictor::TrainingSet set, predictor::LoadTrainingSet(settings.data));
  if (settings.evaluate) {
    Evaluate(set, settings);
    return awry::base::OkStatus();
  }
  const predictor::CategoryModel model = Train(MakeTrainingRows(set, settings.rows), settings);
  const size_t slash = settings.out.rfind('/');
  if (slash != std::string::npos) {
    RETURN_IF_ERROR(awry::base::RealFileSystem().MakeDirs(settings.out.substr(0, slash)));
  }
  RETURN_IF_ERROR(model.Save(settings.out));
  fmt::print("category model {}: {}\n", model.version(), settings.out);
  return awry::base::OkStatus();
}

}  // namespace

int main(int argc, char** argv) {
  Settings settings;
  if (!ReadSettings(argc, argv, settings)) {
    fmt::print(stderr, "{}", kHelp);
    return 2;
  }
  const Status status = Run(settings);
  if (!status.ok()) fmt::print(stderr, "train-model: {}\n", status.ToString());
  return status.ok() ? 0 : 1;
}
