// POST /api/v1/backup {"out": "/absolute/folder"}: what `awry backup --server` asks for. The folder is
// one of the server's machine, and must be new or empty. Archived traces go along in its folder archive/.
#include "awry/api/backup_routes.h"

#include "awry/api/request_json.h"
#include "awry/check/watcher.h"
#include "awry/store/backup.h"
#include "codec/json.h"

namespace awry::api {
namespace {

using net::HttpRequest;
using net::HttpResponse;

base::Result<std::string> FolderOf(const HttpRequest& request) {
  ASSIGN_OR_RETURN(const codec::JsonDocument body, ParseBody(request));
  ASSIGN_OR_RETURN(std::string out, TextMember(body.root(), "out"));
  if (!out.starts_with('/') || out.find('\0') != std::string::npos)
    return base::InvalidArgument("member out must be the absolute path of a folder on the server");
  return out;
}

HttpResponse Backup(Context& context, const HttpRequest& request) {
  const auto folder = FolderOf(request);
  if (!folder.ok()) return net::ErrorResponse(folder.status());
  const base::Status made = store::BackupWithArchive(context.store, context.options.archive, *folder);
  if (!made.ok()) return net::ErrorResponse(made);
  if (context.options.checks != nullptr) {
    const base::Status copied = context.options.checks->ledger().CopyTo("sqlite:" + *folder + "/checks.sqlite");
    if (!copied.ok()) return net::ErrorResponse(copied.WithContext("backup of what checks have found"));
  }
  std::string out;
  codec::JsonWriter json(out);
  json.BeginObject().Key("out").String(*folder).EndObject();
  return net::JsonResponse(200, std::move(out));
}

}  // namespace

void AddBackup(const ContextPtr& context, const AddRoute& add) {
  add("POST", "/api/v1/backup",
      [context](const HttpRequest& request) { return Backup(*context, request); });
}

}  // namespace awry::api
