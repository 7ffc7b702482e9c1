// The awry program: one trace backend, and the questions to it.
#include <fmt/format.h>

#include <cstdio>

#include "arguments.h"
#include "base/log.h"
#include "commands.h"

int main(int argc, char** argv) {
  using awry::app::Command;
  int exit_code = 0;
  const auto arguments = awry::app::ParseArguments(argc, argv, exit_code);
  if (!arguments.has_value()) return exit_code;
  awry::base::SetUpLog("awry");
  switch (arguments->command) {
    case Command::kServe:
      return RunServe(arguments->serve);
    case Command::kImport:
      return RunImport(arguments->import);
    case Command::kLabel:
      return RunLabel(arguments->label);
    case Command::kSearch:
      return RunSearch(arguments->search);
    case Command::kTrace:
      return RunTrace(arguments->trace);
    case Command::kWhy:
      return RunWhy(arguments->why);
    case Command::kInvariants:
      return RunInvariants(arguments->invariants);
    case Command::kCheck:
      return RunCheck(arguments->check);
    case Command::kStats:
      return RunStats(arguments->stats);
    case Command::kDrift:
      return RunDrift(arguments->drift);
    case Command::kExport:
      return RunExport(arguments->exporting);
    case Command::kBackup:
      return RunBackup(arguments->backup);
    case Command::kNotYet:
      break;
  }
  fmt::print(stderr, "awry: {} is not in this version; awry --help lists what is\n",
             arguments->name);
  return 2;
}
