// POST /api/v1/spans: what `awry import --server` sends, OTLP as protobuf or JSON.
#include "awry/api/context.h"
#include "awry/api/origin_guard.h"
#include "codec/json.h"
#include "wire/otlp_json.h"
#include "wire/otlp_proto.h"

namespace awry::api {
namespace {

using net::HttpRequest;
using net::HttpResponse;

HttpResponse Put(Context& context, const HttpRequest& request) {
  store::TraceStore* intake = context.options.intake_store;
  const auto batch = (intake == nullptr ? context.store : *intake).NewBatch();
  wire::DecodeReport report;
  const base::Status decoded = SaysJson(request)
                                   ? wire::DecodeOtlpJson(request.body, *batch, report)
                                   : wire::DecodeOtlpProto(request.body, *batch, report);
  if (!decoded.ok()) return net::ErrorResponse(decoded);
  const base::Status committed = batch->Commit();
  if (!committed.ok()) return net::ErrorResponse(committed);
  std::string out;
  codec::JsonWriter json(out);
  json.BeginObject().Key("accepted").UInt(report.accepted).Key("rejected").UInt(report.rejected);
  if (!report.message.empty()) json.Key("message").String(report.message);
  json.EndObject();
  return net::JsonResponse(200, std::move(out));
}

}  // namespace

void AddSpans(const ContextPtr& context, const AddRoute& add) {
  add("POST", "/api/v1/spans",
      [context](const HttpRequest& request) { return Put(*context, request); });
}

}  // namespace awry::api
