// `dashboard backup --data DIR --out FILE` and `dashboard restore --data DIR --in FILE`.
#pragma once

#include <optional>

namespace dashboard_app {

// Runs the command when the first argument names one: the program's exit code then (0 done, 1
// failed, 2 wrong flags). The passphrase comes from BACKUP_PASSPHRASE, else from the first line of
// standard input, never from the command line, which others can see.
std::optional<int> RunArchiveCommand(int argc, char** argv);

}  // namespace dashboard_app
