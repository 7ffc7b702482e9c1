#include "awry/ingest/receiver.h"

#include <initializer_list>
#include <string_view>
#include <utility>

#include "awry/ingest/cors.h"

namespace awry::ingest {
namespace {

// `Server` has port() and Stop().
template <typename Server>
class ServerReceiver final : public Receiver {
 public:
  explicit ServerReceiver(std::unique_ptr<Server> server) : server_(std::move(server)) {}
  ~ServerReceiver() override { server_->Stop(); }
  uint16_t port() const override { return server_->port(); }
  void Stop() override { server_->Stop(); }

 private:
  const std::unique_ptr<Server> server_;
};

void Refuse(std::string_view allowed, std::initializer_list<const char*> methods, const std::string& pattern,
            net::Router& router) {
  for (const char* method : methods) {
    router.Add(method, pattern, [allowed](const net::HttpRequest&) {
      net::HttpResponse response =
          net::TextResponse(405, "method not allowed, use " + std::string(allowed) + "\n");
      net::SetHeader(response.headers, "Allow", allowed);
      return response;
    });
  }
}

}  // namespace

void CountRefusedBody(const ReceiverOptions& options, Protocol protocol, int http_status) {
  if (options.stats == nullptr) return;
  const Refusal reason = http_status == 413   ? Refusal::kTooLarge
                         : http_status == 415 ? Refusal::kUnsupported
                         : http_status == 503 ? Refusal::kOverload
                                              : Refusal::kMalformed;
  options.stats->Refused(protocol, reason);
}

ShapeRefusal PlainRefusal(const ReceiverOptions& options, Protocol protocol) {
  return [options, protocol](const net::HttpRequest& request, const base::Status& status,
                             net::HttpResponse& response) {
    CountRefusedBody(options, protocol, response.status);
    response.body = std::string(status.message()) + "\n";
    net::SetHeader(response.headers, "Content-Type", "text/plain; charset=utf-8");
    AddCorsHeaders(options.cors_origins, request, response);
  };
}

base::Result<std::unique_ptr<Receiver>> StartHttp(const ReceiverOptions& options, net::Router router,
                                                  ShapeRefusal shape_refusal) {
  ASSIGN_OR_RETURN(std::unique_ptr<net::HttpServer> server,
                   net::HttpServer::Start({.listen = options.listen,
                                           .port = options.port,
                                           .threads = options.threads,
                                           .body_bytes_max = options.body_bytes_max,
                                           .decompress = true,
                                           .body_budget = options.body_budget,
                                           .shape_refusal = std::move(shape_refusal)},
                                          std::move(router)));
  return std::unique_ptr<Receiver>(
      std::make_unique<ServerReceiver<net::HttpServer>>(std::move(server)));
}

base::Result<std::unique_ptr<Receiver>> StartGrpc(const ReceiverOptions& options,
                                                  net::GrpcServer::Builder builder) {
  ASSIGN_OR_RETURN(std::unique_ptr<net::GrpcServer> server,
                   builder.Start({.listen = options.listen,
                                  .port = options.port,
                                  .message_bytes_max = options.body_bytes_max,
                                  .memory_bytes_max = 2 * options.body_bytes_max,
                                  .retry_after_ms = options.retry_after_s * 1'000}));
  return std::unique_ptr<Receiver>(
      std::make_unique<ServerReceiver<net::GrpcServer>>(std::move(server)));
}

void AddPost(const ReceiverOptions& options, const std::string& pattern, net::HttpHandler handler,
             net::Router& router) {
  router.Add("POST", pattern, WithCors(options.cors_origins, std::move(handler)));
  if (options.cors_origins.empty()) {
    Refuse("POST", {"GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS"}, pattern, router);
    return;
  }
  Refuse("POST", {"GET", "HEAD", "PUT", "PATCH", "DELETE"}, pattern, router);
  router.Add("OPTIONS", pattern, [origins = options.cors_origins](const net::HttpRequest& request) {
    return AnswerPreflight(origins, request);
  });
}

void RefuseAllButGet(const std::string& pattern, net::Router& router) {
  Refuse("GET", {"POST", "PUT", "PATCH", "DELETE", "OPTIONS"}, pattern, router);
}

}  // namespace awry::ingest
