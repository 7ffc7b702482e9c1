#include "awry/ingest/jaeger_http_receiver.h"

#include "awry/ingest/intake.h"
#include "awry/ingest/sampling_receiver.h"
#include "wire/jaeger_thrift.h"

namespace awry::ingest {

using base::Result;

namespace {

net::HttpResponse Take(store::TraceStore& store, const ReceiverOptions& options,
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
      TakeIn(store, options, {.protocol = Protocol::kJaegerHttp, .body_bytes = request.body.size()},
             [&](trace::SpanSink& sink, wire::DecodeReport& report) {
               return wire::DecodeJaegerBatch(protocol, request.body, sink, report);
             });
  return PlainAnswer(outcome, "Jaeger batch", options);
}

}  // namespace

Result<std::unique_ptr<Receiver>> StartJaegerHttp(store::TraceStore& store,
                                                  SamplingSource* sampling,
                                                  const ReceiverOptions& options) {
  net::Router router;
  router.Add("POST", "/api/traces", [&store, options](const net::HttpRequest& request) {
    return Take(store, options, request);
  });
  if (sampling != nullptr) {
    router.Add("GET", "/api/sampling", [sampling](const net::HttpRequest& request) {
      return AnswerSampling(*sampling, request);
    });
  }
  return StartHttp(options, std::move(router), PlainRefusal(options, Protocol::kJaegerHttp));
}

}  // namespace awry::ingest
