// awry backup: a consistent copy of a store, also of one that a server has open.
#include <fmt/format.h>

#include <cstdio>
#include <filesystem>

#include "awry/store/trace_store.h"
#include "backend.h"
#include "codec/json.h"
#include "commands.h"

namespace awry::app {
namespace {

base::Status Backup(const BackupOptions& options, const std::string& folder) {
  ASSIGN_OR_RETURN(const std::unique_ptr<Backend> backend, Backend::Open(options.place, {}));
  if (backend->store() != nullptr) return backend->store()->Backup(folder);
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
