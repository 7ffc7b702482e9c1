// Checks that every service makes on a request before it looks inside.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

#include "base/status.h"
#include "net/http_server.h"

namespace finance {
namespace base = awry::base;
namespace net = awry::net;
}  // namespace finance

namespace finance::jobs {

// A member function as a handler; the service must outlive it.
template <typename Service>
net::HttpHandler Bound(Service* service, net::HttpResponse (Service::*handler)(const net::HttpRequest&)) {
  return [service, handler](const net::HttpRequest& request) { return (service->*handler)(request); };
}

// A handler behind a content-type check: another media type than `content_type` is answered 415 with
// a JSON error. A request without Content-Type passes: the body decides.
net::HttpHandler ForContentType(std::string content_type, net::HttpHandler handler);

// The same for "application/json".
net::HttpHandler ForJson(net::HttpHandler handler);

inline constexpr size_t kNdjsonLineBytesMax = 1 << 20;

// NDJSON in, NDJSON out: calls `line` for every line that is not blank, with its number from 1, and
// ends each answer with a newline. A line over kNdjsonLineBytesMax gives kResourceExhausted to
// `failed`, whose answer stands in its place.
std::string MapLines(std::string_view body,
                     const std::function<std::string(size_t number, std::string_view line)>& answer,
                     const std::function<std::string(size_t number, const base::Status&)>& failed);

}  // namespace finance::jobs
