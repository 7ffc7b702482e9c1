#include "awry/ingest/cors.h"

#include <algorithm>
#include <utility>

namespace awry::ingest {
namespace {

constexpr std::string_view kPreflightSeconds = "7200";
constexpr size_t kRequestedHeadersMax = 1024;  // bytes

bool Fits(std::string_view pattern, std::string_view origin) {
  const size_t star = pattern.find('*');
  if (star == std::string_view::npos) return pattern == origin;
  const std::string_view before = pattern.substr(0, star), after = pattern.substr(star + 1);
  return origin.size() >= before.size() + after.size() && origin.starts_with(before) &&
         origin.ends_with(after);
}

// A list of header names and nothing else.
bool IsNameList(std::string_view text) {
  return !text.empty() && text.size() <= kRequestedHeadersMax &&
         std::ranges::all_of(text, [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                  c == '-' || c == '_' || c == ',' || c == ' ';
         });
}

}  // namespace

base::Result<std::string> ParseOriginPattern(std::string_view text) {
  std::string out(text);
  if (out.ends_with('/')) out.pop_back();
  std::ranges::transform(out, out.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  const size_t scheme = out.find("://");
  const bool is_origin = scheme != std::string::npos && scheme > 0 && out.size() > scheme + 3 &&
                         out.find_first_of(" /?#@,'\"", scheme + 3) == std::string::npos && out.find_first_of(" ,'\"") == std::string::npos;
  if (out != "*" && !is_origin) return base::InvalidArgument("origin must be '*' or scheme://host[:port], as https://shop.example: '" + std::string(text) + "'");
  return out;
}

bool OriginAllowed(const std::vector<std::string>& origins, std::string_view origin) {
  return std::ranges::any_of(origins,
                             [&](const std::string& pattern) { return Fits(pattern, origin); });
}

void AddCorsHeaders(const std::vector<std::string>& origins, const net::HttpRequest& request,
                    net::HttpResponse& response) {
  if (origins.empty()) return;
  net::SetHeader(response.headers, "Vary", "Origin");
  const std::string_view origin = request.header("Origin");
  if (origin.empty() || !OriginAllowed(origins, origin)) return;
  net::SetHeader(response.headers, "Access-Control-Allow-Origin", origin);
  // navigator.sendBeacon sends cookies, whatever the page says; none is ever looked at here.
  net::SetHeader(response.headers, "Access-Control-Allow-Credentials", "true");
  net::SetHeader(response.headers, "Access-Control-Expose-Headers", "Retry-After");
}

net::HttpHandler WithCors(std::vector<std::string> origins, net::HttpHandler handler) {
  if (origins.empty()) return handler;
  return [origins = std::move(origins),
          handler = std::move(handler)](const net::HttpRequest& request) {
    net::HttpResponse response = handler(request);
    AddCorsHeaders(origins, request, response);
    return response;
  };
}

net::HttpResponse AnswerPreflight(const std::vector<std::string>& origins,
                                  const net::HttpRequest& request) {
  net::HttpResponse response;
  response.status = 204;
  AddCorsHeaders(origins, request, response);
  net::SetHeader(response.headers, "Vary",
                 "Origin, Access-Control-Request-Method, Access-Control-Request-Headers");
  if (response.header("Access-Control-Allow-Origin").empty()) return response;
  net::SetHeader(response.headers, "Access-Control-Allow-Methods", "POST");
  net::SetHeader(response.headers, "Access-Control-Max-Age", kPreflightSeconds);
  if (const std::string_view names = request.header("Access-Control-Request-Headers");
      IsNameList(names))
    net::SetHeader(response.headers, "Access-Control-Allow-Headers", names);
  // A page of the internet that sends to a machine of the local network asks for this one, too.
  if (request.header("Access-Control-Request-Private-Network") == "true")
    net::SetHeader(response.headers, "Access-Control-Allow-Private-Network", "true");
  return response;
}

}  // namespace awry::ingest
