#include "sdk/instrument/observers.h"

#include <cstdlib>
#include <string>

#include "awry/sdk/instrument/http.h"
#include "awry/sdk/instrument/redis.h"
#include "awry/sdk/instrument/sql.h"

namespace awry::sdk::instrument {
namespace {

std::string_view PathOf(std::string_view target) { return target.substr(0, target.find('?')); }

class ServerObserver final : public net::HttpServerObserver {
 public:
  explicit ServerObserver(Tracer tracer) : tracer_(tracer) {}

  void* OnStart(const net::HttpRequest& request) override {
    if (!detail::is_set_up() || IsUntracedPath(PathOf(request.target))) return nullptr;
    return new HttpServerScope(tracer_,
                               {.method = request.method,
                                .route = request.route,
                                .path = PathOf(request.target),
                                .server_address = request.header("Host"),
                                .client_address = request.peer,
                                .user_agent = request.header("User-Agent")},
                               [&](std::string_view name) { return request.header(name); });
  }

  void OnEnd(void* state, const net::HttpRequest& request,
             const net::HttpResponse& response) override {
    if (state == nullptr) return;
    const std::unique_ptr<HttpServerScope> scope(static_cast<HttpServerScope*>(state));
    scope->set_route(request.method, request.route);  // known only after the router
    scope->set_status(response.status);
  }

 private:
  const Tracer tracer_;
};

// The parts of "http://host:port/base".
struct Address {
  std::string_view host;
  uint16_t port = 80;
};

Address AddressOf(std::string_view base_url) {
  Address address;
  if (const size_t scheme = base_url.find("://"); scheme != std::string_view::npos)
    base_url.remove_prefix(scheme + 3);
  std::string_view authority = base_url.substr(0, base_url.find('/'));
  if (const size_t at = authority.rfind('@'); at != std::string_view::npos)
    authority.remove_prefix(at + 1);
  const size_t colon = authority.ends_with(']') ? std::string_view::npos : authority.rfind(':');
  address.host = authority.substr(0, colon);
  if (colon != std::string_view::npos) {
    address.port =
        static_cast<uint16_t>(std::atoi(std::string(authority.substr(colon + 1)).c_str()));
  }
  return address;
}

// The URL without user name and password.
std::string PublicUrl(const std::string& base_url, const std::string& target) {
  const size_t scheme = base_url.find("://");
  const size_t start = scheme == std::string::npos ? 0 : scheme + 3;
  const size_t slash = base_url.find('/', start);
  const size_t at = base_url.rfind('@', slash);
  if (at == std::string::npos || at < start) return base_url + target;
  return base_url.substr(0, start) + base_url.substr(at + 1) + target;
}

class ClientObserver final : public net::HttpClientObserver {
 public:
  explicit ClientObserver(Tracer tracer) : tracer_(tracer) {}

  void* OnStart(net::HttpRequest& request, const std::string& base_url) override {
    const auto set_header = [&](std::string_view name, std::string_view value) {
      net::SetHeader(request.headers, name, value);
    };
    if (!detail::is_set_up() || IsUntracedPath(PathOf(request.target))) return nullptr;
    const Address address = AddressOf(base_url);
    return new HttpClientScope(tracer_,
                               {.method = request.method,
                                .url = PublicUrl(base_url, request.target),
                                .server_address = address.host,
                                .server_port = address.port},
                               set_header);
  }

  void OnEnd(void* state, const net::HttpRequest&, const net::HttpResponse* response,
             const base::Status& status) override {
    if (state == nullptr) return;
    const std::unique_ptr<HttpClientScope> scope(static_cast<HttpClientScope*>(state));
    if (response != nullptr) {
      scope->set_status(response->status);
    } else {
      scope->fail(base::StatusCodeName(status.code()), status.message());
    }
  }

 private:
  const Tracer tracer_;
};

class RedisCommandObserver final : public net::RedisObserver {
 public:
  explicit RedisCommandObserver(Tracer tracer) : tracer_(tracer) {}
  void* OnStart(std::string_view command, const std::string& host, uint16_t port) override {
    return detail::is_set_up() ? new RedisScope(tracer_, command, host, port) : nullptr;
  }
  void OnEnd(void* state, const base::Status& status) override {
    if (state == nullptr) return;
    const std::unique_ptr<RedisScope> scope(static_cast<RedisScope*>(state));
    if (!status.ok()) scope->fail(base::StatusCodeName(status.code()), status.message());
  }

 private:
  const Tracer tracer_;
};

class StatementObserver final : public sql::SqlObserver {
 public:
  explicit StatementObserver(Tracer tracer) : tracer_(tracer) {}
  void* OnStart(std::string_view statement, std::string_view system) override {
    // Statements outside any trace (start-up, housekeeping) would be traces of their own: noise.
    if (!detail::is_set_up() || detail::current_node == nullptr) return nullptr;
    return new SqlScope(tracer_, system, statement);
  }
  void OnEnd(void* state, const base::Status& status) override {
    if (state == nullptr) return;
    const std::unique_ptr<SqlScope> scope(static_cast<SqlScope*>(state));
    if (!status.ok()) scope->fail(base::StatusCodeName(status.code()), status.message());
  }

 private:
  const Tracer tracer_;
};

}  // namespace

bool IsUntracedPath(std::string_view path) {
  return path == "/healthz" || path == "/readyz" || path == "/metrics";
}

struct Observers::Impl {
  explicit Impl(Tracer tracer)
      : http_server(tracer), http_client(tracer), redis(tracer), sql(tracer) {}
  ServerObserver http_server;
  ClientObserver http_client;
  RedisCommandObserver redis;
  StatementObserver sql;
};

Observers::Observers(Tracer tracer) : impl_(std::make_unique<Impl>(tracer)) {}
Observers::~Observers() = default;

net::HttpServerObserver* Observers::http_server() { return &impl_->http_server; }
net::HttpClientObserver* Observers::http_client() { return &impl_->http_client; }
net::RedisObserver* Observers::redis() { return &impl_->redis; }
sql::SqlObserver* Observers::sql() { return &impl_->sql; }

}  // namespace awry::sdk::instrument
