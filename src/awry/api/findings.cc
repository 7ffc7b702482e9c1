// GET and PATCH /api/v1/findings.
#include "awry/why/findings.h"

#include "awry/api/context.h"
#include "awry/api/request_json.h"

namespace awry::api {
namespace {

using net::HttpRequest;
using net::HttpResponse;

HttpResponse List(Context& context) {
  return net::JsonResponse(200,
                           why::ToJson(context.findings == nullptr ? std::vector<why::Finding>()
                                                                   : context.findings->List()));
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
  return net::JsonResponse(200, why::ToJson(*finding));
}

}  // namespace

void AddFindings(const ContextPtr& context, const AddRoute& add) {
  add("GET", "/api/v1/findings", [context](const HttpRequest&) { return List(*context); });
  add("PATCH", "/api/v1/findings/{id}",
      [context](const HttpRequest& request) { return Patch(*context, request); });
}

}  // namespace awry::api
