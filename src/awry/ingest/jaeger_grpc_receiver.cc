#include "awry/ingest/jaeger_grpc_receiver.h"

#include "awry/ingest/intake.h"
#include "awry/ingest/sampling_receiver.h"
#include "wire/jaeger_proto.h"

namespace awry::ingest {

base::Result<std::unique_ptr<Receiver>> StartJaegerGrpc(store::TraceStore& store,
                                                        SamplingSource* sampling,
                                                        const ReceiverOptions& options) {
  net::GrpcServer::Builder builder;
  builder.AddUnary("/jaeger.api_v2.CollectorService/PostSpans",
                   [&store, options](std::string_view request) -> base::Result<std::string> {
                     const Outcome outcome =
                         TakeIn(store, options,
                                {.protocol = Protocol::kJaegerGrpc, .body_bytes = request.size()},
                                [&](trace::SpanSink& sink, wire::DecodeReport& report) {
                                  return wire::DecodeJaegerPostSpans(request, sink, report);
                                });
                     if (!outcome.status.ok()) return outcome.status;
                     return std::string();  // an empty PostSpansResponse
                   });
  if (sampling != nullptr) AddSampling(*sampling, builder);
  return StartGrpc(options, std::move(builder));
}

}  // namespace awry::ingest
