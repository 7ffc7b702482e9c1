// The fraud inbox: the detector's cases, each with its row of the ledger.
#include "codec/json.h"
#include "finance/dashboard/own_rows.h"
#include "finance/dashboard/parts.h"

namespace finance::dashboard {

using awry::base::Result;
using awry::codec::JsonDocument;
using awry::codec::JsonMember;
using awry::codec::JsonValue;
using awry::codec::JsonWriter;
using awry::net::HttpRequest;
using awry::net::HttpResponse;
using awry::net::JsonResponse;

namespace {

// The row behind a case as JSON; "null" when the ledger has none of this user any more. False when
// the ledger cannot say: `refusal` is the answer then.
bool FindRow(Parts& parts, const Acting& acting, std::string_view id, std::string& row,
             HttpResponse& refusal) {
  row = "null";
  HttpResponse found =
      parts.service(Service::kProcessor)
          .Get("/transactions/" + awry::net::UrlEncode(id), {{"user_id", acting.user_id}});
  if (found.status == 404) return true;
  if (!Succeeded(found)) {
    refusal = std::move(found);
    return false;
  }
  const auto document = JsonDocument::Parse(found.body);
  if (!document.ok()) {
    refusal = BrokenAnswer(parts.service(Service::kProcessor));
    return false;
  }
  if (document->root().Find("user_id").AsString() == acting.user_id) row = std::move(found.body);
  return true;
}

HttpResponse Cases(Parts& parts, const HttpRequest& request, const Acting& acting) {
  Query query;
  for (const char* name : {"state", "limit", "cursor"}) {
    if (const std::string* value = request.query_param(name)) query.emplace_back(name, *value);
  }
  const Upstream& detector = parts.service(Service::kFraud);
  HttpResponse answer = detector.Get("/cases/" + awry::net::UrlEncode(acting.user_id), query);
  if (!Succeeded(answer)) return answer;
  const auto document = JsonDocument::Parse(answer.body);
  if (!document.ok()) return BrokenAnswer(detector);
  std::string json;
  JsonWriter writer(json);
  writer.BeginObject().Key("cases").BeginArray();
  for (const JsonValue one : document->root().Find("cases").items()) {
    std::string row;
    HttpResponse refusal;
    if (!FindRow(parts, acting, one.Find("id").AsString().value_or(""), row, refusal))
      return refusal;
    writer.BeginObject();
    for (const JsonMember member : one.members()) writer.Key(member.key).Value(member.value);
    writer.Key("transaction").Raw(row).EndObject();
  }
  writer.EndArray();
  for (const char* name : {"open", "next_cursor"}) {
    const JsonValue value = document->root().Find(name);
    if (value.exists()) writer.Key(name).Value(value);
  }
  writer.EndObject();
  return JsonResponse(200, std::move(json));
}

}  // namespace

void AddFraudRoutes(Parts& parts, awry::net::Router& router) {
  GuardedRoutes(parts, router).Add("GET", "/api/fraud/cases", Cases);
}

}  // namespace finance::dashboard
