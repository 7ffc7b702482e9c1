#include "finance/dashboard/guard.h"

#include "finance/dashboard/secrets.h"

namespace finance::dashboard {

using awry::base::PermissionDenied;
using awry::base::Result;
using awry::base::Status;
using awry::base::Unauthenticated;
using awry::net::ErrorResponse;
using awry::net::HttpHandler;
using awry::net::HttpRequest;
using awry::net::HttpResponse;
using awry::net::SetHeader;

namespace {

constexpr std::string_view kContentPolicy =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

bool ChangesState(const HttpRequest& request) {
  return request.method != "GET" && request.method != "HEAD" && request.method != "OPTIONS";
}

// A browser names the page that asks; it must be ours. Programs send no Origin.
bool ComesFromElsewhere(const HttpRequest& request) {
  if (request.header("Sec-Fetch-Site") == "cross-site") return true;
  const std::string_view origin = request.header("Origin");
  if (origin.empty()) return false;
  const size_t scheme_end = origin.find("://");
  return scheme_end == std::string_view::npos ||
         origin.substr(scheme_end + 3) != request.header("Host");
}

Status ForeignPage() {
  return PermissionDenied(
      "This change was asked for by a page of another site: open the dashboard itself.");
}

HttpResponse TooLarge(size_t bytes_max) {
  HttpResponse response = ErrorResponse(awry::base::ResourceExhausted(
      "The request is too large; the limit in bytes is " + std::to_string(bytes_max)));
  response.status = 413;
  return response;
}

HttpResponse NoJson() {
  HttpResponse response = ErrorResponse(
      awry::base::InvalidArgument("The body must be JSON: send Content-Type: application/json"));
  response.status = 415;
  return response;
}

HttpResponse Safe(HttpResponse response) {
  AddSafetyHeaders(response, true);
  return response;
}

}  // namespace

void AddSafetyHeaders(HttpResponse& response, bool api) {
  SetHeader(response.headers, "Content-Security-Policy", kContentPolicy);
  SetHeader(response.headers, "X-Content-Type-Options", "nosniff");
  SetHeader(response.headers, "Referrer-Policy", "same-origin");
  SetHeader(response.headers, "Cross-Origin-Opener-Policy", "same-origin");
  SetHeader(response.headers, "Cross-Origin-Resource-Policy", "same-origin");
  if (api) SetHeader(response.headers, "Cache-Control", "no-store");
}

std::optional<std::string_view> FindCookie(std::string_view header, std::string_view name) {
  while (!header.empty()) {
    const size_t end = header.find(';');
    std::string_view pair = header.substr(0, end);
    header.remove_prefix(end == std::string_view::npos ? header.size() : end + 1);
    while (pair.starts_with(' ')) pair.remove_prefix(1);
    if (pair.starts_with(name) && pair.substr(name.size()).starts_with('='))
      return pair.substr(name.size() + 1);
  }
  return std::nullopt;
}

std::optional<HttpResponse> Guard::RefuseBody(const HttpRequest& request,
                                              const BodyRule& body) const {
  const size_t bytes_max = body.bytes_max == 0 ? options_.body_bytes_max : body.bytes_max;
  if (request.body.size() > bytes_max) return TooLarge(bytes_max);
  const std::string_view type = request.header("Content-Type");
  if (body.json && !type.empty() && !type.starts_with("application/json")) return NoJson();
  return std::nullopt;
}

HttpHandler Guard::Public(HttpHandler handler) const {
  return [this, handler = std::move(handler)](const HttpRequest& request) {
    if (ChangesState(request) && ComesFromElsewhere(request)) {
      return Safe(ErrorResponse(ForeignPage()));
    }
    if (auto refused = RefuseBody(request, {})) return Safe(std::move(*refused));
    return Safe(handler(request));
  };
}

HttpHandler Guard::Private(ActingHandler handler, RouteRule rule) const {
  return [this, handler = std::move(handler), rule](const HttpRequest& request) {
    return Safe(Check(request, handler, rule));
  };
}

Result<Guard::Caller> Guard::FindCaller(const HttpRequest& request) const {
  constexpr std::string_view kBearer = "Bearer ";
  if (const std::string_view header = request.header("Authorization"); !header.empty()) {
    if (!header.starts_with(kBearer))
      return Unauthenticated("Send Authorization: Bearer and an API token.");
    ASSIGN_OR_RETURN(const auto token, tokens_.Touch(header.substr(kBearer.size())));
    if (!token)
      return Unauthenticated("The API token is wrong, revoked or too old: make a new one.");
    return Caller{.user_id = token->user_id, .scope = token->scope};
  }
  const auto cookie = FindCookie(request.header("Cookie"), options_.cookie_name);
  if (!cookie) return Unauthenticated("Log in first.");
  ASSIGN_OR_RETURN(auto session, sessions_.Touch(*cookie));
  if (!session) return Unauthenticated("The session is over: log in again.");
  return Caller{.user_id = std::move(session->user_id),
                .session_token = std::string(*cookie),
                .session_id = std::move(session->id)};
}

HttpResponse Guard::Check(const HttpRequest& request, const ActingHandler& handler,
                          const RouteRule& rule) const {
  const Result<Caller> caller = FindCaller(request);
  if (!caller.ok()) return ErrorResponse(caller.status());
  const bool change = ChangesState(request);
  if (change && ComesFromElsewhere(request)) return ErrorResponse(ForeignPage());
  if (change && caller->scope == Scope::kLogin &&
      !EqualSecrets(request.header("X-CSRF-Token"), CsrfOf(caller->session_token))) {
    return ErrorResponse(
        PermissionDenied("The X-CSRF-Token is missing or not this session's: reload the page."));
  }
  if (auto refused = RefuseBody(request, rule.body)) return std::move(*refused);
  const Result<Acting> acting = Decide(request, *caller, rule);
  return acting.ok() ? handler(request, *acting) : ErrorResponse(acting.status());
}

Result<Acting> Guard::Decide(const HttpRequest& request, const Caller& caller,
                             const RouteRule& rule) const {
  const bool change = ChangesState(request);
  const Scope needed = rule.scope.value_or(change ? Scope::kWrite : Scope::kRead);
  if (caller.scope < needed) {
    return PermissionDenied("The API token's scope is not enough; needed: " +
                            std::string(ScopeName(needed)));
  }
  ASSIGN_OR_RETURN(const auto person, people_.FindById(caller.user_id));
  if (!person || person->leaving) return Unauthenticated("This account is gone.");
  if (rule.owner_only && !person->owner) return PermissionDenied("Only the owner may do this.");
  const std::string* wanted = request.query_param("user");
  const std::string user_id = wanted != nullptr ? *wanted : person->user_id;
  ASSIGN_OR_RETURN(const auto right, rights_.Find(person->user_id, user_id));
  const Status refused = PermissionDenied("You may not act for this user.");
  if (!right) return refused;
  if (rule.reach == Reach::kLedger && (!right->whole() || (change && !right->may_edit)))
    return refused;
  if (rule.reach == Reach::kAccounts && right->whole() && change && !right->may_edit)
    return refused;
  return Acting{.person = *person,
                .user_id = user_id,
                .right = *right,
                .session_token = caller.session_token,
                .session_id = caller.session_id};
}

std::string Guard::SessionCookie(std::string_view token) const {
  std::string cookie =
      options_.cookie_name + "=" + std::string(token) + "; Path=/; HttpOnly; SameSite=Strict";
  if (options_.secure_cookies) cookie += "; Secure";
  return cookie + "; Max-Age=2592000";  // 30 days; the server's own limits are tighter
}

std::string Guard::ExpiredCookie() const {
  return options_.cookie_name + "=; Path=/; HttpOnly; SameSite=Strict; Max-Age=0";
}

}  // namespace finance::dashboard
