// A blocking HTTP/1.1 client with kept-alive connections.
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "base/status.h"
#include "net/http.h"

namespace awry::net {

// Sees every request of a client; may add headers (trace context). OnEnd follows every OnStart on
// the same thread; `response` is null when there was none, then `status` says why.
class HttpClientObserver {
 public:
  virtual ~HttpClientObserver() = default;
  virtual void* OnStart(HttpRequest& request, const std::string& base_url) = 0;
  virtual void OnEnd(void* state, const HttpRequest& request, const HttpResponse* response,
                     const base::Status& status) = 0;
};

struct HttpClientOptions {
  std::chrono::milliseconds connect_timeout{2'000};
  std::chrono::milliseconds timeout{10'000};  // whole exchange
  size_t response_bytes_max = 256 << 20;
  size_t idle_connections_max = 64;
  HttpClientObserver* observer = nullptr;  // must outlive the client
};

// Talks to one server. Thread-safe: each call takes a connection of its own from the pool. A kept
// connection that the server has closed is replaced and the request sent once more; nothing else
// is retried.
class HttpClient {
 public:
  // `base_url`: "http://host:port" with an optional path that goes before every target; https is
  // kUnimplemented here.
  static base::Result<std::unique_ptr<HttpClient>> Create(const std::string& base_url,
                                                          const HttpClientOptions& options = {});
  virtual ~HttpClient() = default;
  // Any HTTP status is a success here. kUnavailable: no connection; kDeadlineExceeded: too slow.
  virtual base::Result<HttpResponse> Send(HttpRequest request) = 0;
  base::Result<HttpResponse> Get(std::string target);
  base::Result<HttpResponse> Post(std::string target, std::string body,
                                  std::string content_type = "application/json");
};

}  // namespace awry::net
