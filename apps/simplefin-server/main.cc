// simplefin-server: a bank to connect to, over a file, for tests and the demo. GET /create gives a setup token.
#include <memory>

#include "apps/service_frame/service_frame.h"
#include "base/file.h"
#include "finance/bank_connection/simplefin_server.h"

namespace {

using awry::base::Result;
using finance::bank_connection::SimplefinServer;

class BankService final : public service_frame::Service {
 public:
  explicit BankService(std::unique_ptr<SimplefinServer> server) : server_(std::move(server)) {}
  static Result<std::unique_ptr<service_frame::Service>> Create(const service_frame::Settings& settings,
                                                                const service_frame::Instruments&) {
    const std::string& path = settings.Get("accounts");
    if (path.empty()) return awry::base::InvalidArgument("--accounts FILE is missing: a SimpleFIN account set as JSON");
    ASSIGN_OR_RETURN(std::string json, awry::base::RealFileSystem().ReadAll(path));
    ASSIGN_OR_RETURN(std::unique_ptr<SimplefinServer> server, SimplefinServer::Create(std::move(json)));
    return std::unique_ptr<service_frame::Service>(std::make_unique<BankService>(std::move(server)));
  }
  void AddRoutes(awry::net::Router& router) override { server_->AddRoutes(router); }

 private:
  const std::unique_ptr<SimplefinServer> server_;
};

}  // namespace

int main(int argc, char** argv) {
  return service_frame::RunService(
      argc, argv,
      {.name = "simplefin-server",
       .default_port = 8090,
       .about = "A SimpleFIN server over one file, for tests and the demo.",
       .options = {{.name = "accounts", .help = "file with the account set, as GET /accounts of the protocol gives it"}},
       .token_guard = false,
       .build = BankService::Create});
}
