#include "awry/ingest/jaeger_http_receiver.h"

#include "awry/ingest/intake.h"
#include "net/http_server.h"
#include "wire/jaeger_thrift.h"

namespace awry::ingest {

using base::Result;
using base::StatusCode;

namespace {

class Receiver final : public JaegerHttpReceiver {
 public:
  explicit Receiver(std::unique_ptr<net::HttpServer> server) : server_(std::move(server)) {}
  ~Receiver() override { server_->Stop(); }
  uint16_t port() const override { return server_->port(); }
  void Stop() override { server_->Stop(); }

 private:
  const std::unique_ptr<net::HttpServer> server_;
};

net::HttpResponse Take(store::TraceStore& store, const JaegerHttpOptions& options,
                       const net::HttpRequest& request) {
  const std::string type = MediaType(request.header("Content-Type"));
  const bool compact = type == "application/vnd.apache.thrift.compact";
  if (!compact && type != "application/x-thrift" &&
      type != "application/vnd.apache.thrift.binary") {
    if (options.stats != nullptr)
      options.stats->Refused(Protocol::kJaegerHttp, Refusal::kUnsupported);
    return net::TextResponse(
        400, "Unsupported content type: " + std::string(request.header("Content-Type")) + "\n");
  }
  const wire::ThriftProtocol protocol =
      compact ? wire::ThriftProtocol::kCompact : wire::ThriftProtocol::kBinary;
  const Outcome outcome =
      TakeIn(store, Protocol::kJaegerHttp, request.body.size(), options.stats,
             [&](trace::SpanSink& sink, wire::DecodeReport& report) {
               return wire::DecodeJaegerBatch(protocol, request.body, sink, report);
             });
  if (outcome.status.ok()) return {.status = 202};
  if (!outcome.decoded)
    return net::TextResponse(400,
                             "Unable to process request body: " + outcome.status.message() + "\n");
  net::HttpResponse response =
      net::TextResponse(outcome.retryable() ? 503 : 500,
                        "Cannot submit Jaeger batch: " + outcome.status.message() + "\n");
  if (outcome.retryable())
    net::SetHeader(response.headers, "Retry-After", std::to_string(options.retry_after_s));
  return response;
}

}  // namespace

Result<std::unique_ptr<JaegerHttpReceiver>> StartJaegerHttp(store::TraceStore& store,
                                                            const JaegerHttpOptions& options) {
  net::Router router;
  router.Add("POST", "/api/traces", [&store, options](const net::HttpRequest& request) {
    return Take(store, options, request);
  });
  ASSIGN_OR_RETURN(std::unique_ptr<net::HttpServer> server,
                   net::HttpServer::Start({.listen = options.listen,
                                           .port = options.port,
                                           .threads = options.threads,
                                           .body_bytes_max = options.body_bytes_max,
                                           .decompress = true},
                                          std::move(router)));
  return std::unique_ptr<JaegerHttpReceiver>(std::make_unique<Receiver>(std::move(server)));
}

}  // namespace awry::ingest
