// Taking everything along, keeping everything safe, and going for good.
#include "base/log.h"
#include "codec/json.h"
#include "finance/dashboard/backup.h"
#include "finance/dashboard/erasure.h"
#include "finance/dashboard/export.h"
#include "finance/dashboard/parts.h"

namespace finance::dashboard {

using awry::base::FailedPrecondition;
using awry::base::Status;
using awry::codec::JsonDocument;
using awry::net::ErrorResponse;
using awry::net::HttpRequest;
using awry::net::HttpResponse;
using awry::net::SetHeader;

namespace {

HttpResponse Export(Parts& parts, const HttpRequest& request, const Acting& acting) {
  HttpResponse response{.status = 200};
  SetHeader(response.headers, "Content-Type", "application/json");
  SetHeader(response.headers, "Content-Disposition",
            "attachment; filename=\"finance-export.json\"");
  HttpResponse refusal;
  auto begun = BeginExport(parts, acting.person, refusal);
  if (!begun) return refusal;
  response.stream = [&parts, begun = std::move(begun)](const awry::net::BodyWriter& write) {
    WriteExport(parts, *begun, write);
    return true;  // it says itself whether it is complete
  };
  return Recorded(parts, request, acting.person, "export", "", std::move(response));
}

HttpResponse Backup(Parts& parts, const HttpRequest& request, const Acting& acting) {
  const auto body = JsonDocument::Parse(request.body);
  if (!body.ok()) return ErrorResponse(body.status());
  const std::string passphrase(body->root().Find("passphrase").AsString().value_or(""));
  if (passphrase.size() < kPassphraseBytesMin || passphrase.size() > kPasswordBytesMax) {
    return ErrorResponse(awry::base::InvalidArgument(
        "Send {\"passphrase\": text} of at least so many bytes: " +
        std::to_string(kPassphraseBytesMin)));
  }
  if (parts.options.backup_folder.empty() || parts.database.system() != "sqlite") {
    return ErrorResponse(FailedPrecondition(
        "The data is in a database server: back it up with the server's own tools (pg_dump)."));
  }
  auto frozen = BackupSet::Freeze(parts.options.backup_folder);
  if (!frozen.ok()) return ErrorResponse(frozen.status());
  HttpResponse response{.status = 200};
  SetHeader(response.headers, "Content-Type", "application/octet-stream");
  SetHeader(response.headers, "Content-Disposition",
            "attachment; filename=\"finance-backup.awrybkp\"");
  const std::shared_ptr<const BackupSet> set = std::move(*frozen);
  response.stream = [set, passphrase,
                     cost = parts.options.password_cost](const awry::net::BodyWriter& write) {
    const auto sink = [&](std::string_view bytes) -> Status {
      return write(bytes) ? Status() : awry::base::Unavailable("the browser went away");
    };
    // What is missing its end is refused when it is restored.
    const Status written = set->Write(sink, passphrase, cost);
    if (!written.ok()) awry::base::LogWarning("a backup ended early: {}", written.ToString());
    return written.ok();
  };
  return Recorded(parts, request, acting.person, "backup", "", std::move(response));
}

HttpResponse DeleteAccount(Parts& parts, const HttpRequest& request, const Acting& acting) {
  if (auto refused = RefusePassword(parts, request, acting.person, "password")) return *refused;
  if (acting.person.owner) {
    const auto people = parts.people.List();
    if (!people.ok()) return ErrorResponse(people.status());
    for (const Person& person : *people) {
      if (person.owner || person.leaving) continue;
      return ErrorResponse(
          FailedPrecondition("Others live here too: remove them before the owner goes."));
    }
  }
  const Status begun = BeginErasure(parts, acting.person, acting.person.user_id, parts.HostOf(request));
  if (!begun.ok()) return ErrorResponse(begun);
  HttpResponse response = awry::net::JsonResponse(202, "{}");
  SetHeader(response.headers, "Set-Cookie", parts.guard.ExpiredCookie());
  return response;
}

}  // namespace

void AddArchiveRoutes(Parts& parts, awry::net::Router& router) {
  GuardedRoutes routes(parts, router);
  const RouteRule login{.scope = Scope::kLogin, .reach = Reach::kPerson};
  RouteRule owner = login;
  owner.owner_only = true;
  routes.Add("GET", "/api/export", Export, {.scope = Scope::kAdmin, .reach = Reach::kPerson});
  routes.Add("POST", "/api/backup", Backup, owner);
  routes.Add("POST", "/api/account/delete", DeleteAccount, login);
}

}  // namespace finance::dashboard
