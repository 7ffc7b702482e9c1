// POST, GET and DELETE /api/v1/labels.
#include "awry/api/context.h"
#include "awry/api/label_json.h"
#include "awry/api/request_json.h"
#include "awry/api/trace_id_text.h"

namespace awry::api {
namespace {

using net::HttpRequest;
using net::HttpResponse;

HttpResponse Put(Context& context, const HttpRequest& request) {
  const auto json = ParseBody(request);
  if (!json.ok()) return net::ErrorResponse(json.status());
  auto labels = LabelsFromJson(json->root());
  if (!labels.ok()) return net::ErrorResponse(labels.status());
  const auto created = context.store.PutLabels(*labels);
  if (!created.ok()) return net::ErrorResponse(created.status());
  if (*created > 0 && context.findings != nullptr) context.findings->LabelsChanged();
  if (*created > 0 && context.options.checks != nullptr) {
    std::vector<trace::TraceId> ids;
    for (const trace::Label& label : *labels) ids.push_back(label.trace_id);
    context.options.checks->NoteLabels(ids);
  }
  std::string out;
  codec::JsonWriter(out)
      .BeginObject()
      .Key("created")
      .UInt(*created)
      .Key("unchanged")
      .UInt(labels->size() - *created)
      .EndObject();
  return net::JsonResponse(200, std::move(out));
}

HttpResponse Get(Context& context, const HttpRequest& request) {
  const std::string* text = request.query_param("trace_id");
  if (text == nullptr || text->empty())
    return net::JsonResponse(200, LabelsToJson(context.store.Labels()));
  const auto id = ParseTraceId(*text);
  if (!id.has_value())
    return net::ErrorResponse(base::InvalidArgument("trace_id must be 1 to 32 hex digits"));
  return net::JsonResponse(200, LabelsToJson(context.store.LabelsOf(*id)));
}

HttpResponse Delete(Context& context, const HttpRequest& request) {
  const std::string id(request.path_param("id"));
  std::vector<trace::TraceId> judged_again;
  if (context.options.checks != nullptr) {
    for (const trace::Label& label : context.store.Labels()) {
      if (label.id == id) judged_again.push_back(label.trace_id);
    }
  }
  const base::Status deleted = context.store.DeleteLabel(id);
  if (!deleted.ok()) return net::ErrorResponse(deleted);
  if (context.options.checks != nullptr) context.options.checks->NoteLabels(judged_again);
  if (context.findings != nullptr) context.findings->LabelsChanged();
  return net::JsonResponse(200, "{}");
}

}  // namespace

void AddLabels(const ContextPtr& context, const AddRoute& add) {
  add("POST", "/api/v1/labels",
      [context](const HttpRequest& request) { return Put(*context, request); });
  add("GET", "/api/v1/labels",
      [context](const HttpRequest& request) { return Get(*context, request); });
  add("DELETE", "/api/v1/labels/{id}",
      [context](const HttpRequest& request) { return Delete(*context, request); });
}

}  // namespace awry::api
