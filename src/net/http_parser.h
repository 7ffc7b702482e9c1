// Bytes of HTTP/1.1 → HttpRequest or HttpResponse, piece by piece; not for other rooms. Hides Boost.Beast,
// whose parser does the work, so that one file pays for its headers.
#pragma once

#include <memory>
#include <string_view>

#include "net/http.h"

namespace awry::net {

enum class HttpParseError { kNone, kHeaderTooLarge, kBodyTooLarge, kMalformed };

struct HttpParseLimits {
  size_t header_bytes_max = 64 << 10;
  size_t body_bytes_max = 64 << 20;
};

// Reads one message after another: Start, then Put until done. Used by one thread.
class HttpParser {
 public:
  static std::unique_ptr<HttpParser> Create(const HttpParseLimits& limits);
  virtual ~HttpParser() = default;

  // Begins a message; the target (cleared here) must stay until the message is done.
  virtual void StartRequest(HttpRequest& request) = 0;
  // `head`: the request was HEAD, so no body follows.
  virtual void StartResponse(HttpResponse& response, bool head) = 0;

  // Returns how many bytes were taken; the rest must come again with more behind it.
  virtual size_t Put(std::string_view bytes, HttpParseError& error) = 0;
  // The peer closed: fine for a response whose body ends so.
  virtual HttpParseError PutEnd() = 0;

  virtual bool done() const = 0;
  virtual bool header_done() const = 0;
  virtual bool keep_alive() const = 0;
  virtual bool http_1_0() const = 0;
  virtual bool expects_continue() const = 0;
};

}  // namespace awry::net
