// awry backup: a consistent copy of a store, also of one that a server has open.
#include <fmt/format.h>

#include <cstdio>
#include <filesystem>

#include "awry/check/ledger.h"
#include "awry/store/backup.h"
#include "awry/store/trace_store.h"
#include "backend.h"
#include "codec/json.h"
#include "commands.h"

namespace awry::app {
namespace {

// What checks have found lies beside the store.
base::Status BackupChecks(const std::string& data, const std::string& folder) {
  const std::string name = "/checks.sqlite";
  std::error_code error;
  if (!std::filesystem::exists(data + name, error)) return base::OkStatus();
  ASSIGN_OR_RETURN(const auto ledger, check::Ledger::Open("sqlite:" + data + name));
  return ledger->CopyTo("sqlite:" + folder + name);
}

base::Status Backup(const BackupOptions& options, const std::string& folder) {
  ASSIGN_OR_RETURN(const std::unique_ptr<Backend> backend, Backend::Open(options.place, {}));
  if (backend->store() != nullptr) {
    RETURN_IF_ERROR(store::BackupWithArchive(*backend->store(), backend->archive(), folder));
    return BackupChecks(options.place.data, folder);
  }
  std::string body;
  codec::JsonWriter json(body);
  json.BeginObject().Key("out").String(folder).EndObject();
  return backend->Post("/api/v1/backup", std::move(body)).status();
}

}  // namespace

int RunBackup(const BackupOptions& options) {
  std::error_code error;
  const std::filesystem::path folder = std::filesystem::absolute(options.out, error);
  if (error) return Fail(base::InvalidArgument("--out is no path: " + options.out));
  if (const base::Status made = Backup(options, folder.string()); !made.ok()) return Fail(made);
  fmt::print("{}: copied; it opens as a store (awry serve --data {})\n", options.out, options.out);
  return 0;
}

}  // namespace awry::app
