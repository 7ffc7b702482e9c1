// Answers as wire-contract 2.1 says: what is retryable is 429 or 503 with Retry-After (gRPC:
// RESOURCE_EXHAUSTED with RetryInfo, UNAVAILABLE), what can never be kept is 400.
#include "awry/ingest/otlp_receiver.h"

#include "awry/ingest/cors.h"
#include "awry/ingest/intake.h"
#include "wire/otlp_json.h"
#include "wire/otlp_proto.h"

namespace awry::ingest {

using base::Result;
using base::Status;
using base::StatusCode;

namespace {

constexpr std::string_view kExport = "/opentelemetry.proto.collector.trace.v1.TraceService/Export";
constexpr std::string_view kProtobuf = "application/x-protobuf";
constexpr std::string_view kJson = "application/json";

int HttpStatus(const Outcome& outcome) {
  switch (outcome.status.code()) {
    case StatusCode::kInvalidArgument:
      return 400;
    case StatusCode::kResourceExhausted:
      return 429;
    case StatusCode::kUnavailable:
      return 503;
    default:
      return 500;
  }
}

net::HttpResponse Take(store::TraceStore& store, const ReceiverOptions& options,
                       const net::HttpRequest& request) {
  const std::string type = MediaType(request.header("Content-Type"));
  if (type != kProtobuf && type != kJson) {
    if (options.stats != nullptr)
      options.stats->Refused(Protocol::kOtlpHttp, Refusal::kUnsupported);
    return net::TextResponse(
        415, "unsupported content type, send application/x-protobuf or application/json\n");
  }
  const bool json = type == kJson;
  const Outcome outcome = TakeIn(store, options,
                                 {.protocol = Protocol::kOtlpHttp,
                                  .body_bytes = request.body.size(),
                                  .decode_factor = json ? kDecodeFactorJson : kDecodeFactorBinary},
                                 [&](trace::SpanSink& sink, wire::DecodeReport& report) -> Status {
                                   if (!json)
                                     return wire::DecodeOtlpProto(request.body, sink, report);
                                   thread_local wire::OtlpJsonDecoder decoder;
                                   return decoder.Decode(request.body, sink, report);
                                 });
  net::HttpResponse response;
  net::SetHeader(response.headers, "Content-Type", type);
  if (outcome.status.ok()) {
    response.body = json ? wire::EncodeOtlpResponseJson(outcome.report)
                         : wire::EncodeOtlpResponse(outcome.report);
    return response;
  }
  response.status = HttpStatus(outcome);
  response.body =
      json ? wire::EncodeRpcStatusJson(outcome.status) : wire::EncodeRpcStatus(outcome.status);
  if (outcome.retryable())
    net::SetHeader(response.headers, "Retry-After", std::to_string(options.retry_after_s));
  return response;
}

// A body that was not taken: google.rpc.Status in the encoding that the client speaks.
void SayAsRpcStatus(const net::HttpRequest& request, const Status& status, net::HttpResponse& response) {
  const std::string type = MediaType(request.header("Content-Type"));
  if (type != kProtobuf && type != kJson) return;
  net::SetHeader(response.headers, "Content-Type", type);
  response.body = type == kJson ? wire::EncodeRpcStatusJson(status) : wire::EncodeRpcStatus(status);
}

}  // namespace

Result<std::unique_ptr<Receiver>> StartOtlpGrpc(store::TraceStore& store,
                                                const ReceiverOptions& options) {
  net::GrpcServer::Builder builder;
  builder.AddUnary(
      std::string(kExport), [&store, options](std::string_view request) -> Result<std::string> {
        const Outcome outcome =
            TakeIn(store, options, {.protocol = Protocol::kOtlpGrpc, .body_bytes = request.size()},
                   [&](trace::SpanSink& sink, wire::DecodeReport& report) {
                     return wire::DecodeOtlpProto(request, sink, report);
                   });
        if (!outcome.status.ok()) return outcome.status;
        return wire::EncodeOtlpResponse(outcome.report);
      });
  return StartGrpc(options, std::move(builder));
}

Result<std::unique_ptr<Receiver>> StartOtlpHttp(store::TraceStore& store,
                                                const ReceiverOptions& options) {
  net::Router router;
  AddPost(
      options, "/v1/traces",
      [&store, options](const net::HttpRequest& request) { return Take(store, options, request); }, router);
  router.SetFallback([](const net::HttpRequest&) {
    return net::TextResponse(404, "not found, traces go to /v1/traces\n");
  });
  return StartHttp(options, std::move(router),
                   [options](const net::HttpRequest& request, const Status& status, net::HttpResponse& response) {
                     CountRefusedBody(options, Protocol::kOtlpHttp, response.status);
                     SayAsRpcStatus(request, status, response);
                     AddCorsHeaders(options.cors_origins, request, response);
                   });
}

}  // namespace awry::ingest
