// An HTTP/1.1 server: asynchronous connections, blocking handlers.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/status.h"
#include "net/byte_budget.h"
#include "net/http.h"

namespace awry::net {

// May block (SQL, a call to another service); called on one of the server's threads, many at once.
// An exception that leaves it becomes a 500.
using HttpHandler = std::function<HttpResponse(const HttpRequest&)>;

// Finds the handler of a method and path. Patterns are literal segments, `{name}` for one segment,
// and a last `{name*}` for the rest of the path. A literal wins over a name. Built before the
// server starts, then constant.
class Router {
 public:
  void Add(std::string method, std::string pattern, HttpHandler handler);
  // Called when no pattern fits; the default answers 404 with a JSON error.
  void SetFallback(HttpHandler handler);
  // Asked before every handler, once the route is known; what is not OK is answered as an error.
  void SetGuard(std::function<base::Status(const HttpRequest&)> guard);
  // Fills path_params and route of `request` and answers; 405 with `Allow` when only the method is wrong.
  HttpResponse Dispatch(HttpRequest& request) const;
  // Every (method, pattern), in the order added: tests walk it, so that no route is forgotten.
  std::vector<std::pair<std::string, std::string>> routes() const;

 private:
  struct Route {
    std::string method;
    std::string pattern;
    std::vector<std::string> segments;
    HttpHandler handler;
  };
  std::vector<Route> routes_;
  HttpHandler fallback_;
  std::function<base::Status(const HttpRequest&)> guard_;
};

// Sees every request of a server; the SDK's instrumentation is one. Calls come on the thread that
// runs the handler. OnEnd follows every OnStart, with the same `request`.
class HttpServerObserver {
 public:
  virtual ~HttpServerObserver() = default;
  // Returns a state that comes back in OnEnd; may be null.
  virtual void* OnStart(const HttpRequest& request) = 0;
  virtual void OnEnd(void* state, const HttpRequest& request, const HttpResponse& response) = 0;
};

// So much of a body is received in any case: small requests are served while large ones wait.
inline constexpr size_t kBodyBytesFree = 256 << 10;

struct HttpServerOptions {
  std::string listen = "127.0.0.1";
  uint16_t port = 0;  // 0: a free one
  unsigned threads = 8;  // handlers that may run at once
  size_t connections_max = 1024;
  size_t header_bytes_max = 64 << 10;
  size_t body_bytes_max = 64 << 20;  // after decompression too; over it 413
  bool decompress = false;  // undo Content-Encoding gzip, zlib, deflate, zstd
  // Shared by servers; must outlive them; may be null. What bodies that are received or answered hold
  // beyond kBodyBytesFree each counts against it; over it 503 with Retry-After.
  ByteBudget* body_budget = nullptr;
  std::chrono::milliseconds idle_timeout{60'000};  // between requests
  std::chrono::milliseconds read_timeout{30'000};  // from a request's first byte to its last
  HttpServerObserver* observer = nullptr;  // must outlive the server
  // Puts an answer of the server itself about a body (too large, not to be decompressed, no room for it)
  // into the form that clients of this port read; it gets the head of the request. Thread-safe.
  std::function<void(const HttpRequest&, const base::Status&, HttpResponse&)> shape_refusal;
};

// Thread-safe.
class HttpServer {
 public:
  // Binds and starts. kFailedPrecondition names a port that is in use. `router` is copied.
  static base::Result<std::unique_ptr<HttpServer>> Start(const HttpServerOptions& options, Router router);
  virtual ~HttpServer() = default;  // as Stop
  virtual uint16_t port() const = 0;
  // Takes no new connections, lets running handlers finish (at most `grace`), closes the rest.
  virtual void Stop(std::chrono::milliseconds grace = std::chrono::seconds(5)) = 0;
};

}  // namespace awry::net
