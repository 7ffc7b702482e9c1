// POST /api/archive/{id} (wire-contract 5.2).
#include "awry/api/context.h"
#include "awry/api/jaeger_envelope.h"
#include "awry/api/jaeger_params.h"
#include "awry/api/trace_id_text.h"

namespace awry::api {
namespace {

using net::HttpRequest;
using net::HttpResponse;

HttpResponse Archive(Context& context, const HttpRequest& request) {
  const auto id = ParseTraceId(request.path_param("id"));
  if (!id.has_value())
    return JaegerFailure(request, 400, "cannot parse trace id: 1 to 32 hex digits are expected");
  for (const char* name : {"start", "end"}) {
    const auto bound = TimeParam(request, name, 1'000, 0);
    if (!bound.ok()) return JaegerFailure(request, bound.status());
  }
  const base::Status archived = ArchiveTrace(context.source(request), *id);
  if (!archived.ok()) return JaegerFailure(request, archived);
  HttpResponse response = JaegerAnswer(request, "[]", 0);
  // Jaeger gives an empty list of errors here, and null elsewhere.
  constexpr std::string_view kNull = "null";
  response.body.replace(response.body.rfind(kNull), kNull.size(), "[]");
  return response;
}

}  // namespace

void AddJaegerArchive(const ContextPtr& context, const AddRoute& add) {
  add("POST", "/api/archive/{id}",
      [context](const HttpRequest& request) { return Archive(*context, request); });
}

}  // namespace awry::api
