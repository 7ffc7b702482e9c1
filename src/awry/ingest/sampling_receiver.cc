#include "awry/ingest/sampling_receiver.h"

#include <algorithm>
#include <string>
#include <string_view>

#include "wire/pb_reader.h"

namespace awry::ingest {

net::HttpResponse AnswerSampling(SamplingSource& source, const net::HttpRequest& request) {
  const auto named = [](const auto& param) { return param.first == "service"; };
  const auto& params = request.query_params;
  if (std::count_if(params.begin(), params.end(), named) != 1)
    return net::TextResponse(400, "'service' parameter must be provided once\n");
  const std::string& service = std::find_if(params.begin(), params.end(), named)->second;
  return net::JsonResponse(200, SamplingJson(source.For(service)));
}

base::Result<std::unique_ptr<Receiver>> StartSamplingHttp(SamplingSource& source,
                                                          const ReceiverOptions& options) {
  net::Router router;
  router.Add("GET", "/{path*}", [&source](const net::HttpRequest& request) {
    return AnswerSampling(source, request);
  });
  RefuseAllButGet("/{path*}", router);
  return StartHttp(options, std::move(router));
}

void AddSampling(SamplingSource& source, net::GrpcServer::Builder& builder) {
  builder.AddUnary("/jaeger.api_v2.SamplingManager/GetSamplingStrategy",
                   [&source](std::string_view request) -> base::Result<std::string> {
                     std::string_view service;
                     wire::PbReader reader(request);
                     while (reader.Next()) {
                       if (reader.field() == 1 && reader.Bytes(service)) continue;
                       if (!reader.Skip()) break;
                     }
                     if (!reader.ok())
                       return base::InvalidArgument("malformed SamplingStrategyParameters");
                     return SamplingProto(source.For(service));
                   });
}

base::Result<std::unique_ptr<Receiver>> StartSamplingGrpc(SamplingSource& source,
                                                          const ReceiverOptions& options) {
  net::GrpcServer::Builder builder;
  AddSampling(source, builder);
  return StartGrpc(options, std::move(builder));
}

}  // namespace awry::ingest
