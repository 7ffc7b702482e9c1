#include "finance/jobs/request_check.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace finance::jobs {
namespace {

// "application/json" of "Application/JSON; charset=utf-8".
std::string MediaType(std::string_view header) {
  std::string type(header.substr(0, header.find(';')));
  while (!type.empty() && (type.back() == ' ' || type.back() == '\t')) type.pop_back();
  std::transform(type.begin(), type.end(), type.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return type;
}

}  // namespace

net::HttpHandler ForContentType(std::string content_type, net::HttpHandler handler) {
  return [content_type = std::move(content_type), handler = std::move(handler)](const net::HttpRequest& request) {
    const std::string_view header = request.header("content-type");
    if (header.empty() || MediaType(header) == content_type) return handler(request);
    net::HttpResponse refused = net::ErrorResponse(base::InvalidArgument(
        fmt::format("wrong content type, send {}: {}", content_type, header.substr(0, 80))));
    refused.status = 415;
    return refused;
  };
}

net::HttpHandler ForJson(net::HttpHandler handler) {
  return ForContentType("application/json", std::move(handler));
}

std::string MapLines(std::string_view body,
                     const std::function<std::string(size_t number, std::string_view line)>& answer,
                     const std::function<std::string(size_t number, const base::Status&)>& failed) {
  std::string out;
  size_t number = 0;
  while (!body.empty()) {
    const size_t end = std::min(body.find('\n'), body.size());
    std::string_view line = body.substr(0, end);
    body.remove_prefix(std::min(end + 1, body.size()));
    ++number;
    if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
    if (line.find_first_not_of(" \t") == std::string_view::npos) continue;
    out += line.size() > kNdjsonLineBytesMax
               ? failed(number, base::ResourceExhausted(fmt::format("line is too long: {} bytes, at most {}",
                                                                    line.size(), kNdjsonLineBytesMax)))
               : answer(number, line);
    out += '\n';
  }
  return out;
}

}  // namespace finance::jobs
