// Which account of the tracker an account of the bank fills: one's own, which is checked here.
#include "codec/json.h"
#include "finance/dashboard/own_rows.h"
#include "finance/dashboard/parts.h"

namespace finance::dashboard {

using awry::codec::JsonDocument;
using awry::codec::JsonValue;
using awry::codec::JsonWriter;
using awry::net::ErrorResponse;
using awry::net::HttpRequest;
using awry::net::HttpResponse;

namespace {

// {"id": account of the bank, "account": account of the tracker, or null: its rows are left out}.
HttpResponse LinkAccount(Parts& parts, const HttpRequest& request, const Acting& acting) {
  const auto wanted = JsonDocument::Parse(request.body);
  if (!wanted.ok()) return ErrorResponse(wanted.status());
  const JsonValue account = wanted->root().Find("account");
  if (account.is_string()) {
    HttpResponse refusal;
    if (!HasAccount(parts, acting.user_id, *account.AsString(), refusal)) return refusal;
  }
  std::string body;
  JsonWriter writer(body);
  writer.BeginObject();
  for (const char* name : {"id", "account"}) {
    const JsonValue value = wanted->root().Find(name);
    if (value.exists()) writer.Key(name).Value(value);
  }
  writer.EndObject();
  const std::string id(request.path_param("id"));
  HttpResponse answer =
      parts.service(Service::kProcessor)
          .Send("PUT", "/connections/" + awry::net::UrlEncode(id) + "/accounts",
                {{"user_id", acting.user_id}}, std::move(body));
  if (!Succeeded(answer)) return answer;
  return Recorded(parts, request, acting.person, "connection.changed", id, std::move(answer));
}

}  // namespace

void AddBankRoutes(Parts& parts, awry::net::Router& router) {
  GuardedRoutes(parts, router).Add("PUT", "/api/connections/{id}/accounts", LinkAccount);
}

}  // namespace finance::dashboard
