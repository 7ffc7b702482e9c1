// How Jaeger's first query API answers (wire-contract 5.1).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "awry/api/outgoing_trace.h"
#include "base/status.h"
#include "net/http.h"

namespace awry::api {

struct JaegerError {
  int code = 0;  // 0: left out
  std::string message;
  std::string trace_id;  // "": left out
};

// {"data":…,"total":n,"limit":0,"offset":0,"errors":null|[…]}; `data` is JSON. `?prettyPrint=true`
// in the request indents with 4 spaces.
net::HttpResponse JaegerAnswer(const net::HttpRequest& request, std::string_view data,
                               uint64_t total, const std::vector<JaegerError>& errors = {});

// The same with traces as data; where they are many spans, it is sent while they are read.
net::HttpResponse JaegerTraces(const net::HttpRequest& request, OutgoingTraces traces,
                               uint64_t total, const std::vector<JaegerError>& errors = {});

// The envelope with data null, as text/plain with a newline at its end, as Jaeger sends it.
net::HttpResponse JaegerFailure(const net::HttpRequest& request, int http_status,
                                std::string message);
net::HttpResponse JaegerFailure(const net::HttpRequest& request, const base::Status& status);

// Indents compact JSON with 4 spaces.
std::string PrettyJson(std::string_view json);
bool WantsPretty(const net::HttpRequest& request);

}  // namespace awry::api
