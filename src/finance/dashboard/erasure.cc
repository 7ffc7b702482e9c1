#include "finance/dashboard/erasure.h"

#include "finance/dashboard/own_rows.h"
#include "finance/jobs/trace_text.h"

namespace finance::dashboard {

using awry::base::Result;
using awry::base::Status;
using awry::net::HttpResponse;
using awry::sql::Connection;

namespace {

constexpr const char* kKind = "erase_person";

Result<HttpResponse> EraseAt(const Upstream& service, const std::string& path, const Query& query) {
  HttpResponse answer = service.Send("DELETE", path, query, "");
  if (Succeeded(answer)) return answer;
  if (answer.status == 503)
    return awry::base::Unavailable("no answer from the service, or it is still at work: " + service.name());
  return awry::base::FailedPrecondition(
      "the service does not erase users, update it and retry: " + service.name() + ", HTTP " +
      std::to_string(answer.status));
}

Status ErasePerson(const Upstream& service, const std::string& user_id) {
  return EraseAt(service, "/users/" + awry::net::UrlEncode(user_id), {}).status();
}

// Returns how many rows there were.
Result<int64_t> EraseLedger(const Upstream& processor, const std::string& user_id) {
  ASSIGN_OR_RETURN(const HttpResponse answer, EraseAt(processor, "/ledger", {{"user_id", user_id}, {"erase", "1"}}));
  const auto body = awry::codec::JsonDocument::Parse(answer.body);
  return body.ok() ? body->root().Find("deleted").AsInt64().value_or(0) : 0;
}

Status EraseAtServices(const Parts& parts, const std::string& user_id) {
  const Upstream& processor = parts.service(Service::kProcessor);
  // These are the bank connections: before the ledger, or a poll fills it again. The counting services come after it:
  // told to take the rows away later, they would remember them.
  RETURN_IF_ERROR(ErasePerson(processor, user_id));
  RETURN_IF_ERROR(EraseLedger(processor, user_id).status());
  for (const Upstream& service : parts.services) {
    if (&service != &processor) RETURN_IF_ERROR(ErasePerson(service, user_id));
  }
  // A request that was on its way when the person was locked out may have come through since.
  ASSIGN_OR_RETURN(const int64_t late_rows, EraseLedger(processor, user_id));
  if (late_rows == 0) return {};
  return awry::base::Unavailable("rows came while everything was erased, so it begins again: " + std::to_string(late_rows));
}

jobs::JobResult EraseEverywhere(Parts& parts, const std::string& user_id) {
  if (Status erased = EraseAtServices(parts, user_id); !erased.ok()) return {.status = erased};
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
