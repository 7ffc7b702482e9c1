#include "apps/dashboard/archive_command.h"

#include <fmt/format.h>

#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <string>
#include <string_view>

#include "finance/dashboard/backup.h"

namespace dashboard_app {
namespace {

using awry::base::Status;

constexpr std::string_view kUsage =
    "Usage: dashboard backup  --data DIR --out FILE   writes one encrypted file; the programs may run\n"
    "       dashboard restore --data DIR --in FILE    into a folder without databases; stop the programs\n"
    "The passphrase (12 bytes at least) is BACKUP_PASSPHRASE, or the first line of standard input.\n";

struct Flags {
  std::string data;
  std::string file;
  bool good = true;
};

Flags ReadFlags(int argc, char** argv, std::string_view file_flag) {
  Flags flags;
  for (int i = 2; i < argc; i += 2) {
    const std::string_view name = argv[i];
    std::string* const value = name == "--data"    ? &flags.data
                               : name == file_flag ? &flags.file
                                                   : nullptr;
    flags.good = flags.good && value != nullptr && i + 1 < argc;
    if (!flags.good) return flags;
    *value = argv[i + 1];
  }
  flags.good = !flags.data.empty() && !flags.file.empty();
  return flags;
}

std::string Passphrase() {
  if (const char* value = std::getenv("BACKUP_PASSPHRASE")) return value;
  std::string line;
  std::getline(std::cin, line);
  return line;
}

}  // namespace

std::optional<int> RunArchiveCommand(int argc, char** argv) {
  const std::string_view command = argc > 1 ? argv[1] : "";
  if (command != "backup" && command != "restore") return std::nullopt;
  const bool backup = command == "backup";
  const Flags flags = ReadFlags(argc, argv, backup ? "--out" : "--in");
  if (!flags.good) {
    fmt::print(stderr, "{}", kUsage);
    return 2;
  }
  const std::string passphrase = Passphrase();
  const Status done =
      backup ? finance::dashboard::WriteBackup(flags.data, passphrase, {}, flags.file)
             : finance::dashboard::RestoreBackup(flags.file, passphrase, flags.data);
  if (!done.ok()) {
    fmt::print(stderr, "dashboard {}: {}\n", command, done.message());
    return 1;
  }
  fmt::print("{}: {}\n", flags.file, backup ? "written" : "restored into " + flags.data);
  return 0;
}

}  // namespace dashboard_app
