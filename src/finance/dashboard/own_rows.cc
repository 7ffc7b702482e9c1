#include "finance/dashboard/own_rows.h"

#include "codec/json.h"

namespace finance::dashboard {

using awry::base::NotFound;
using awry::base::Result;
using awry::base::Status;
using awry::codec::JsonDocument;
using awry::codec::JsonValue;
using awry::net::ErrorResponse;
using awry::net::HttpRequest;
using awry::net::HttpResponse;

bool Succeeded(const HttpResponse& response) {
  return response.status >= 200 && response.status < 300;
}

HttpResponse BrokenAnswer(const Upstream& service) {
  return ErrorResponse(awry::base::Unavailable("A service gave an answer that cannot be read: " +
                                               service.name()));
}

bool HasAccount(Parts& parts, const std::string& user_id, std::string_view account_id,
                HttpResponse& refusal) {
  const Upstream& processor = parts.service(Service::kProcessor);
  refusal = processor.Get("/accounts", {{"user_id", user_id}});
  if (!Succeeded(refusal)) return false;
  const auto document = JsonDocument::Parse(refusal.body);
  if (!document.ok()) {
    refusal = BrokenAnswer(processor);
    return false;
  }
  for (const JsonValue account : document->root().Find("accounts").items()) {
    if (account.Find("id").AsString() == account_id) return true;
  }
  refusal = ErrorResponse(NotFound("There is no such account: " + std::string(account_id)));
  return false;
}

Result<std::string> OwnTransaction(Parts& parts, const HttpRequest& request, const Acting& acting,
                                   HttpResponse& refusal) {
  const std::string id(request.path_param("id"));
  const Status missing = NotFound("There is no such transaction: " + id);
  refusal = ErrorResponse(missing);
  const Upstream& processor = parts.service(Service::kProcessor);
  HttpResponse found =
      processor.Get("/transactions/" + awry::net::UrlEncode(id), {{"user_id", acting.user_id}});
  if (!Succeeded(found)) {
    if (found.status != 404) refusal = std::move(found);
    return missing;
  }
  const auto document = JsonDocument::Parse(found.body);
  if (!document.ok()) {
    refusal = BrokenAnswer(processor);
    return missing;
  }
  // The service takes any id from us: whose it is, is decided here.
  if (document->root().Find("user_id").AsString() != acting.user_id) return missing;
  if (acting.right.whole()) return std::move(found.body);
  const auto* account =
      acting.right.FindAccount(document->root().Find("account").AsString().value_or(""));
  if (account == nullptr) return missing;
  if (request.method != "GET" && !account->may_edit) {
    refusal = ErrorResponse(awry::base::PermissionDenied("This account was shared to look at."));
    return missing;
  }
  return std::move(found.body);
}

}  // namespace finance::dashboard
