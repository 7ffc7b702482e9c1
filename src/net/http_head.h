// The first lines of an HTTP response; not for other rooms.
#pragma once

#include <string>

#include "net/http.h"

namespace awry::net {

// 1xx, 204 and 304 have none.
bool HasBody(int status);

struct HeadOptions {
  bool keep_alive = true;
  bool http_1_0 = false;  // of the request: such a peer reads no chunks and wants to be told of keep-alive
};

// Replaces `out` by the status line and headers, with the blank line. A streamed response is announced as
// chunked, any other with its body's length. Line breaks inside headers become spaces.
void WriteHead(std::string& out, const HttpResponse& response, const HeadOptions& options);

}  // namespace awry::net
