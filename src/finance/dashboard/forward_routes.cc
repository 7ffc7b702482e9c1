// Routes that a service answers whole: one line each says what is let through. A user never comes
// from the browser's query or body; the service gets the one that the guard has checked, and keeps
// to that user's rows.
#include <string>
#include <vector>

#include "codec/json.h"
#include "finance/dashboard/forward_table.h"
#include "finance/dashboard/own_rows.h"
#include "finance/dashboard/parts.h"

namespace finance::dashboard {

using awry::base::Result;
using awry::codec::JsonDocument;
using awry::codec::JsonMember;
using awry::codec::JsonValue;
using awry::codec::JsonWriter;
using awry::net::ErrorResponse;
using awry::net::HttpRequest;
using awry::net::HttpResponse;

namespace {

// "/budgets/{user}" and "/rules/{id}" with the acting user and the request's own parts of the path.
std::string FilledTarget(std::string_view target, const HttpRequest& request,
                         const Acting& acting) {
  std::string path;
  while (!target.empty()) {
    const size_t open = target.find('{');
    path += target.substr(0, open);
    if (open == std::string_view::npos) break;
    const size_t close = target.find('}', open);
    const std::string_view name = target.substr(open + 1, close - open - 1);
    path += awry::net::UrlEncode(name == "user" ? acting.user_id : request.path_param(name));
    target.remove_prefix(close + 1);
  }
  return path;
}

void WriteWithoutUsers(JsonWriter& writer, const JsonValue& value);

void WriteMembersWithoutUsers(JsonWriter& writer, const JsonValue& object) {
  for (const JsonMember member : object.members()) {
    if (member.key == "user_id") continue;
    writer.Key(member.key);
    WriteWithoutUsers(writer, member.value);
  }
}

// The value without members called user_id, at any depth; the depth is the parser's limit.
void WriteWithoutUsers(JsonWriter& writer, const JsonValue& value) {
  if (value.is_array()) {
    writer.BeginArray();
    for (const JsonValue item : value.items()) WriteWithoutUsers(writer, item);
    writer.EndArray();
  } else if (value.is_object()) {
    writer.BeginObject();
    WriteMembersWithoutUsers(writer, value);
    writer.EndObject();
  } else {
    writer.Value(value);
  }
}

Result<std::string> BodyFor(const Forward& forward, const HttpRequest& request,
                            const Acting& acting) {
  if (forward.method == "GET") return std::string();
  if (!forward.rule.body.json) return request.body;
  if (request.body.empty() && !forward.user_in_body) return std::string();
  ASSIGN_OR_RETURN(const JsonDocument document, JsonDocument::Parse(request.body));
  std::string body;
  JsonWriter writer(body);
  if (!forward.user_in_body) {
    WriteWithoutUsers(writer, document.root());
    return body;
  }
  if (!document.root().is_object())
    return awry::base::InvalidArgument("The body must be a JSON object.");
  writer.BeginObject().Key("user_id").String(acting.user_id);
  WriteMembersWithoutUsers(writer, document.root());
  writer.EndObject();
  return body;
}

HttpResponse Answer(Parts& parts, const Forward& forward, const HttpRequest& request,
                    const Acting& acting) {
  Query query;
  if (forward.target.find("{user}") == std::string_view::npos)
    query.emplace_back("user_id", acting.user_id);
  for (const std::string_view name : forward.query) {
    if (const std::string* value = request.query_param(name)) query.emplace_back(name, *value);
  }
  auto body = BodyFor(forward, request, acting);
  if (!body.ok()) return ErrorResponse(body.status());
  const char* type = forward.rule.body.json ? "application/json" : "application/octet-stream";
  HttpResponse answer = parts.service(forward.service)
                            .Send(std::string(forward.method),
                                  FilledTarget(forward.target, request, acting), query,
                                  std::move(*body), type);
  if (forward.audit.empty() || !Succeeded(answer)) return answer;
  return Recorded(parts, request, acting.person, std::string(forward.audit),
                  std::string(request.path_param("id")), std::move(answer));
}

}  // namespace

void AddForwardRoutes(Parts& parts, awry::net::Router& router) {
  for (const Forward& forward : ForwardTable()) {
    router.Add(std::string(forward.method), std::string(forward.pattern),
               parts.guard.Private(
                   [&parts, &forward](const HttpRequest& request, const Acting& acting) {
                     return Answer(parts, forward, request, acting);
                   },
                   forward.rule));
  }
}

}  // namespace finance::dashboard
