#include "net/http_head.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <ctime>

#include "base/clock.h"
#include "net/http_target.h"

namespace awry::net {
namespace {

std::string_view ReasonOf(int status) {
  switch (status) {
    case 200: return "OK";
    case 201: return "Created";
    case 202: return "Accepted";
    case 204: return "No Content";
    case 301: return "Moved Permanently";
    case 302: return "Found";
    case 303: return "See Other";
    case 304: return "Not Modified";
    case 307: return "Temporary Redirect";
    case 400: return "Bad Request";
    case 401: return "Unauthorized";
    case 403: return "Forbidden";
    case 404: return "Not Found";
    case 405: return "Method Not Allowed";
    case 408: return "Request Timeout";
    case 409: return "Conflict";
    case 413: return "Content Too Large";
    case 415: return "Unsupported Media Type";
    case 422: return "Unprocessable Content";
    case 429: return "Too Many Requests";
    case 431: return "Request Header Fields Too Large";
    case 500: return "Internal Server Error";
    case 501: return "Not Implemented";
    case 502: return "Bad Gateway";
    case 503: return "Service Unavailable";
    case 504: return "Gateway Timeout";
    default: return "Status";
  }
}

// The Date header, made once a second in each thread.
std::string_view HttpDate(int64_t unix_ns) {
  thread_local int64_t made_for_s = -1;
  thread_local std::array<char, 40> text{};
  thread_local size_t size = 0;
  const int64_t now_s = unix_ns / 1'000'000'000;
  if (now_s != made_for_s) {
    const auto seconds = static_cast<std::time_t>(now_s);
    std::tm utc{};
    gmtime_r(&seconds, &utc);
    size = std::strftime(text.data(), text.size(), "%a, %d %b %Y %H:%M:%S GMT", &utc);
    made_for_s = now_s;
  }
  return {text.data(), size};
}

void AppendNumber(std::string& out, uint64_t value) {
  char digits[24];
  out.append(digits, std::to_chars(digits, digits + sizeof(digits), value).ptr);
}

bool IsServersHeader(std::string_view name) {
  return EqualsIgnoringCase(name, "Content-Length") || EqualsIgnoringCase(name, "Connection") ||
         EqualsIgnoringCase(name, "Date") || EqualsIgnoringCase(name, "Transfer-Encoding");
}

// A line break in a header would let its value write headers of its own.
void AppendHeaderText(std::string& out, std::string_view text) {
  for (const char c : text) out.push_back(c == '\r' || c == '\n' || c == '\0' ? ' ' : c);
}

}  // namespace

bool HasBody(int status) { return status >= 200 && status != 204 && status != 304; }

void WriteHead(std::string& out, const HttpResponse& response, const HeadOptions& options) {
  out.assign("HTTP/1.1 ");
  AppendNumber(out, static_cast<uint64_t>(std::clamp(response.status, 100, 999)));
  out += ' ';
  out += ReasonOf(response.status);
  out += "\r\nDate: ";
  out += HttpDate(base::SystemClock().NowUnixNs());
  for (const auto& [name, value] : response.headers) {
    if (IsServersHeader(name)) continue;
    out += "\r\n";
    AppendHeaderText(out, name);
    out += ": ";
    AppendHeaderText(out, value);
  }
  if (response.stream) {
    if (!options.http_1_0) out += "\r\nTransfer-Encoding: chunked";
  } else if (HasBody(response.status)) {
    out += "\r\nContent-Length: ";
    AppendNumber(out, response.body.size());
  }
  if (!options.keep_alive) {
    out += "\r\nConnection: close";
  } else if (options.http_1_0) {
    out += "\r\nConnection: keep-alive";
  }
  out += "\r\n\r\n";
}

}  // namespace awry::net
