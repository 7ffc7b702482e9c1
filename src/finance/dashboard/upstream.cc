#include "finance/dashboard/upstream.h"

#include "base/log.h"
#include "codec/json.h"

namespace finance::dashboard {

using awry::net::HttpRequest;
using awry::net::HttpResponse;

std::string TargetOf(std::string path, const Query& query) {
  char separator = '?';
  for (const auto& [name, value] : query) {
    path += separator;
    path += awry::net::UrlEncode(name) + "=" + awry::net::UrlEncode(value);
    separator = '&';
  }
  return path;
}

namespace {

// A browser must never take a service's answer for a page.
std::string_view SafeMediaType(std::string_view type) {
  for (const std::string_view data :
       {"application/json", "text/csv", "application/x-ndjson", "application/x-ofx",
        "text/calendar", "text/plain"}) {
    if (type.starts_with(data)) return type;
  }
  return type.empty() ? "application/json" : "application/octet-stream";
}

}  // namespace

Upstream::Upstream(std::string name, std::string safe, awry::net::HttpClient* client,
                   std::string bearer)
    : name_(std::move(name)), safe_(std::move(safe)), client_(client), bearer_(std::move(bearer)) {}

HttpResponse Upstream::Away() const {
  std::string json;
  awry::codec::JsonWriter writer(json);
  writer.BeginObject().Key("error").BeginObject();
  writer.Key("code").String("UNAVAILABLE");
  writer.Key("message").String("No answer from " + name_ + ". " + safe_);
  writer.Key("details").BeginArray().BeginObject();
  writer.Key("service").String(name_).Key("safe").String(safe_);
  writer.EndObject().EndArray().EndObject().EndObject();
  HttpResponse response = awry::net::JsonResponse(503, std::move(json));
  awry::net::SetHeader(response.headers, "Retry-After", "2");
  return response;
}

HttpResponse Upstream::Get(std::string path, const Query& query) const {
  return Send("GET", std::move(path), query, "");
}

HttpResponse Upstream::Send(std::string method, std::string path, const Query& query,
                            std::string body, std::string content_type) const {
  if (client_ == nullptr) return Away();
  HttpRequest request{.method = std::move(method), .target = TargetOf(std::move(path), query)};
  if (!body.empty()) awry::net::SetHeader(request.headers, "Content-Type", content_type);
  if (!bearer_.empty()) awry::net::SetHeader(request.headers, "Authorization", "Bearer " + bearer_);
  request.body = std::move(body);
  auto answer = client_->Send(std::move(request));
  if (!answer.ok()) {
    awry::base::LogWarning("service does not answer: {}: {}", name_, answer.status().ToString());
    return Away();
  }
  // 401 would read as the person's own; it means that the services disagree on their token.
  if (answer->status >= 500 || answer->status == 401) {
    awry::base::LogWarning("service failed: {}: HTTP {}", name_, answer->status);
    return Away();
  }
  HttpResponse response{.status = answer->status};
  awry::net::SetHeader(response.headers, "Content-Type",
                       SafeMediaType(answer->header("Content-Type")));
  if (const std::string_view file = answer->header("Content-Disposition"); !file.empty())
    awry::net::SetHeader(response.headers, "Content-Disposition", file);
  response.body = std::move(answer->body);
  return response;
}

}  // namespace finance::dashboard
