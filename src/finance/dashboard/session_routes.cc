// Set-up, log-in, and who may act for whom.
#include "codec/json.h"
#include "finance/dashboard/dashboard.h"

namespace finance::dashboard {

using awry::base::InvalidArgument;
using awry::base::Result;
using awry::base::Status;
using awry::base::StatusCode;
using awry::codec::JsonDocument;
using awry::codec::JsonValue;
using awry::codec::JsonWriter;
using awry::net::ErrorResponse;
using awry::net::HttpRequest;
using awry::net::HttpResponse;
using awry::net::JsonResponse;
using awry::net::SetHeader;

namespace {

struct Credentials {
  std::string name;
  std::string password;
};

std::string_view Trimmed(std::string_view text) {
  while (text.starts_with(' ')) text.remove_prefix(1);
  while (text.ends_with(' ')) text.remove_suffix(1);
  return text;
}

bool HasControlCharacter(std::string_view text) {
  for (const char c : text) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) return true;
  }
  return false;
}

Result<Credentials> ReadCredentials(std::string_view body) {
  ASSIGN_OR_RETURN(const JsonDocument document, JsonDocument::Parse(body));
  const auto name = document.root().Find("name").AsString();
  const auto password = document.root().Find("password").AsString();
  if (!name || !password) return InvalidArgument("Send {\"name\": text, \"password\": text}.");
  return Credentials{std::string(Trimmed(*name)), std::string(*password)};
}

Status CheckNewCredentials(const Credentials& credentials) {
  if (credentials.name.empty() || credentials.name.size() > kNameBytesMax ||
      HasControlCharacter(credentials.name)) {
    return InvalidArgument("A name is 1 to 200 bytes without control characters.");
  }
  if (credentials.password.size() < kPasswordBytesMin) {
    return InvalidArgument("The password is too short: use at least 8 characters.");
  }
  if (credentials.password.size() > kPasswordBytesMax) {
    return InvalidArgument("The password is too long: use at most 1024 bytes.");
  }
  return {};
}

HttpResponse TooManyAttempts(int64_t seconds) {
  HttpResponse response = ErrorResponse(awry::base::ResourceExhausted(
      "Too many attempts to log in. Wait, then try again; seconds: " + std::to_string(seconds)));
  response.status = 429;
  SetHeader(response.headers, "Retry-After", std::to_string(seconds));
  return response;
}

void WriteRights(JsonWriter& writer, const std::vector<ActingRight>& rights) {
  writer.Key("users").BeginArray();
  for (const ActingRight& right : rights) {
    writer.BeginObject().Key("id").String(right.user_id).Key("may_edit").Bool(right.may_edit);
    writer.Key("sample").Bool(right.sample).EndObject();
  }
  writer.EndArray();
}

}  // namespace

std::vector<std::pair<std::string, std::string>> Dashboard::PublicRoutes() {
  return {{"GET", "/api/config"}, {"POST", "/api/setup"}, {"POST", "/api/session"}};
}

void Dashboard::AddSessionRoutes(awry::net::Router& router) {
  router.Add("GET", "/api/config", guard_.Public([this](const Request& r) { return Config(r); }));
  router.Add("POST", "/api/setup", guard_.Public([this](const Request& r) { return SetUp(r); }));
  router.Add("POST", "/api/session", guard_.Public([this](const Request& r) { return LogIn(r); }));
  router.Add("POST", "/api/logout",
             guard_.Private([this](const Request& r, const Acting& a) { return LogOut(r, a); }));
  router.Add("GET", "/api/me",
             guard_.Private([this](const Request& r, const Acting& a) { return Me(r, a); }));
  router.Add("POST", "/api/sample", guard_.Private([this](const Request& r, const Acting& a) {
    return SwitchSample(r, a);
  }));
}

std::vector<std::string> Dashboard::SampleUsers() const {
  if (!options_.sample_users) return {};
  auto users = options_.sample_users();
  return users.ok() ? std::move(*users) : std::vector<std::string>();
}

HttpResponse Dashboard::Config(const HttpRequest&) {
  const auto owner = owners_.FindOwner();
  if (!owner.ok()) return ErrorResponse(owner.status());
  std::string json;
  JsonWriter(json)
      .BeginObject()
      .Key("awry_url")
      .String(options_.awry_public_url)
      .Key("has_owner")
      .Bool(owner->has_value())
      .Key("has_sample")
      .Bool(!SampleUsers().empty())
      .Key("password_bytes_min")
      .UInt(kPasswordBytesMin)
      .Key("import_bytes_max")
      .UInt(kImportBytesMax)
      .EndObject();
  return JsonResponse(200, std::move(json));
}

HttpResponse Dashboard::SetUp(const HttpRequest& request) {
  const auto credentials = ReadCredentials(request.body);
  if (!credentials.ok()) return ErrorResponse(credentials.status());
  if (const Status bad = CheckNewCredentials(*credentials); !bad.ok()) return ErrorResponse(bad);
  const Status taken = awry::base::AlreadyExists("This dashboard has an owner already: log in.");
  const auto owner = owners_.FindOwner();
  if (!owner.ok()) return ErrorResponse(owner.status());
  if (owner->has_value()) return ErrorResponse(taken);
  if (const auto wait = limiter_.Begin(request.peer)) return TooManyAttempts(*wait);
  auto hash = HashPassword(credentials->password, options_.password_cost);
  limiter_.Finish(request.peer, true);
  if (!hash.ok()) return ErrorResponse(hash.status());
  const Status created = owners_.CreateOwner({.name = credentials->name,
                                              .user_id = RandomId("owner-"),
                                              .password_hash = std::move(*hash)});
  if (created.code() == StatusCode::kAlreadyExists) return ErrorResponse(taken);
  if (!created.ok()) return ErrorResponse(created);
  return StartSession(201, credentials->name);
}

bool Dashboard::CheckPassword(const std::optional<Owner>& owner, std::string_view name,
                              const std::string& password) {
  const bool known = owner.has_value() && owner->name == name;
  const bool fits = PasswordFits(known ? owner->password_hash : absent_owner_hash_, password);
  return known && fits;
}

HttpResponse Dashboard::LogIn(const HttpRequest& request) {
  const auto credentials = ReadCredentials(request.body);
  if (!credentials.ok()) return ErrorResponse(credentials.status());
  if (credentials->password.size() > kPasswordBytesMax) {
    return ErrorResponse(InvalidArgument("The password is too long: use at most 1024 bytes."));
  }
  const auto owner = owners_.FindOwner();
  if (!owner.ok()) return ErrorResponse(owner.status());
  if (const auto wait = limiter_.Begin(request.peer)) return TooManyAttempts(*wait);
  const bool fits = CheckPassword(*owner, credentials->name, credentials->password);
  limiter_.Finish(request.peer, fits);
  if (!fits) return ErrorResponse(awry::base::Unauthenticated("Name and password do not fit."));
  if (NeedsRehash((*owner)->password_hash, options_.password_cost)) {
    const auto hash = HashPassword(credentials->password, options_.password_cost);
    if (hash.ok()) {
      const Status replaced = owners_.ReplacePasswordHash(*hash);
      if (!replaced.ok()) return ErrorResponse(replaced);
    }
  }
  return StartSession(200, (*owner)->name);
}

HttpResponse Dashboard::StartSession(int status, const std::string& name) {
  const auto token = owners_.StartSession();
  if (!token.ok()) return ErrorResponse(token.status());
  std::string json;
  JsonWriter(json)
      .BeginObject()
      .Key("csrf")
      .String(CsrfOf(*token))
      .Key("name")
      .String(name)
      .EndObject();
  HttpResponse response = JsonResponse(status, std::move(json));
  SetHeader(response.headers, "Set-Cookie", guard_.SessionCookie(*token));
  return response;
}

HttpResponse Dashboard::LogOut(const HttpRequest&, const Acting& acting) {
  const Status ended = owners_.EndSession(acting.session_token);
  if (!ended.ok()) return ErrorResponse(ended);
  HttpResponse response = JsonResponse(200, "{}");
  SetHeader(response.headers, "Set-Cookie", guard_.ExpiredCookie());
  return response;
}

HttpResponse Dashboard::Me(const HttpRequest&, const Acting& acting) {
  const auto rights = rights_.List();
  if (!rights.ok()) return ErrorResponse(rights.status());
  std::string json;
  JsonWriter writer(json);
  writer.BeginObject()
      .Key("name")
      .String(acting.owner.name)
      .Key("user_id")
      .String(acting.owner.user_id);
  writer.Key("csrf").String(CsrfOf(acting.session_token));
  WriteRights(writer, *rights);
  writer.EndObject();
  return JsonResponse(200, std::move(json));
}

HttpResponse Dashboard::SwitchSample(const HttpRequest& request, const Acting&) {
  const auto document = JsonDocument::Parse(request.body);
  if (!document.ok()) return ErrorResponse(document.status());
  const auto enabled = document->root().Find("enabled").AsBool();
  if (!enabled)
    return ErrorResponse(InvalidArgument("Send {\"enabled\": true} or {\"enabled\": false}."));
  const std::vector<std::string> users = *enabled ? SampleUsers() : std::vector<std::string>();
  if (*enabled && users.empty()) {
    return ErrorResponse(awry::base::FailedPrecondition(
        "There is no sample here: it was left out at the start, or is still being made."));
  }
  const Status done = *enabled ? rights_.GrantSample(users) : rights_.WithdrawSample();
  if (!done.ok()) return ErrorResponse(done);
  const auto rights = rights_.List();
  if (!rights.ok()) return ErrorResponse(rights.status());
  std::string json;
  JsonWriter writer(json);
  writer.BeginObject().Key("enabled").Bool(*enabled);
  WriteRights(writer, *rights);
  writer.EndObject();
  return JsonResponse(200, std::move(json));
}

}  // namespace finance::dashboard
