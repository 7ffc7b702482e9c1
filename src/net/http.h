// HTTP/1.1 messages, shared by server and client.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/status.h"

namespace awry::net {

using Headers = std::vector<std::pair<std::string, std::string>>;

// The first header of that name, case-insensitive; "" when there is none. Valid as long as `headers`.
std::string_view FindHeader(const Headers& headers, std::string_view name);
// Replaces a header of that name, or adds it.
void SetHeader(Headers& headers, std::string_view name, std::string_view value);

struct HttpRequest {
  std::string method;  // upper case
  std::string target;  // path and query as they stand on the wire, "/a%20b?x=1"
  Headers headers;
  std::string body;  // after Content-Encoding was undone, when the server was asked to

  // Set by the server and its router; a client ignores them.
  std::string path;   // percent-decoded, without the query
  std::string route;  // the pattern that matched, "/patterns/{user_id}"
  std::vector<std::pair<std::string, std::string>> path_params;   // decoded
  std::vector<std::pair<std::string, std::string>> query_params;  // decoded, in order
  std::string peer;  // address of the other side
  // Whether the client has closed its side by now: a long answer is for nobody then. Lives for the
  // handler's call; may be asked by several threads; may be empty.
  std::function<bool()> gone;

  std::string_view header(std::string_view name) const { return FindHeader(headers, name); }
  // "" when there is none.
  std::string_view path_param(std::string_view name) const;
  // The first of that name; null when there is none.
  const std::string* query_param(std::string_view name) const;
};

// Writes a body piece by piece (text/event-stream, long exports). Returns false once the peer is
// gone: stop then. Used by one thread.
using BodyWriter = std::function<bool(std::string_view piece)>;

struct HttpResponse {
  int status = 200;
  Headers headers;  // Content-Length, Connection and Date are the server's
  std::string body;
  // When set, called instead of sending `body`, on the handler's thread, with chunked encoding. False: what was
  // written is not whole, and the connection is cut so that the peer sees it.
  std::function<bool(const BodyWriter&)> stream;

  std::string_view header(std::string_view name) const { return FindHeader(headers, name); }
};

// {"error": {"code": "INVALID_ARGUMENT", "message": …}} with the HTTP status of the code.
HttpResponse ErrorResponse(const base::Status& status);
HttpResponse JsonResponse(int status, std::string json);
HttpResponse TextResponse(int status, std::string text, std::string_view content_type = "text/plain; charset=utf-8");

// Percent-encodes all but the unreserved characters of RFC 3986, for one path segment or query part.
std::string UrlEncode(std::string_view text);
// kInvalidArgument on a bad escape.
base::Result<std::string> UrlDecode(std::string_view text, bool plus_is_space = false);

}  // namespace awry::net
