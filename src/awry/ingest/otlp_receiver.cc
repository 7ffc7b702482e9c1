// Answers as wire-contract 2.1 says: what is retryable is 429 or 503 with Retry-After (gRPC:
// RESOURCE_EXHAUSTED with RetryInfo, UNAVAILABLE), what can never be kept is 400.
#include "awry/ingest/otlp_receiver.h"

#include "awry/ingest/intake.h"
#include "net/grpc_server.h"
#include "net/http_server.h"
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

class GrpcReceiver final : public OtlpReceiver {
 public:
  explicit GrpcReceiver(std::unique_ptr<net::GrpcServer> server) : server_(std::move(server)) {}
  ~GrpcReceiver() override { server_->Stop(); }
  uint16_t port() const override { return server_->port(); }
  void Stop() override { server_->Stop(); }

 private:
  const std::unique_ptr<net::GrpcServer> server_;
};

class HttpReceiver final : public OtlpReceiver {
 public:
  explicit HttpReceiver(std::unique_ptr<net::HttpServer> server) : server_(std::move(server)) {}
  ~HttpReceiver() override { server_->Stop(); }
  uint16_t port() const override { return server_->port(); }
  void Stop() override { server_->Stop(); }

 private:
  const std::unique_ptr<net::HttpServer> server_;
};

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

net::HttpResponse Take(store::TraceStore& store, const OtlpOptions& options,
                       const net::HttpRequest& request) {
  const std::string type = MediaType(request.header("Content-Type"));
  if (type != kProtobuf && type != kJson) {
    if (options.stats != nullptr)
      options.stats->Refused(Protocol::kOtlpHttp, Refusal::kUnsupported);
    return net::TextResponse(
        415, "unsupported content type, send application/x-protobuf or application/json\n");
  }
  const bool json = type == kJson;
  const Outcome outcome = TakeIn(store, Protocol::kOtlpHttp, request.body.size(), options.stats,
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

}  // namespace

Result<std::unique_ptr<OtlpReceiver>> StartOtlpGrpc(store::TraceStore& store,
                                                    const OtlpOptions& options) {
  net::GrpcServer::Builder builder;
  builder.AddUnary(
      std::string(kExport), [&store, options](std::string_view request) -> Result<std::string> {
        const Outcome outcome = TakeIn(store, Protocol::kOtlpGrpc, request.size(), options.stats,
                                       [&](trace::SpanSink& sink, wire::DecodeReport& report) {
                                         return wire::DecodeOtlpProto(request, sink, report);
                                       });
        if (!outcome.status.ok()) return outcome.status;
        return wire::EncodeOtlpResponse(outcome.report);
      });
  ASSIGN_OR_RETURN(std::unique_ptr<net::GrpcServer> server,
                   builder.Start({.listen = options.listen,
                                  .port = options.port,
                                  .message_bytes_max = options.body_bytes_max,
                                  .retry_after_ms = options.retry_after_s * 1'000}));
  return std::unique_ptr<OtlpReceiver>(std::make_unique<GrpcReceiver>(std::move(server)));
}

Result<std::unique_ptr<OtlpReceiver>> StartOtlpHttp(store::TraceStore& store,
                                                    const OtlpOptions& options) {
  net::Router router;
  router.Add("POST", "/v1/traces", [&store, options](const net::HttpRequest& request) {
    return Take(store, options, request);
  });
  for (const char* method : {"GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS"}) {
    router.Add(method, "/v1/traces", [](const net::HttpRequest&) {
      net::HttpResponse response = net::TextResponse(405, "method not allowed, use POST\n");
      net::SetHeader(response.headers, "Allow", "POST");
      return response;
    });
  }
  router.SetFallback([](const net::HttpRequest&) {
    return net::TextResponse(404, "not found, traces go to /v1/traces\n");
  });
  ASSIGN_OR_RETURN(std::unique_ptr<net::HttpServer> server,
                   net::HttpServer::Start({.listen = options.listen,
                                           .port = options.port,
                                           .threads = options.threads,
                                           .body_bytes_max = options.body_bytes_max,
                                           .decompress = true},
                                          std::move(router)));
  return std::unique_ptr<OtlpReceiver>(std::make_unique<HttpReceiver>(std::move(server)));
}

}  // namespace awry::ingest
