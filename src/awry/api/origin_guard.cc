#include "awry/api/origin_guard.h"

#include <algorithm>
#include <cctype>

namespace awry::api {
namespace {

std::string Lower(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(),
                         [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return out;
}

std::string_view WithoutPort(std::string_view host) {
  if (host.starts_with('[')) return host.substr(0, host.find(']') + 1);
  return host.substr(0, host.find(':'));
}

bool IsAddress(std::string_view host) {
  return host.starts_with('[') || host.find_first_not_of("0123456789.") == std::string_view::npos;
}

// A name with a dot may be anyone's and may lead here.
bool IsTrusted(std::string_view host, const std::vector<std::string>& allowed_hosts) {
  if (host.empty()) return false;
  return IsAddress(host) || host.find('.') == std::string_view::npos ||
         host.ends_with(".localhost") ||
         std::ranges::any_of(allowed_hosts,
                             [&](const std::string& allowed) { return Lower(allowed) == host; });
}

std::string MediaType(const net::HttpRequest& request) {
  std::string type = Lower(request.header("Content-Type"));
  type.resize(std::min(type.size(), type.find(';')));
  while (type.ends_with(' ')) type.pop_back();
  return type;
}

// Browsers name the page's origin with whatever changes something; other programs do not.
base::Status CheckBrowser(const net::HttpRequest& request,
                          const std::vector<std::string>& allowed_hosts) {
  const std::string host = Lower(request.header("Host"));
  const std::string origin = Lower(request.header("Origin"));
  if (origin.empty() && request.header("Sec-Fetch-Site").empty()) return base::OkStatus();
  if (!IsTrusted(WithoutPort(host), allowed_hosts)) {
    return base::PermissionDenied(
        "Host header names an unknown host: use an IP address or localhost, or start awry with "
        "--allowed-host");
  }
  if (!origin.empty() && origin != "http://" + host && origin != "https://" + host) {
    return base::PermissionDenied(
        "Origin header is another site's: changes are taken from Awry's own pages only");
  }
  return base::OkStatus();
}

}  // namespace

bool SaysJson(const net::HttpRequest& request) { return MediaType(request) == "application/json"; }

base::Status CheckOrigin(const net::HttpRequest& request,
                         const std::vector<std::string>& allowed_hosts) {
  if (request.method == "GET" || request.method == "HEAD") return base::OkStatus();
  RETURN_IF_ERROR(CheckBrowser(request, allowed_hosts));
  if (!request.body.empty() && !SaysJson(request) &&
      MediaType(request) != "application/x-protobuf") {
    return base::InvalidArgument("Content-Type must be application/json");
  }
  return base::OkStatus();
}

}  // namespace awry::api
