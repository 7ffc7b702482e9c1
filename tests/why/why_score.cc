// Asks `why` of many made systems and prints how often it was right:
//   why_score [--half 0|1] [--seeds N] [--nulls N] [--traces N] [--mode labelled|single|onset] [--fault NAME] [-v]
// --half: faults and systems of that half only, so that what was tuned on one is reported on the other.
#include <cstdio>
#include <cstdlib>
#include <map>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include "awry/why/why.h"
#include "judge.h"
#include "made_world.h"

namespace {

using awry::made::Calm;
using awry::made::Fault;
using awry::made::FaultInfo;
using awry::made::World;
using awry::made::WorldOptions;
using awry::why::Question;
using awry::why::QuestionKind;

struct Options {
  int half = -1;
  size_t seeds = 2;
  size_t nulls = 40;
  size_t traces = 1'500;
  size_t first_system = 0;
  std::string mode;
  std::string fault;
  bool verbose = false;
};

struct Tally {
  size_t right = 0, top3 = 0, silent = 0, asked = 0, oracle = 0;
  void Add(const awry::made::Verdict& v, bool undecidable) {
    ++asked;
    right += v.attribute == 1 ? 1 : 0;
    top3 += v.attribute >= 1 && v.attribute <= 3 ? 1 : 0;
    silent += v.named == 0 ? 1 : 0;
    oracle += undecidable ? 0 : 1;
  }
};

constexpr QuestionKind kKinds[] = {QuestionKind::kLabelled, QuestionKind::kSingle, QuestionKind::kOnset};
constexpr std::string_view kNames[] = {"labelled", "single", "onset"};

struct Scores {
  std::map<std::string, std::map<std::string, Tally>> by_class;  // mode → class
  std::map<std::string, std::map<std::string, Tally>> by_fault;
  std::map<std::string, std::map<std::string, Tally>> nulls;     // mode → calm
};

void Ask(const Options& options, const WorldOptions& made, const FaultInfo* info, Scores& scores) {
  constexpr std::string_view kCalm[] = {"nothing", "deploy", "confounded", "drift"};
  for (size_t k = 0; k < 3; ++k) {
    if (!options.mode.empty() && options.mode != kNames[k]) continue;
    World world = MakeWorld(made);
    Question question{.kind = kKinds[k], .trace = world.wrong, .onset_ns = world.moment_ns};
    if (kKinds[k] == QuestionKind::kOnset && world.moment_ns == 0) continue;
    const auto answer = ExplainTraces(std::move(world.traces), world.labels, question);
    if (!answer.ok()) {
      fmt::print("{}\n", answer.status().ToString());
      continue;
    }
    const awry::made::Verdict verdict = Judge(world.culprits, answer->causes);
    const std::string mode(kNames[k]);
    if (info == nullptr) {
      scores.nulls[mode][std::string(kCalm[static_cast<size_t>(made.calm)])].Add(verdict, false);
    } else {
      scores.by_class[mode][std::string(1, info->visible)].Add(verdict, world.undecidable);
      scores.by_fault[mode][std::string(info->name)].Add(verdict, world.undecidable);
    }
    const bool fine = info == nullptr ? verdict.named == 0 : verdict.attribute == 1;
    if (!options.verbose || fine) continue;
    fmt::print("MISS {} {} system {} seed {} hit {} fault-wrong {} nature {}{}\n", mode, info == nullptr ? "null" : info->name, made.system, made.seed,
               world.hit, world.wrong_by_fault, world.wrong_by_nature, world.undecidable ? " undecidable" : "");
    for (const auto& culprit : world.culprits) {
      fmt::print("  truth {} {} any {} ok {}\n", culprit.place.service, culprit.place.span, fmt::join(culprit.any, ","), fmt::join(culprit.ok, ","));
    }
    for (size_t c = 0; c < std::min<size_t>(3, answer->causes.size()); ++c) {
      const auto& cause = answer->causes[c];
      fmt::print("  named {} {:.1f} {} {} [{}] {}\n", cause.rank, cause.score, cause.kind, cause.span.service, fmt::join(cause.attributes, ","),
                 cause.statement);
    }
    for (size_t c = 0; c < std::min<size_t>(3, answer->searched.too_weak.size()); ++c) fmt::print("  weak {}\n", answer->searched.too_weak[c]);
  }
}

void Print(const Scores& scores, const Options& options) {
  using awry::made::ShareText;
  for (const auto& [mode, classes] : scores.by_class) {
    Tally all;
    fmt::print("\n{}\n", mode);
    for (const auto& [name, t] : classes) {
      fmt::print("  {}  right first {}, silent {}\n", name, ShareText(t.right, t.asked), t.silent);
      all.right += t.right, all.top3 += t.top3, all.asked += t.asked, all.oracle += t.oracle, all.silent += t.silent;
    }
    fmt::print("  faults: right first {}; among three {}; silent {}\n", ShareText(all.right, all.asked), ShareText(all.top3, all.asked), all.silent);
    if (mode == "single") fmt::print("  an oracle with the true rules: {}\n", ShareText(all.oracle, all.asked));
    if (options.verbose) {
      for (const auto& [name, t] : scores.by_fault.at(mode)) fmt::print("    {:<32} {}/{} silent {} oracle {}\n", name, t.right, t.asked, t.silent, t.oracle);
    }
  }
  for (const auto& [mode, kinds] : scores.nulls) {
    size_t alarms = 0, asked = 0;
    for (const auto& [name, t] : kinds) {
      fmt::print("{} nulls, {}: alarms {}\n", mode, name, ShareText(t.asked - t.silent, t.asked));
      alarms += t.asked - t.silent;
      asked += t.asked;
    }
    fmt::print("{} nulls: alarms {}\n", mode, ShareText(alarms, asked));
  }
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  for (int k = 1; k < argc; ++k) {
    const std::string_view flag = argv[k];
    const auto number = [&] { return static_cast<size_t>(std::strtoull(k + 1 < argc ? argv[++k] : "0", nullptr, 10)); };
    if (flag == "--half") options.half = static_cast<int>(number());
    else if (flag == "--seeds") options.seeds = number();
    else if (flag == "--nulls") options.nulls = number();
    else if (flag == "--traces") options.traces = number();
    else if (flag == "--first") options.first_system = number();
    else if (flag == "--mode") options.mode = argv[++k];
    else if (flag == "--fault") options.fault = argv[++k];
    else if (flag == "-v") options.verbose = true;
  }
  Scores scores;
  const size_t base = options.first_system + (options.half == 1 ? 1'000'000 : 0);
  size_t index = 0;
  for (const FaultInfo& info : awry::made::AllFaults()) {
    const size_t here = index++;
    if (options.half >= 0 && here % 2 != static_cast<size_t>(options.half)) continue;
    if (!options.fault.empty() && options.fault != info.name) continue;
    for (size_t k = 0; k < options.seeds; ++k) {
      Ask(options, {.system = base + here * 100 + k, .seed = k + 1, .traces = options.traces, .fault = info.fault}, &info, scores);
    }
  }
  for (size_t k = 0; k < options.nulls; ++k) {
    Ask(options, {.system = base + 50'000 + k, .seed = k + 1, .traces = options.traces, .calm = static_cast<Calm>(k % 4)}, nullptr, scores);
  }
  Print(scores, options);
  return 0;
}
