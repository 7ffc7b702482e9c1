// A person's own account: password, sessions, second step, API tokens, what happened.
#include <charconv>
#include <limits>

#include "codec/json.h"
#include "finance/dashboard/parts.h"
#include "finance/dashboard/totp.h"

namespace finance::dashboard {

using awry::base::InvalidArgument;
using awry::base::Status;
using awry::codec::JsonDocument;
using awry::codec::JsonWriter;
using awry::net::ErrorResponse;
using awry::net::HttpRequest;
using awry::net::HttpResponse;
using awry::net::JsonResponse;

namespace {

constexpr int64_t kAuditShown = 100;
constexpr int64_t kAuditShownMax = 1000;
constexpr std::string_view kIssuer = "Awry Finance";

HttpResponse ChangePassword(Parts& parts, const HttpRequest& request, const Acting& acting) {
  if (auto refused = RefusePassword(parts, request, acting.person, "current")) return *refused;
  const auto body = JsonDocument::Parse(request.body);
  const auto password = body->root().Find("new").AsString();
  if (!password) return ErrorResponse(InvalidArgument("Send {\"current\": text, \"new\": text}."));
  if (const Status bad = CheckNewPassword(*password); !bad.ok()) return ErrorResponse(bad);
  const auto hash = HashPassword(*password, parts.options.password_cost);
  if (!hash.ok()) return ErrorResponse(hash.status());
  Status changed = parts.people.ReplacePasswordHash(acting.person.user_id, *hash);
  if (changed.ok()) changed = parts.sessions.EndOthers(acting.person.user_id, acting.session_id);
  if (!changed.ok()) return ErrorResponse(changed);
  return Recorded(parts, request, acting.person, "password.changed", "", Done({}));
}

HttpResponse ListSessions(Parts& parts, const HttpRequest&, const Acting& acting) {
  const auto sessions = parts.sessions.List(acting.person.user_id);
  if (!sessions.ok()) return ErrorResponse(sessions.status());
  std::string json;
  JsonWriter writer(json);
  writer.BeginObject().Key("sessions").BeginArray();
  for (const Session& session : *sessions) {
    writer.BeginObject().Key("id").String(session.id);
    writer.Key("created_ns").Int(session.created_ns).Key("seen_ns").Int(session.seen_ns);
    writer.Key("address").String(session.address).Key("agent").String(session.agent);
    writer.Key("current").Bool(session.id == acting.session_id).EndObject();
  }
  writer.EndArray().EndObject();
  return JsonResponse(200, std::move(json));
}

HttpResponse EndSession(Parts& parts, const HttpRequest& request, const Acting& acting) {
  const std::string id(request.path_param("id"));
  const Status ended = parts.sessions.End(acting.person.user_id, id);
  if (!ended.ok()) return ErrorResponse(ended);
  return Recorded(parts, request, acting.person, "session.ended", id, Done({}));
}

HttpResponse EndOtherSessions(Parts& parts, const HttpRequest& request, const Acting& acting) {
  const Status ended = parts.sessions.EndOthers(acting.person.user_id, acting.session_id);
  if (!ended.ok()) return ErrorResponse(ended);
  return Recorded(parts, request, acting.person, "session.others-ended", "", Done({}));
}

HttpResponse SecondFactorOf(Parts& parts, const HttpRequest&, const Acting& acting) {
  const auto state = parts.second_factor.State(acting.person.user_id);
  if (!state.ok()) return ErrorResponse(state.status());
  std::string json;
  JsonWriter writer(json);
  writer.BeginObject().Key("enabled").Bool(state->enabled);
  writer.Key("backup_codes_left").Int(state->backup_codes_left).EndObject();
  return JsonResponse(200, std::move(json));
}

HttpResponse EnrolSecondFactor(Parts& parts, const HttpRequest& request, const Acting& acting) {
  if (auto refused = RefusePassword(parts, request, acting.person, "password")) return *refused;
  const auto secret = parts.second_factor.Enrol(acting.person.user_id);
  if (!secret.ok()) return ErrorResponse(secret.status());
  std::string json;
  JsonWriter writer(json);
  writer.BeginObject().Key("secret").String(Base32Encode(*secret));
  writer.Key("uri").String(TotpUri(kIssuer, acting.person.name, *secret)).EndObject();
  return JsonResponse(200, std::move(json));
}

HttpResponse BackupCodes(const std::vector<std::string>& codes) {
  std::string json;
  JsonWriter writer(json);
  writer.BeginObject().Key("backup_codes").BeginArray();
  for (const std::string& code : codes) writer.String(code);
  writer.EndArray().EndObject();
  return JsonResponse(200, std::move(json));
}

HttpResponse ConfirmSecondFactor(Parts& parts, const HttpRequest& request, const Acting& acting) {
  const auto body = JsonDocument::Parse(request.body);
  if (!body.ok()) return ErrorResponse(body.status());
  const auto code = body->root().Find("code").AsString();
  if (!code) return ErrorResponse(InvalidArgument("Send the app's code: {\"code\": text}."));
  const auto codes = parts.second_factor.Confirm(acting.person.user_id, *code);
  if (!codes.ok()) return ErrorResponse(codes.status());
  return Recorded(parts, request, acting.person, "second-factor.on", "", BackupCodes(*codes));
}

HttpResponse NewBackupCodes(Parts& parts, const HttpRequest& request, const Acting& acting) {
  if (auto refused = RefusePassword(parts, request, acting.person, "password")) return *refused;
  const auto codes = parts.second_factor.NewBackupCodes(acting.person.user_id);
  if (!codes.ok()) return ErrorResponse(codes.status());
  return Recorded(parts, request, acting.person, "second-factor.new-codes", "",
                  BackupCodes(*codes));
}

HttpResponse DisableSecondFactor(Parts& parts, const HttpRequest& request, const Acting& acting) {
  if (auto refused = RefusePassword(parts, request, acting.person, "password")) return *refused;
  const Status disabled = parts.second_factor.Disable(acting.person.user_id);
  if (!disabled.ok()) return ErrorResponse(disabled);
  return Recorded(parts, request, acting.person, "second-factor.off", "", Done({}));
}

void WriteTimeOrNull(JsonWriter& writer, std::string_view key, int64_t at_ns) {
  writer.Key(key);
  at_ns == 0 ? writer.Null() : writer.Int(at_ns);
}

// Leaves the object open.
void WriteToken(JsonWriter& writer, const ApiToken& token) {
  writer.BeginObject().Key("id").String(token.id).Key("name").String(token.name);
  writer.Key("scope").String(ScopeName(token.scope)).Key("created_ns").Int(token.created_ns);
  WriteTimeOrNull(writer, "expires_ns", token.expires_ns);
  WriteTimeOrNull(writer, "used_ns", token.used_ns);
}

HttpResponse ListTokens(Parts& parts, const HttpRequest&, const Acting& acting) {
  const auto tokens = parts.tokens.List(acting.person.user_id);
  if (!tokens.ok()) return ErrorResponse(tokens.status());
  std::string json;
  JsonWriter writer(json);
  writer.BeginObject().Key("tokens").BeginArray();
  for (const ApiToken& token : *tokens) {
    WriteToken(writer, token);
    writer.EndObject();
  }
  writer.EndArray().EndObject();
  return JsonResponse(200, std::move(json));
}

HttpResponse MakeToken(Parts& parts, const HttpRequest& request, const Acting& acting) {
  const auto body = JsonDocument::Parse(request.body);
  if (!body.ok()) return ErrorResponse(body.status());
  const auto name = body->root().Find("name").AsString();
  const auto scope = ParseScope(body->root().Find("scope").AsString().value_or(""));
  const auto days_value = body->root().Find("days");
  const auto days = days_value.is_null() ? std::optional<int64_t>(0) : days_value.AsInt64();
  if (!name || name->empty() || name->size() > kNameBytesMax || !scope) {
    return ErrorResponse(InvalidArgument(
        "Send {\"name\": 1 to 200 bytes, \"scope\": \"read\", \"write\" or \"admin\"}."));
  }
  if (!days || *days < 0 || *days > kTokenDaysMax) {
    return ErrorResponse(InvalidArgument("The days until the token ends are 1 to " +
                                         std::to_string(kTokenDaysMax) + ", or left out."));
  }
  const auto made =
      parts.tokens.Make(acting.person.user_id, std::string(*name), *scope, *days);
  if (!made.ok()) return ErrorResponse(made.status());
  std::string json;
  JsonWriter writer(json);
  WriteToken(writer, made->token);
  writer.Key("token").String(made->text).EndObject();
  return Recorded(parts, request, acting.person, "token.made", made->token.id,
                  JsonResponse(201, std::move(json)));
}

HttpResponse RevokeToken(Parts& parts, const HttpRequest& request, const Acting& acting) {
  const std::string id(request.path_param("id"));
  const Status revoked = parts.tokens.Revoke(acting.person.user_id, id);
  if (!revoked.ok()) return ErrorResponse(revoked);
  return Recorded(parts, request, acting.person, "token.revoked", id, Done({}));
}

// The query's number in [1, highest]; nothing when it is no such number.
std::optional<int64_t> NumberParam(const HttpRequest& request, std::string_view name,
                                   int64_t fallback, int64_t highest) {
  const std::string* text = request.query_param(name);
  if (text == nullptr) return fallback;
  int64_t number = 0;
  const auto end = text->data() + text->size();
  const auto [stop, failed] = std::from_chars(text->data(), end, number);
  if (failed != std::errc() || stop != end || number < 1 || number > highest) return std::nullopt;
  return number;
}

HttpResponse Audit(Parts& parts, const HttpRequest& request, const Acting& acting) {
  constexpr int64_t kAll = std::numeric_limits<int64_t>::max();
  const auto limit = NumberParam(request, "limit", kAuditShown, kAuditShownMax);
  const auto before = NumberParam(request, "before", kAll, kAll);
  if (!limit || !before) {
    return ErrorResponse(InvalidArgument("limit is 1 to " + std::to_string(kAuditShownMax) +
                                         ", before is an entry's id."));
  }
  const auto entries =
      parts.audit.Newest(acting.person.user_id, acting.person.owner, *before, *limit);
  if (!entries.ok()) return ErrorResponse(entries.status());
  std::string json;
  JsonWriter writer(json);
  writer.BeginObject().Key("entries").BeginArray();
  for (const AuditEntry& entry : *entries) {
    writer.BeginObject().Key("id").Int(entry.id).Key("at_ns").Int(entry.at_ns);
    writer.Key("actor").String(entry.actor_id).Key("action").String(entry.action);
    writer.Key("subject").String(entry.subject).Key("address").String(entry.address);
    writer.Key("trace_id").String(entry.trace_id).EndObject();
  }
  writer.EndArray().Key("next");
  const bool more = entries->size() == static_cast<size_t>(*limit);
  more ? writer.Int(entries->back().id) : writer.Null();
  writer.EndObject();
  return JsonResponse(200, std::move(json));
}

}  // namespace

void AddAccountRoutes(Parts& parts, awry::net::Router& router) {
  GuardedRoutes routes(parts, router);
  const RouteRule login{.scope = Scope::kLogin, .reach = Reach::kPerson};
  const RouteRule admin{.scope = Scope::kAdmin, .reach = Reach::kPerson};
  routes.Add("POST", "/api/password", ChangePassword, login);
  routes.Add("GET", "/api/sessions", ListSessions, admin);
  routes.Add("DELETE", "/api/sessions/{id}", EndSession, login);
  routes.Add("POST", "/api/sessions/end-others", EndOtherSessions, login);
  routes.Add("GET", "/api/second-factor", SecondFactorOf, admin);
  routes.Add("POST", "/api/second-factor", EnrolSecondFactor, login);
  routes.Add("POST", "/api/second-factor/confirm", ConfirmSecondFactor, login);
  routes.Add("POST", "/api/second-factor/backup-codes", NewBackupCodes, login);
  routes.Add("POST", "/api/second-factor/disable", DisableSecondFactor, login);
  routes.Add("GET", "/api/tokens", ListTokens, admin);
  routes.Add("POST", "/api/tokens", MakeToken, login);
  routes.Add("DELETE", "/api/tokens/{id}", RevokeToken, login);
  routes.Add("GET", "/api/audit", Audit, admin);
}

}  // namespace finance::dashboard
