#include "finance/dashboard/erasure.h"

#include "finance/dashboard/own_rows.h"
#include "finance/jobs/trace_text.h"

namespace finance::dashboard {

using awry::base::Status;
using awry::net::HttpResponse;
using awry::sql::Connection;

namespace {

constexpr const char* kKind = "erase_person";

Status EraseAt(const Upstream& service, const std::string& path, const Query& query) {
  const HttpResponse answer = service.Send("DELETE", path, query, "");
  if (Succeeded(answer)) return {};
  if (answer.status == 503)
    return awry::base::Unavailable("no answer from the service: " + service.name());
  return awry::base::FailedPrecondition(
      "the service does not erase users, update it and retry: " + service.name() + ", HTTP " +
      std::to_string(answer.status));
}

Status EraseAt(const Upstream& service, const std::string& user_id) {
  // At the processor these are the bank connections: before the ledger, or a poll fills it again.
  RETURN_IF_ERROR(EraseAt(service, "/users/" + awry::net::UrlEncode(user_id), {}));
  if (service.name() != "transaction-processor") return {};
  // The counting services are erased next: told to take the rows away later, they would remember them.
  return EraseAt(service, "/ledger", {{"user_id", user_id}, {"erase", "1"}});
}

jobs::JobResult EraseEverywhere(Parts& parts, const std::string& user_id) {
  for (const Upstream& service : parts.services) {
    if (Status erased = EraseAt(service, user_id); !erased.ok()) return {.status = erased};
  }
  return {.commit = [&parts, user_id](Connection& connection) -> Status {
    RETURN_IF_ERROR(People::Erase(connection, user_id));
    return parts.audit.Add(connection, {.action = "person.erased", .subject = user_id});
  }};
}

}  // namespace

std::map<std::string, jobs::JobKind> ErasureJobs(Parts& parts) {
  jobs::JobKind kind;
  kind.span_name = kKind;
  kind.run = [&parts](const jobs::Job& job, awry::sdk::ScopedSpan&) {
    return EraseEverywhere(parts, job.key);
  };
  return {{kKind, std::move(kind)}};
}

Status BeginErasure(Parts& parts, const Person& actor, const std::string& user_id,
                    const std::string& address) {
  const Status begun = parts.database.Write([&](Connection& connection) -> Status {
    RETURN_IF_ERROR(parts.people.MarkLeaving(connection, user_id));
    for (const std::string& whose : {user_id, std::string()}) {
      RETURN_IF_ERROR(parts.audit.Add(connection, {.user_id = whose,
                                                   .actor_id = actor.user_id,
                                                   .action = "person.leaving",
                                                   .subject = user_id,
                                                   .address = address}));
    }
    return parts.queue->Enqueue(connection, {.kind = kKind,
                                             .key = user_id,
                                             .payload = "",
                                             .traceparent = jobs::CurrentTraceparent()});
  });
  if (begun.ok()) parts.queue->Wake();
  return begun;
}

}  // namespace finance::dashboard
