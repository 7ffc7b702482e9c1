// Transactions and accounts, asked of the services as the person who is logged in. Each call
// carries the user that the guard has checked; whom only single accounts were shared with sees only
// those.
#include <array>
#include <span>

#include "codec/json.h"
#include "finance/dashboard/own_rows.h"
#include "finance/dashboard/parts.h"
#include "finance/dashboard/reasons.h"

namespace finance::dashboard {

using awry::base::InvalidArgument;
using awry::base::NotFound;
using awry::base::Status;
using awry::codec::JsonDocument;
using awry::codec::JsonValue;
using awry::codec::JsonWriter;
using awry::net::ErrorResponse;
using awry::net::HttpRequest;
using awry::net::HttpResponse;
using awry::net::JsonResponse;
using awry::net::UrlEncode;

namespace {

constexpr std::array<std::string_view, 17> kTransactionFilters = {
    "from",       "to",         "category", "q",      "limit",  "cursor",     "processing",
    "import_id",  "amount_min", "amount_max", "tag",  "status", "source",     "reconciled",
    "transfer",   "review",     "deleted"};
// What a person may change of a row; anything else in the body stays here.
constexpr std::array<std::string_view, 7> kChanges = {
    "category", "note", "tags", "merchant", "reconciled", "deleted", "splits"};
// What a person says of a row that no bank sends; its id is ours to give.
constexpr std::array<std::string_view, 5> kRowFields = {"account", "date", "amount_minor",
                                                        "currency", "description"};
constexpr std::array<std::string_view, 8> kAccountFields = {
    "name", "kind", "currency", "zone", "iban", "opening_minor", "opening_date", "closed"};

// The members of `body` called one of `names`, behind what stands in `writer`'s object already;
// false when there is none.
bool WriteKnown(JsonWriter& writer, const JsonValue& body,
                std::span<const std::string_view> names) {
  bool any = false;
  for (const std::string_view name : names) {
    if (!body.Find(name).exists()) continue;
    writer.Key(name).Value(body.Find(name));
    any = true;
  }
  return any;
}

HttpResponse Transactions(Parts& parts, const HttpRequest& request, const Acting& acting) {
  Query query = {{"user_id", acting.user_id}};
  for (const std::string_view name : kTransactionFilters) {
    if (const std::string* value = request.query_param(name)) query.emplace_back(name, *value);
  }
  const std::string* account = request.query_param("account");
  if (!acting.right.whole()) {
    if (account == nullptr && acting.right.accounts.size() > 1) {
      return ErrorResponse(InvalidArgument(
          "Several accounts were shared with you: say which one, account=ID."));
    }
    if (account == nullptr) account = &acting.right.accounts[0].id;
    if (acting.right.FindAccount(*account) == nullptr)
      return ErrorResponse(NotFound("There is no such account: " + *account));
  }
  if (account != nullptr) query.emplace_back("account", *account);
  return parts.service(Service::kProcessor).Get("/transactions", query);
}

HttpResponse OneTransaction(Parts& parts, const HttpRequest& request, const Acting& acting) {
  HttpResponse refusal;
  auto transaction = OwnTransaction(parts, request, acting, refusal);
  return transaction.ok() ? JsonResponse(200, std::move(*transaction)) : refusal;
}

HttpResponse AddTransaction(Parts& parts, const HttpRequest& request, const Acting& acting) {
  const auto row = JsonDocument::Parse(request.body);
  if (!row.ok()) return ErrorResponse(row.status());
  const auto account = row->root().Find("account").AsString();
  if (!account) {
    return ErrorResponse(InvalidArgument(
        "Send {\"account\": id, \"date\", \"amount_minor\", \"currency\", \"description\"}."));
  }
  if (!acting.right.whole()) {
    const auto* shared = acting.right.FindAccount(*account);
    if (shared == nullptr)
      return ErrorResponse(NotFound("There is no such account: " + std::string(*account)));
    if (!shared->may_edit)
      return ErrorResponse(awry::base::PermissionDenied("This account was shared to look at."));
  }
  HttpResponse refusal;
  if (!HasAccount(parts, acting.user_id, *account, refusal)) return refusal;
  std::string body;
  JsonWriter writer(body);
  writer.BeginObject().Key("user_id").String(acting.user_id);
  WriteKnown(writer, row->root(), kRowFields);
  writer.EndObject();
  return parts.service(Service::kProcessor)
      .Send("POST", "/transactions", {{"user_id", acting.user_id}, {"wait", "processed"}},
            std::move(body));
}

HttpResponse ChangeTransaction(Parts& parts, const HttpRequest& request, const Acting& acting) {
  const auto change = JsonDocument::Parse(request.body);
  if (!change.ok()) return ErrorResponse(change.status());
  const JsonValue category = change->root().Find("category");
  std::string body;
  JsonWriter writer(body);
  writer.BeginObject();
  const bool any = WriteKnown(writer, change->root(), kChanges);
  writer.EndObject();
  if (!any || (category.exists() && !category.is_string())) {
    return ErrorResponse(InvalidArgument(
        "Send {\"category\": id} or another change: note, tags, merchant, reconciled, deleted, "
        "splits."));
  }
  HttpResponse refusal;
  if (!OwnTransaction(parts, request, acting, refusal).ok()) return refusal;
  return parts.service(Service::kProcessor)
      .Send("PATCH", "/transactions/" + UrlEncode(request.path_param("id")),
            {{"user_id", acting.user_id}}, std::move(body));
}

HttpResponse WhyTransaction(Parts& parts, const HttpRequest& request, const Acting& acting) {
  HttpResponse refusal;
  const auto transaction = OwnTransaction(parts, request, acting, refusal);
  if (!transaction.ok()) return refusal;
  const auto document = JsonDocument::Parse(*transaction);
  const std::string trace_id(
      document.ok() ? document->root().Find("trace_id").AsString().value_or("") : "");
  if (trace_id.empty() || parts.awry == nullptr) {
    return ErrorResponse(NotFound("This row has no trace: it was entered while tracing was off."));
  }
  const auto trace = parts.awry->Get("/api/traces/" + UrlEncode(trace_id));
  if (!trace.ok()) {
    return ErrorResponse(awry::base::Unavailable(
        "Awry is not answering, so the reasons cannot be shown. The row is safe."));
  }
  if (trace->status != 200)
    return ErrorResponse(NotFound("The trace of this row is no longer kept."));
  const auto explanation = ReadExplanation(trace->body);
  if (!explanation.ok()) return ErrorResponse(explanation.status());
  return JsonResponse(200, ExplanationJson(*explanation));
}

HttpResponse Accounts(Parts& parts, const HttpRequest&, const Acting& acting) {
  const Upstream& processor = parts.service(Service::kProcessor);
  HttpResponse answer = processor.Get("/accounts", {{"user_id", acting.user_id}});
  if (acting.right.whole() || !Succeeded(answer)) return answer;
  const auto document = JsonDocument::Parse(answer.body);
  if (!document.ok()) return BrokenAnswer(processor);
  std::string json;
  JsonWriter writer(json);
  writer.BeginObject().Key("accounts").BeginArray();
  for (const JsonValue account : document->root().Find("accounts").items()) {
    if (acting.right.FindAccount(account.Find("id").AsString().value_or("")) != nullptr)
      writer.Value(account);
  }
  writer.EndArray().EndObject();
  return JsonResponse(200, std::move(json));
}

HttpResponse StoreAccount(Parts& parts, const HttpRequest& request, const Acting& acting,
                          const std::string& id) {
  const auto fields = JsonDocument::Parse(request.body);
  if (!fields.ok()) return ErrorResponse(fields.status());
  std::string body;
  JsonWriter writer(body);
  writer.BeginObject().Key("user_id").String(acting.user_id);
  WriteKnown(writer, fields->root(), kAccountFields);
  writer.EndObject();
  return parts.service(Service::kProcessor)
      .Send("PUT", "/accounts/" + UrlEncode(id), {{"user_id", acting.user_id}}, std::move(body));
}

HttpResponse MakeAccount(Parts& parts, const HttpRequest& request, const Acting& acting) {
  return StoreAccount(parts, request, acting, RandomId("account-"));
}

HttpResponse ChangeAccount(Parts& parts, const HttpRequest& request, const Acting& acting) {
  const std::string id(request.path_param("id"));
  HttpResponse refusal;
  if (!HasAccount(parts, acting.user_id, id, refusal)) return refusal;
  return StoreAccount(parts, request, acting, id);
}

}  // namespace

void AddLedgerRoutes(Parts& parts, awry::net::Router& router) {
  GuardedRoutes routes(parts, router);
  const RouteRule shared{.reach = Reach::kAccounts};
  routes.Add("GET", "/api/transactions", Transactions, shared);
  routes.Add("POST", "/api/transactions", AddTransaction, shared);
  routes.Add("GET", "/api/transactions/{id}", OneTransaction, shared);
  routes.Add("PATCH", "/api/transactions/{id}", ChangeTransaction, shared);
  routes.Add("GET", "/api/transactions/{id}/why", WhyTransaction, shared);
  routes.Add("GET", "/api/accounts", Accounts, shared);
  routes.Add("POST", "/api/accounts", MakeAccount);
  routes.Add("PUT", "/api/accounts/{id}", ChangeAccount);
}

}  // namespace finance::dashboard
