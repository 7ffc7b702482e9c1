#include "awry/ingest/receiver.h"

#include <string_view>
#include <utility>

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

}  // namespace

base::Result<std::unique_ptr<Receiver>> StartHttp(const ReceiverOptions& options,
                                                  net::Router router) {
  ASSIGN_OR_RETURN(std::unique_ptr<net::HttpServer> server,
                   net::HttpServer::Start({.listen = options.listen,
                                           .port = options.port,
                                           .threads = options.threads,
                                           .body_bytes_max = options.body_bytes_max,
                                           .decompress = true,
                                           .body_budget = options.body_budget},
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

void RefuseOtherMethods(const char* method, const std::string& pattern, net::Router& router) {
  const std::string_view allowed = method;
  for (const char* other : {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}) {
    if (other == allowed || (allowed == "GET" && std::string_view(other) == "HEAD")) continue;
    router.Add(other, pattern, [allowed](const net::HttpRequest&) {
      net::HttpResponse response =
          net::TextResponse(405, "method not allowed, use " + std::string(allowed) + "\n");
      net::SetHeader(response.headers, "Allow", allowed);
      return response;
    });
  }
}

}  // namespace awry::ingest
