// Makes the sample's bank statements, or rehearses what the model makes of them.
#include <fmt/format.h>

#include <charconv>
#include <cstdio>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>

#include "base/clock.h"
#include "finance/category_predictor/category_model.h"
#include "sample/sample.h"

namespace {

namespace predictor = finance::category_predictor;
using awry::base::Status;
using finance::ledger::Date;

constexpr std::string_view kHelp =
    "sample-statements --out DIR [--end DATE] [--months-after N] [--seed N] [--data FOLDER]\n"
    "sample-statements --rehearse [--model FILE] [--end DATE] [--seed N] [--data FOLDER]\n"
    "  --out DIR         writes users.json, statements/USER.csv, budgets.json and truth.jsonl "
    "there\n"
    "  --end DATE        last day of the year (default: today, UTC)\n"
    "  --months-after N  only the N-th month after that day, of the same people (default: 0, the "
    "year)\n"
    "  --seed N          same seed and end, same files (default: 1)\n"
    "  --data FOLDER     training files whose merchants are used (default: share/awry/training "
    "beside bin/)\n"
    "  --rehearse        predicts the sample and one further month with own and with foreign "
    "context\n"
    "  --context-every N rows between two looks at the context in --rehearse (default: 1)\n"
    "  --model FILE      for --rehearse (default: share/awry/category-model.bin beside bin/)\n";

std::string Shared(std::string_view name) {
  std::error_code error;
  const std::filesystem::path program = std::filesystem::read_symlink("/proc/self/exe", error);
  return (program.parent_path().parent_path() / "share/awry" / name).string();
}

struct Settings {
  std::string out;
  std::string data = Shared("training");
  std::string model = Shared("category-model.bin");
  bool rehearse = false;
  sample::RehearsalOptions rehearsal;
  sample::SampleOptions sample{.end = Date::FromUnixNs(awry::base::SystemClock().NowUnixNs())};
};

template <typename Number>
bool ReadNumber(std::string_view text, Number lowest, Number& out) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  return error == std::errc() && end == text.data() + text.size() && out >= lowest;
}

bool SetValue(std::string_view name, std::string_view value, Settings& settings) {
  if (name == "--out") {
    settings.out = value;
  } else if (name == "--data") {
    settings.data = value;
  } else if (name == "--model") {
    settings.model = value;
  } else if (name == "--seed") {
    return ReadNumber<uint64_t>(value, 0, settings.sample.seed);
  } else if (name == "--months-after") {
    return ReadNumber(value, 0, settings.sample.months_after) && settings.sample.months_after <= 24;
  } else if (name == "--context-every") {
    return ReadNumber<size_t>(value, 1, settings.rehearsal.context_every);
  } else if (name == "--end") {
    const auto date = Date::Parse(value);
    if (date.ok()) settings.sample.end = *date;
    return date.ok();
  } else {
    return false;
  }
  return true;
}

bool ReadSettings(int argc, char** argv, Settings& settings) {
  for (int i = 1; i < argc; ++i) {
    const std::string_view name = argv[i];
    if (name == "--rehearse") {
      settings.rehearse = true;
    } else if (i + 1 >= argc || !SetValue(name, argv[i + 1], settings)) {
      return false;
    } else {
      ++i;
    }
  }
  return settings.rehearse != !settings.out.empty();
}

double Percent(size_t part, size_t all) {
  return all == 0 ? 0 : 100.0 * static_cast<double>(part) / static_cast<double>(all);
}

Status Rehearse(const predictor::TrainingSet& set, const Settings& settings) {
  ASSIGN_OR_RETURN(const predictor::CategoryModel model,
                   predictor::CategoryModel::Load(settings.model));
  const sample::Rehearsal result =
      sample::Rehearse(model, sample::MakePeople(set, settings.sample, true), settings.rehearsal);
  fmt::print("rows {}, right {:.2f} %\n", result.rows, Percent(result.right, result.rows));
  constexpr std::string_view kKinds[] = {"known", "made up", "ambiguous", "contract"};
  for (const auto& [kind, counts] : result.by_kind) {
    fmt::print("  {:10} {:6} rows, right {:.2f} %\n", kKinds[static_cast<size_t>(kind)],
               counts.first, Percent(counts.second, counts.first));
  }
  fmt::print("further month: rows {}, right {:.2f} %\n", result.after_rows,
             Percent(result.after_right, result.after_rows));
  fmt::print(
      "with another's context: rows {}, answers that differ {}, right before and wrong now {} "
      "(mean confidence {:.2f}), now right {}\n",
      result.colliding_rows, result.differ, result.turned_wrong, result.confidence_when_turned,
      result.turned_right);
  return awry::base::OkStatus();
}

Status Run(const Settings& settings) {
  ASSIGN_OR_RETURN(const predictor::TrainingSet set, predictor::LoadTrainingSet(settings.data));
  if (settings.rehearse) return Rehearse(set, settings);
  ASSIGN_OR_RETURN(const size_t rows, sample::WriteSample(set, settings.sample, settings.out));
  const sample::Period period = PeriodOf(settings.sample);
  fmt::print("{} rows from {} to {}: {}\n", rows, period.first.ToString(), period.last.ToString(),
             settings.out);
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
  if (!status.ok()) fmt::print(stderr, "sample-statements: {}\n", status.ToString());
  return status.ok() ? 0 : 1;
}
