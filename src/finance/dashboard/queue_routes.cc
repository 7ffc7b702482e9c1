// The queues of background work, the dashboard's own and the services', for the owner.
#include <array>

#include "codec/json.h"
#include "finance/dashboard/own_rows.h"
#include "finance/dashboard/parts.h"
#include "finance/jobs/job_routes.h"

namespace finance::dashboard {

using awry::base::NotFound;
using awry::codec::JsonDocument;
using awry::codec::JsonWriter;
using awry::net::ErrorResponse;
using awry::net::HttpRequest;
using awry::net::HttpResponse;
using awry::net::JsonResponse;
using awry::net::UrlEncode;

namespace {

constexpr std::string_view kOwn = "dashboard";

// One queue's answer; a service without a queue answers 404 and is left out, one that is away is
// shown as not available.
void WriteQueue(JsonWriter& writer, std::string_view service, const HttpResponse& answer) {
  if (answer.status == 404) return;
  const auto document = JsonDocument::Parse(answer.body);
  const bool available = Succeeded(answer) && document.ok();
  writer.BeginObject().Key("service").String(service).Key("available").Bool(available);
  if (available) {
    writer.Key("counts").Value(document->root().Find("counts"));
    writer.Key("jobs").Value(document->root().Find("jobs"));
  }
  writer.EndObject();
}

HttpResponse Jobs(Parts& parts, const HttpRequest& request, const Acting&) {
  const std::string* state = request.query_param("state");
  const std::string* limit = request.query_param("limit");
  const HttpResponse own = jobs::ShowJobs(*parts.queue, state, limit);
  if (!Succeeded(own)) return own;
  Query query;
  if (state != nullptr) query.emplace_back("state", *state);
  if (limit != nullptr) query.emplace_back("limit", *limit);
  std::string json;
  JsonWriter writer(json);
  writer.BeginObject().Key("services").BeginArray();
  WriteQueue(writer, kOwn, own);
  for (const Upstream& service : parts.services)
    WriteQueue(writer, service.name(), service.Get("/admin/jobs", query));
  writer.EndArray().EndObject();
  return JsonResponse(200, std::move(json));
}

// `act` is "retry" or "drop".
HttpResponse Act(Parts& parts, const HttpRequest& request, const Acting& acting,
                 const std::string& act) {
  const std::string_view name = request.path_param("service");
  const std::string id(request.path_param("id"));
  HttpResponse answer = ErrorResponse(NotFound("There is no such queue: " + std::string(name)));
  if (name == kOwn) {
    answer = act == "retry" ? jobs::RetryJob(*parts.queue, id) : jobs::DropJob(*parts.queue, id);
  }
  for (const Upstream& service : parts.services) {
    if (service.name() == name)
      answer = service.Send("POST", "/admin/jobs/" + UrlEncode(id) + "/" + act, {}, "");
  }
  if (!Succeeded(answer)) return answer;
  return Recorded(parts, request, acting.person, "job." + act, std::string(name) + "/" + id,
                  std::move(answer));
}

HttpResponse Retry(Parts& parts, const HttpRequest& request, const Acting& acting) {
  return Act(parts, request, acting, "retry");
}

HttpResponse Drop(Parts& parts, const HttpRequest& request, const Acting& acting) {
  return Act(parts, request, acting, "drop");
}

}  // namespace

void AddQueueRoutes(Parts& parts, awry::net::Router& router) {
  GuardedRoutes routes(parts, router);
  const RouteRule owner{.scope = Scope::kAdmin, .reach = Reach::kPerson, .owner_only = true};
  routes.Add("GET", "/api/jobs", Jobs, owner);
  routes.Add("POST", "/api/jobs/{service}/{id}/retry", Retry, owner);
  routes.Add("POST", "/api/jobs/{service}/{id}/drop", Drop, owner);
}

}  // namespace finance::dashboard
