// Segments are compared before they are decoded, so an escaped slash stays inside its segment. Among
// the patterns that fit, the one that is literal at the first difference wins.
#include <algorithm>

#include "net/http_server.h"
#include "net/http_target.h"

namespace awry::net {
namespace {

// "/a/b/" gives "a", "b", "".
std::vector<std::string_view> Split(std::string_view path) {
  std::vector<std::string_view> segments;
  if (path.starts_with('/')) path.remove_prefix(1);
  while (true) {
    const size_t slash = path.find('/');
    segments.push_back(path.substr(0, slash));
    if (slash == std::string_view::npos) return segments;
    path.remove_prefix(slash + 1);
  }
}

bool IsName(std::string_view segment) { return segment.starts_with('{') && segment.ends_with('}'); }
bool IsRest(std::string_view segment) { return IsName(segment) && segment.ends_with("*}"); }

// 2 for a literal, 1 for a name, 0 for the rest: the better fit is larger at the first difference.
int Rank(std::string_view segment) { return IsRest(segment) ? 0 : IsName(segment) ? 1 : 2; }

bool Better(const std::vector<std::string>& a, const std::vector<std::string>& b) {
  for (size_t i = 0; i < std::min(a.size(), b.size()); ++i) {
    if (Rank(a[i]) != Rank(b[i])) return Rank(a[i]) > Rank(b[i]);
  }
  return a.size() > b.size();
}

bool SegmentFits(std::string_view pattern, std::string_view segment) {
  if (pattern == segment) return true;
  if (segment.find('%') == std::string_view::npos) return false;
  const auto decoded = UrlDecode(segment);
  return decoded.ok() && *decoded == pattern;
}

bool Fits(const std::vector<std::string>& pattern, const std::vector<std::string_view>& path) {
  for (size_t i = 0; i < pattern.size(); ++i) {
    if (IsRest(pattern[i])) return true;
    if (i >= path.size()) return false;
    if (IsName(pattern[i]) ? path[i].empty() : !SegmentFits(pattern[i], path[i])) return false;
  }
  return pattern.size() == path.size();
}

base::Status ReadParams(const std::vector<std::string>& pattern, const std::vector<std::string_view>& path,
                        HttpRequest& request) {
  for (size_t i = 0; i < pattern.size(); ++i) {
    if (!IsName(pattern[i])) continue;
    std::string_view name = std::string_view(pattern[i]).substr(1, pattern[i].size() - 2);
    std::string_view raw;
    if (IsRest(pattern[i])) {
      name.remove_suffix(1);
      if (i < path.size()) {
        raw = {path[i].data(), static_cast<size_t>(path.back().data() + path.back().size() - path[i].data())};
      }
    } else {
      raw = path[i];
    }
    ASSIGN_OR_RETURN(std::string value, UrlDecode(raw));
    request.path_params.emplace_back(name, std::move(value));
  }
  return base::OkStatus();
}

HttpResponse MethodNotAllowed(const std::vector<std::string_view>& allowed) {
  HttpResponse response = ErrorResponse(base::Unimplemented("method not allowed here"));
  response.status = 405;
  std::string allow;
  for (const std::string_view method : allowed) {
    if (!allow.empty()) allow += ", ";
    allow += method;
  }
  response.headers.emplace_back("Allow", std::move(allow));
  return response;
}

bool MethodFits(std::string_view wanted, std::string_view method) {
  return wanted == method || (method == "HEAD" && wanted == "GET");
}

}  // namespace

void Router::Add(std::string method, std::string pattern, HttpHandler handler) {
  Route route{std::move(method), std::move(pattern), {}, std::move(handler)};
  for (const std::string_view segment : Split(route.pattern)) route.segments.emplace_back(segment);
  for (size_t i = 0; i + 1 < route.segments.size(); ++i) CHECK(!IsRest(route.segments[i]));
  routes_.push_back(std::move(route));
}

void Router::SetFallback(HttpHandler handler) { fallback_ = std::move(handler); }

void Router::SetGuard(std::function<base::Status(const HttpRequest&)> guard) { guard_ = std::move(guard); }

HttpResponse Router::Dispatch(HttpRequest& request) const {
  request.path_params.clear();
  request.route.clear();
  if (request.path.empty()) {
    if (base::Status status = ReadTarget(request); !status.ok()) return ErrorResponse(status);
  }
  const std::string_view target = request.target;
  const std::vector<std::string_view> path = Split(target.substr(0, target.find('?')));
  const Route* best = nullptr;
  std::vector<std::string_view> allowed;
  for (const Route& route : routes_) {
    if (!Fits(route.segments, path)) continue;
    if (!MethodFits(route.method, request.method)) {
      allowed.push_back(route.method);
    } else if (best == nullptr || Better(route.segments, best->segments) ||
               (route.segments == best->segments && route.method == request.method)) {
      best = &route;
    }
  }
  if (best != nullptr) {
    if (base::Status status = ReadParams(best->segments, path, request); !status.ok()) return ErrorResponse(status);
    request.route = best->pattern;
    if (guard_) {
      if (base::Status status = guard_(request); !status.ok()) return ErrorResponse(status);
    }
    return best->handler(request);
  }
  if (!allowed.empty()) return MethodNotAllowed(allowed);
  if (fallback_) return fallback_(request);
  return ErrorResponse(base::NotFound("no such route: " + request.path));
}

std::vector<std::pair<std::string, std::string>> Router::routes() const {
  std::vector<std::pair<std::string, std::string>> list;
  for (const Route& route : routes_) list.emplace_back(route.method, route.pattern);
  return list;
}

}  // namespace awry::net
