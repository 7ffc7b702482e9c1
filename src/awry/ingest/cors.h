// Lets pages of named origins send spans over HTTP (Fetch standard, "CORS protocol").
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "net/http_server.h"

namespace awry::ingest {

// An entry of a list of origins as browsers say them: scheme and host in lower case, no "/" at the end.
// kInvalidArgument for what no browser could say.
base::Result<std::string> ParseOriginPattern(std::string_view text);

// Whether `origins` has `origin`. An entry is an origin ("https://shop.example"), one with a star
// for any text ("https://*.shop.example"), or "*" alone.
bool OriginAllowed(const std::vector<std::string>& origins, std::string_view origin);

// Adds what a page of an allowed origin needs to read `response`; nothing for any other request.
void AddCorsHeaders(const std::vector<std::string>& origins, const net::HttpRequest& request,
                    net::HttpResponse& response);

// `handler` with those headers on its answers.
net::HttpHandler WithCors(std::vector<std::string> origins, net::HttpHandler handler);

// The answer to a preflight request (OPTIONS): 204; only an allowed origin is told that it may
// POST.
net::HttpResponse AnswerPreflight(const std::vector<std::string>& origins,
                                  const net::HttpRequest& request);

}  // namespace awry::ingest
