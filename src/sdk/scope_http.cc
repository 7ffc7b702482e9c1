#include <cstdlib>
#include <string>

#include "awry/sdk/instrument/http.h"

namespace awry::sdk::instrument {
namespace {

// OpenTelemetry wants unknown methods as _OTHER, so that names stay few.
std::string_view KnownMethod(std::string_view method) {
  for (const std::string_view known :
       {"GET", "POST", "PUT", "DELETE", "HEAD", "PATCH", "OPTIONS", "TRACE", "CONNECT"}) {
    if (method == known) return known;
  }
  return "_OTHER";
}

std::string SpanName(std::string_view method, std::string_view route) {
  const std::string_view known = KnownMethod(method);
  std::string name(known == "_OTHER" ? "HTTP" : known);
  if (!route.empty()) name.append(1, ' ').append(route);
  return name;
}

Span StartServerSpan(const Tracer& tracer, const HttpServerRequest& request) {
  if (!detail::is_set_up()) return {};
  Span span =
      tracer.start_span(SpanName(request.method, request.route), {.kind = SpanKind::kServer});
  if (!span.is_recording()) return span;
  const std::string_view method = KnownMethod(request.method);
  span.set_attribute("http.request.method", method);
  if (method == "_OTHER") span.set_attribute("http.request.method_original", request.method);
  if (!request.route.empty()) span.set_attribute("http.route", request.route);
  span.set_attribute("url.path", request.path);
  span.set_attribute("url.scheme", request.scheme);
  if (const std::string_view host = request.server_address; !host.empty()) {
    const size_t colon = host.ends_with(']') ? std::string_view::npos : host.rfind(':');
    span.set_attribute("server.address", host.substr(0, colon));
    int port = 0;
    if (colon != std::string_view::npos)
      port = std::atoi(std::string(host.substr(colon + 1)).c_str());
    if (port > 0) span.set_attribute("server.port", port);
  }
  if (!request.client_address.empty()) span.set_attribute("client.address", request.client_address);
  if (!request.user_agent.empty()) span.set_attribute("user_agent.original", request.user_agent);
  return span;
}

template <typename AnySpan>
void SetHttpStatus(AnySpan& span, int status, int error_from) {
  span.set_attribute("http.response.status_code", status);
  if (status < error_from) return;
  span.set_attribute("error.type", std::to_string(status));
  span.set_status(StatusCode::kError);
}

template <typename AnySpan>
void Fail(AnySpan& span, std::string_view type, std::string_view message) {
  span.set_attribute("error.type", type);
  span.set_status(StatusCode::kError, message);
}

}  // namespace

HttpServerScope::HttpServerScope(const Tracer& tracer, const HttpServerRequest& request,
                                 Context parent)
    : context_(std::move(parent)), span_(StartServerSpan(tracer, request)) {}

void HttpServerScope::set_route(std::string_view method, std::string_view route) {
  if (!span_.is_recording()) return;
  span_.update_name(SpanName(method, route));
  if (!route.empty()) span_.set_attribute("http.route", route);
}

void HttpServerScope::set_status(int status) {
  if (span_.is_recording()) SetHttpStatus(span_, status, 500);
}

void HttpServerScope::fail(std::string_view type, std::string_view message) {
  if (span_.is_recording()) Fail(span_, type, message);
}

HttpClientScope::HttpClientScope(const Tracer& tracer, const HttpClientRequest& request) {
  if (!detail::is_set_up()) return;
  span_ = tracer.start_span(SpanName(request.method, request.route), {.kind = SpanKind::kClient});
  if (!span_.is_recording()) return;
  span_.set_attribute("http.request.method", KnownMethod(request.method));
  span_.set_attribute("url.full", request.url);
  span_.set_attribute("server.address", request.server_address);
  if (request.server_port != 0)
    span_.set_attribute("server.port", static_cast<int64_t>(request.server_port));
  if (!request.route.empty()) span_.set_attribute("url.template", request.route);
}

void HttpClientScope::set_status(int status) {
  if (span_.is_recording()) SetHttpStatus(span_, status, 400);
}

void HttpClientScope::fail(std::string_view type, std::string_view message) {
  if (span_.is_recording()) Fail(span_, type, message);
}

}  // namespace awry::sdk::instrument
