// Statements: started, looked at, confirmed and reverted by whose they are.
#include "codec/json.h"
#include "finance/dashboard/own_rows.h"
#include "finance/dashboard/parts.h"

namespace finance::dashboard {

using awry::base::InvalidArgument;
using awry::base::NotFound;
using awry::base::Result;
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

constexpr int64_t kImportsShown = 50;

// True when `list` has an object whose `id` is this one.
bool HasId(JsonValue list, std::string_view id) {
  for (const JsonValue item : list.items()) {
    if (item.Find("id").AsString() == id) return true;
  }
  return false;
}

HttpResponse Imports(Parts& parts, const HttpRequest&, const Acting& acting) {
  const auto imports = parts.imports.Newest(acting.user_id, kImportsShown);
  if (!imports.ok()) return ErrorResponse(imports.status());
  std::string json;
  JsonWriter writer(json);
  writer.BeginObject().Key("imports").BeginArray();
  for (const StartedImport& import : *imports) {
    writer.BeginObject()
        .Key("import_id")
        .String(import.import_id)
        .Key("file_name")
        .String(import.file_name);
    writer.Key("format").String(import.format).Key("created_ns").Int(import.created_ns).EndObject();
  }
  writer.EndArray().EndObject();
  return JsonResponse(200, std::move(json));
}

// The account to import into: the one asked for when it is the user's, their first, or a new id.
Result<std::string> AccountFor(Parts& parts, const HttpRequest& request, const Acting& acting,
                               HttpResponse& refusal) {
  const Upstream& processor = parts.service(Service::kProcessor);
  HttpResponse answer = processor.Get("/accounts", {{"user_id", acting.user_id}});
  const Status failed = awry::base::Unavailable("accounts");
  if (!Succeeded(answer)) {
    refusal = std::move(answer);
    return failed;
  }
  const auto document = JsonDocument::Parse(answer.body);
  if (!document.ok()) {
    refusal = BrokenAnswer(processor);
    return failed;
  }
  const JsonValue accounts = document->root().Find("accounts");
  if (const std::string* wanted = request.query_param("account")) {
    if (HasId(accounts, *wanted)) return *wanted;
    refusal = ErrorResponse(NotFound("There is no such account: " + *wanted));
    return failed;
  }
  const auto first = accounts.At(0).Find("id").AsString();
  return first ? std::string(*first) : RandomId("account-");
}

HttpResponse PreviewImport(Parts& parts, const HttpRequest& request, const Acting& acting) {
  if (request.body.empty())
    return ErrorResponse(InvalidArgument("The file is empty: choose another one."));
  const Upstream& processor = parts.service(Service::kProcessor);
  HttpResponse refusal;
  const auto account = AccountFor(parts, request, acting, refusal);
  if (!account.ok()) return refusal;
  Query query = {{"account", *account}, {"user_id", acting.user_id}};
  for (const char* name : {"profile", "saved", "file_accounts"}) {
    if (const std::string* value = request.query_param(name)) query.emplace_back(name, *value);
  }
  HttpResponse preview =
      processor.Send("POST", "/imports", query, request.body, "application/octet-stream");
  if (!Succeeded(preview)) return preview;
  const auto document = JsonDocument::Parse(preview.body);
  const auto import_id =
      document.ok() ? document->root().Find("import_id").AsString() : std::nullopt;
  if (!import_id) return BrokenAnswer(processor);
  const std::string* name = request.query_param("name");
  const Status added = parts.imports.Add(
      {.import_id = std::string(*import_id),
       .user_id = acting.user_id,
       .file_name = name != nullptr ? *name : "",
       .format = std::string(document->root().Find("format").AsString().value_or(""))});
  if (!added.ok()) return ErrorResponse(added);
  return preview;
}

// What a confirmation overrules of the preview, and nothing else of the body.
Result<std::string> RowsOf(const HttpRequest& request) {
  if (request.body.empty()) return std::string();
  ASSIGN_OR_RETURN(const JsonDocument document, JsonDocument::Parse(request.body));
  const JsonValue rows = document.root().Find("rows");
  if (!rows.exists()) return std::string();
  std::string body;
  JsonWriter(body).BeginObject().Key("rows").Value(rows).EndObject();
  return body;
}

// GET, confirm and revert of one import; `step` is "", "/confirm" or "/revert".
HttpResponse OneImport(Parts& parts, const HttpRequest& request, const Acting& acting,
                       std::string_view step) {
  const Upstream& processor = parts.service(Service::kProcessor);
  const std::string id(request.path_param("id"));
  const auto own = parts.imports.BelongsTo(id, acting.user_id);
  if (!own.ok()) return ErrorResponse(own.status());
  if (!*own) return ErrorResponse(NotFound("There is no such import: " + id));
  const std::string path = "/imports/" + UrlEncode(id) + std::string(step);
  if (step.empty()) return processor.Get(path, {{"user_id", acting.user_id}});
  const auto body = RowsOf(request);
  if (!body.ok()) return ErrorResponse(body.status());
  return processor.Send("POST", path, {{"user_id", acting.user_id}}, *body);
}

HttpResponse ReadImport(Parts& parts, const HttpRequest& request, const Acting& acting) {
  return OneImport(parts, request, acting, "");
}

HttpResponse ConfirmImport(Parts& parts, const HttpRequest& request, const Acting& acting) {
  return OneImport(parts, request, acting, "/confirm");
}

HttpResponse RevertImport(Parts& parts, const HttpRequest& request, const Acting& acting) {
  return OneImport(parts, request, acting, "/revert");
}

}  // namespace

void AddImportRoutes(Parts& parts, awry::net::Router& router) {
  GuardedRoutes routes(parts, router);
  routes.Add("GET", "/api/imports", Imports);
  routes.Add("POST", "/api/imports", PreviewImport,
             {.body = {.json = false, .bytes_max = kImportBytesMax}});
  routes.Add("GET", "/api/imports/{id}", ReadImport);
  routes.Add("POST", "/api/imports/{id}/confirm", ConfirmImport);
  routes.Add("POST", "/api/imports/{id}/revert", RevertImport);
}

}  // namespace finance::dashboard
