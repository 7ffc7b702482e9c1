// GET and PATCH /api/v1/findings.
#include "awry/why/findings.h"

#include "awry/api/context.h"
#include "awry/api/finding_guards.h"
#include "awry/api/request_json.h"
#include "codec/json.h"

namespace awry::api {
namespace {

using net::HttpRequest;
using net::HttpResponse;

// The finding with its checks: those that are violated, and in `guards` all that watch for it.
std::string WithGuards(why::Finding finding, const FindingGuards& guards) {
  finding.checks = guards.violated;
  std::string json = why::ToJson(finding);
  json.pop_back();  // the closing brace
  json += ",\"guards\":";
  codec::JsonWriter names(json);
  names.BeginArray();
  for (const std::string& name : guards.guards) names.String(name);
  names.EndArray();
  return json + "}";
}

HttpResponse List(Context& context) {
  const std::vector<why::Finding> findings =
      context.findings == nullptr ? std::vector<why::Finding>() : context.findings->List();
  const auto guards = GuardsOf(findings, context.options.checks);
  std::string out;
  codec::JsonWriter json(out);
  json.BeginObject().Key("findings").BeginArray();
  for (size_t i = 0; i < findings.size(); ++i) json.Raw(WithGuards(findings[i], guards[i]));
  json.EndArray().EndObject();
  return net::JsonResponse(200, std::move(out));
}

HttpResponse Patch(Context& context, const HttpRequest& request) {
  if (context.findings == nullptr)
    return net::ErrorResponse(base::NotFound("this server keeps no findings"));
  const auto json = ParseBody(request);
  if (!json.ok()) return net::ErrorResponse(json.status());
  const auto name = TextMember(json->root(), "state");
  if (!name.ok()) return net::ErrorResponse(name.status());
  const auto state = why::FindingStateFromName(*name);
  if (!state.has_value())
    return net::ErrorResponse(
        base::InvalidArgument("'state' must be new, confirmed, fixed or dismissed"));
  const auto note = TextMember(json->root(), "note");
  if (!note.ok()) return net::ErrorResponse(note.status());
  const auto finding =
      context.findings->Patch(std::string(request.path_param("id")), *state, *note);
  if (!finding.ok()) return net::ErrorResponse(finding.status());
  return net::JsonResponse(200, WithGuards(*finding, GuardsOf({*finding}, context.options.checks).front()));
}

}  // namespace

void AddFindings(const ContextPtr& context, const AddRoute& add) {
  add("GET", "/api/v1/findings", [context](const HttpRequest&) { return List(*context); });
  add("PATCH", "/api/v1/findings/{id}",
      [context](const HttpRequest& request) { return Patch(*context, request); });
}

}  // namespace awry::api
