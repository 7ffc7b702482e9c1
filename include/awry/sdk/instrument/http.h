// Spans of HTTP servers and clients, with OpenTelemetry's conventional names and attributes, for
// any HTTP library.
#pragma once

#include <string>
#include <string_view>

#include "awry/sdk/propagation.h"
#include "awry/sdk/tracer.h"

namespace awry::sdk::instrument {

struct HttpServerRequest {
  std::string_view method;  // "POST"
  std::string_view route;   // the pattern, "/patterns/{user_id}"; "" when unknown
  std::string_view path;    // without the query
  std::string_view scheme = "http";
  std::string_view server_address = {};  // Host header, "name:port" or "name"
  std::string_view client_address = {};
  std::string_view user_agent = {};
};

// One request that a server answers: a SERVER span "POST /patterns/{user_id}", current on this
// thread until the scope ends. A status of 500 and above, and a failure, make it an ERROR.
//
//   HttpServerScope scope(tracer, {.method = "GET", .route = "/items/{id}", .path = path},
//                         [&](std::string_view name) { return header(name); });
//   …
//   scope.set_status(200);
class HttpServerScope {
 public:
  template <typename Get>
  HttpServerScope(const Tracer& tracer, const HttpServerRequest& request, Get&& get_header)
      : HttpServerScope(tracer, request,
                        detail::is_set_up() ? extract(std::forward<Get>(get_header)) : Context()) {}
  HttpServerScope(const Tracer& tracer, const HttpServerRequest& request, Context parent);

  // Names the span once the router knows the route.
  void set_route(std::string_view method, std::string_view route);
  void set_status(int status);
  // `type`: a short name of the fault, "timeout".
  void fail(std::string_view type, std::string_view message);
  ScopedSpan& span() { return span_; }

 private:
  ScopedContext context_;  // the remote parent and its baggage
  ScopedSpan span_;
};

struct HttpClientRequest {
  std::string_view method;
  std::string_view url;             // without user name and password
  std::string_view server_address;  // host name alone
  uint16_t server_port = 0;
  std::string_view route = {};  // url.template, when it is known: becomes part of the name
};

// One request that a client sends: a CLIENT span "POST", not current. `set_header(name, value)` is
// called for each header that carries the context. A status of 400 and above, and a failure, make
// it an ERROR.
class HttpClientScope {
 public:
  template <typename Set>
  HttpClientScope(const Tracer& tracer, const HttpClientRequest& request, Set&& set_header)
      : HttpClientScope(tracer, request) {
    if (span_.context().is_valid()) {
      inject(Context::current().with_span_context(span_.context()), std::forward<Set>(set_header));
    } else {
      inject(std::forward<Set>(set_header));
    }
  }
  void set_status(int status);
  void fail(std::string_view type, std::string_view message);
  Span& span() { return span_; }

 private:
  HttpClientScope(const Tracer& tracer, const HttpClientRequest& request);
  Span span_;
};

}  // namespace awry::sdk::instrument
