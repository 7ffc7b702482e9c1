#include "awry/ingest/zipkin_receiver.h"

#include "awry/ingest/intake.h"
#include "wire/zipkin.h"

namespace awry::ingest {

using wire::ZipkinFormat;

namespace {

bool IsJson(ZipkinFormat format) {
  return format == ZipkinFormat::kJsonV2 || format == ZipkinFormat::kJsonV1;
}

net::HttpResponse Take(store::TraceStore& store, const ReceiverOptions& options,
                       ZipkinFormat format, const net::HttpRequest& request) {
  const Outcome outcome =
      TakeIn(store, options,
             {.protocol = Protocol::kZipkin,
              .body_bytes = request.body.size(),
              .decode_factor = IsJson(format) ? kDecodeFactorJson : kDecodeFactorBinary},
             [&](trace::SpanSink& sink, wire::DecodeReport& report) {
               return wire::DecodeZipkin(format, request.body, sink, report);
             });
  return PlainAnswer(outcome, "Zipkin spans", options);
}

}  // namespace

base::Result<std::unique_ptr<Receiver>> StartZipkin(store::TraceStore& store,
                                                    const ReceiverOptions& options) {
  net::Router router;
  // As Zipkin does: what is not the binary type is JSON, whatever it calls itself.
  AddPost(options, "/api/v2/spans", [&store, options](const net::HttpRequest& request) {
    const std::string type = MediaType(request.header("Content-Type"));
    const bool is_proto = type == "application/x-protobuf";
    return Take(store, options, is_proto ? ZipkinFormat::kProtobuf : ZipkinFormat::kJsonV2,
                request);
  }, router);
  AddPost(options, "/api/v1/spans", [&store, options](const net::HttpRequest& request) {
    const std::string type = MediaType(request.header("Content-Type"));
    const bool is_thrift = type == "application/x-thrift";
    return Take(store, options, is_thrift ? ZipkinFormat::kThriftV1 : ZipkinFormat::kJsonV1,
                request);
  }, router);
  router.Add("GET", "/health",
             [](const net::HttpRequest&) { return net::JsonResponse(200, R"({"status":"UP"})"); });
  router.SetFallback([](const net::HttpRequest&) {
    return net::TextResponse(404, "not found, spans go to /api/v2/spans or /api/v1/spans\n");
  });
  return StartHttp(options, std::move(router), PlainRefusal(options, Protocol::kZipkin));
}

}  // namespace awry::ingest
