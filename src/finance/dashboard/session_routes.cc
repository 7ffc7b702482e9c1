// Set-up, log-in in one or two steps, invitations, and who may act for whom.
#include "codec/json.h"
#include "finance/dashboard/dashboard.h"
#include "finance/dashboard/parts.h"

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

Result<Credentials> ReadCredentials(JsonValue body) {
  const auto name = body.Find("name").AsString();
  const auto password = body.Find("password").AsString();
  if (!name || !password) return InvalidArgument("Send {\"name\": text, \"password\": text}.");
  return Credentials{std::string(Trimmed(*name)), std::string(*password)};
}

HttpResponse TooManyAttempts(int64_t seconds) {
  HttpResponse response = ErrorResponse(awry::base::ResourceExhausted(
      "Too many attempts to log in. Wait, then try again; seconds: " + std::to_string(seconds)));
  response.status = 429;
  SetHeader(response.headers, "Retry-After", std::to_string(seconds));
  return response;
}

Status DoNotFit() { return awry::base::Unauthenticated("Name and password do not fit."); }

std::vector<std::string> SampleUsers(const Parts& parts) {
  if (!parts.options.sample_users) return {};
  auto users = parts.options.sample_users();
  return users.ok() ? std::move(*users) : std::vector<std::string>();
}

// A failure to get in belongs to whose account it was, else to nobody.
Status RecordFailure(Parts& parts, const HttpRequest& request, const std::string& user_id) {
  return parts.audit.Add(
      {.user_id = user_id, .action = "login.failed", .address = parts.HostOf(request)});
}

HttpResponse Config(Parts& parts) {
  const auto owner = parts.people.FindOwner();
  if (!owner.ok()) return ErrorResponse(owner.status());
  std::string json;
  JsonWriter writer(json);
  writer.BeginObject().Key("awry_url").String(parts.options.awry_public_url);
  writer.Key("has_owner").Bool(owner->has_value());
  writer.Key("has_sample").Bool(!SampleUsers(parts).empty());
  writer.Key("setup_code_needed").Bool(!owner->has_value() && !parts.options.setup_code.empty());
  writer.Key("password_bytes_min").UInt(kPasswordBytesMin);
  writer.Key("import_bytes_max").UInt(kImportBytesMax).EndObject();
  return JsonResponse(200, std::move(json));
}

// Hashing takes time and memory: it counts as an attempt to get in, which limiter.Finish must end
// when this returned OK.
Result<std::string> HashOf(Parts& parts, const HttpRequest& request,
                           const Credentials& credentials, HttpResponse& refusal) {
  if (const auto wait = parts.limiter.Begin(parts.HostOf(request), credentials.name)) {
    refusal = TooManyAttempts(*wait);
    return awry::base::ResourceExhausted("attempts");
  }
  auto hash = HashPassword(credentials.password, parts.options.password_cost);
  if (hash.ok()) return hash;
  parts.limiter.Finish(parts.HostOf(request), credentials.name, false);
  refusal = ErrorResponse(hash.status());
  return hash;
}

// Counts a wrong set-up code; nothing when it is right or none is asked for.
std::optional<HttpResponse> RefuseSetUpCode(Parts& parts, const HttpRequest& request,
                                            std::string_view code) {
  const std::string& right = parts.options.setup_code;
  if (right.empty()) return std::nullopt;
  if (const auto wait = parts.limiter.Begin(parts.HostOf(request), "")) return TooManyAttempts(*wait);
  const bool fits = EqualSecrets(right, Trimmed(code));
  parts.limiter.Finish(parts.HostOf(request), "", fits);
  if (fits) return std::nullopt;
  return ErrorResponse(awry::base::PermissionDenied(
      "The set-up code is missing or wrong: the program printed it when it started."));
}

HttpResponse SetUp(Parts& parts, const HttpRequest& request) {
  const auto body = JsonDocument::Parse(request.body);
  if (!body.ok()) return ErrorResponse(body.status());
  const auto credentials = ReadNewCredentials(body->root());
  if (!credentials.ok()) return ErrorResponse(credentials.status());
  const Status taken = awry::base::AlreadyExists("This dashboard has an owner already: log in.");
  const auto owner = parts.people.FindOwner();
  if (!owner.ok()) return ErrorResponse(owner.status());
  if (owner->has_value()) return ErrorResponse(taken);
  const auto code = body->root().Find("setup_code").AsString();
  if (auto refused = RefuseSetUpCode(parts, request, code.value_or(""))) return *refused;
  HttpResponse refusal;
  auto hash = HashOf(parts, request, *credentials, refusal);
  if (!hash.ok()) return refusal;
  const Person person{.user_id = RandomId("owner-"),
                      .name = credentials->name,
                      .password_hash = std::move(*hash),
                      .owner = true};
  const Status created = parts.people.CreateOwner(person);
  parts.limiter.Finish(parts.HostOf(request), credentials->name, created.ok());
  if (created.code() == StatusCode::kAlreadyExists) return ErrorResponse(taken);
  if (!created.ok()) return ErrorResponse(created);
  return Recorded(parts, request, person, "owner.made", "",
                  StartSession(parts, request, 201, person));
}

HttpResponse AcceptInvitation(Parts& parts, const HttpRequest& request) {
  const auto body = JsonDocument::Parse(request.body);
  if (!body.ok()) return ErrorResponse(body.status());
  const auto credentials = ReadNewCredentials(body->root());
  if (!credentials.ok()) return ErrorResponse(credentials.status());
  const auto code = body->root().Find("code").AsString();
  if (!code) return ErrorResponse(InvalidArgument("Send the invitation's code: {\"code\": text}."));
  HttpResponse refusal;
  auto hash = HashOf(parts, request, *credentials, refusal);
  if (!hash.ok()) return refusal;
  const Person person{.user_id = RandomId("member-"),
                      .name = credentials->name,
                      .password_hash = std::move(*hash)};
  const Status created = parts.people.CreateInvited(Trimmed(*code), person);
  parts.limiter.Finish(parts.HostOf(request), credentials->name, created.ok());
  if (created.code() == StatusCode::kAlreadyExists) {
    return ErrorResponse(
        awry::base::AlreadyExists("Somebody here has this name already: choose another one."));
  }
  if (!created.ok()) return ErrorResponse(created);
  return Recorded(parts, request, person, "person.joined", person.user_id,
                  StartSession(parts, request, 201, person));
}

Status RehashIfDue(Parts& parts, const Person& person, const std::string& password) {
  if (!NeedsRehash(person.password_hash, parts.options.password_cost)) return {};
  const auto hash = HashPassword(password, parts.options.password_cost);
  if (!hash.ok()) return {};  // no memory just now; the old hash is still good
  return parts.people.ReplacePasswordHash(person.user_id, *hash);
}

HttpResponse AskForCode(Parts& parts, const Person& person) {
  const auto challenge = parts.second_factor.StartChallenge(person.user_id);
  if (!challenge.ok()) return ErrorResponse(challenge.status());
  std::string json;
  JsonWriter writer(json);
  writer.BeginObject().Key("second_factor").String("totp").Key("challenge").String(*challenge);
  writer.Key("expires_in_s").Int(kChallengeLifetime.count()).EndObject();
  return JsonResponse(202, std::move(json));
}

HttpResponse LogIn(Parts& parts, const HttpRequest& request) {
  const auto body = JsonDocument::Parse(request.body);
  if (!body.ok()) return ErrorResponse(body.status());
  const auto credentials = ReadCredentials(body->root());
  if (!credentials.ok()) return ErrorResponse(credentials.status());
  if (credentials->password.size() > kPasswordBytesMax) {
    return ErrorResponse(InvalidArgument("The password is too long: use at most 1024 bytes."));
  }
  const auto person = parts.people.FindByName(credentials->name);
  if (!person.ok()) return ErrorResponse(person.status());
  const bool known = person->has_value() && !(*person)->leaving;
  const auto wait = parts.limiter.Begin(parts.HostOf(request), credentials->name);
  if (wait) return TooManyAttempts(*wait);
  const bool fits =
      PasswordFits(known ? (*person)->password_hash : parts.absent_person_hash,
                   credentials->password) &&
      known;
  const auto second =
      fits ? parts.second_factor.State((*person)->user_id) : Result<SecondFactorState>(SecondFactorState{});
  // With a second step the attempts stay counted until that is passed too.
  parts.limiter.Finish(parts.HostOf(request), credentials->name,
                       fits && second.ok() && !second->enabled);
  if (!fits) {
    const Status recorded = RecordFailure(parts, request, known ? (*person)->user_id : "");
    return ErrorResponse(recorded.ok() ? DoNotFit() : recorded);
  }
  if (!second.ok()) return ErrorResponse(second.status());
  if (const Status rehashed = RehashIfDue(parts, **person, credentials->password); !rehashed.ok())
    return ErrorResponse(rehashed);
  if (second->enabled) return AskForCode(parts, **person);
  return Recorded(parts, request, **person, "login", "",
                  StartSession(parts, request, 200, **person));
}

// The second step.
HttpResponse LogInWithCode(Parts& parts, const HttpRequest& request) {
  const auto body = JsonDocument::Parse(request.body);
  if (!body.ok()) return ErrorResponse(body.status());
  const auto challenge = body->root().Find("challenge").AsString();
  const auto code = body->root().Find("code").AsString();
  if (!challenge || !code)
    return ErrorResponse(InvalidArgument("Send {\"challenge\": text, \"code\": text}."));
  const std::string challenge_name = Digest(*challenge, "attempts");
  if (const auto wait = parts.limiter.Begin(parts.HostOf(request), challenge_name))
    return TooManyAttempts(*wait);
  const auto outcome = parts.second_factor.Answer(*challenge, Trimmed(*code));
  const bool passed = outcome.ok() && outcome->passed;
  parts.limiter.Finish(parts.HostOf(request), challenge_name, passed);
  if (!outcome.ok()) return ErrorResponse(outcome.status());
  const auto person = parts.people.FindById(outcome->user_id);
  if (!person.ok()) return ErrorResponse(person.status());
  if (!passed) {
    if (*person) parts.limiter.Blame((*person)->name);
    const Status recorded = RecordFailure(parts, request, outcome->user_id);
    return ErrorResponse(recorded.ok() ? awry::base::Unauthenticated(
                                             "The code does not fit. Take the newest one; after "
                                             "five tries begin again with the password.")
                                       : recorded);
  }
  if (!*person || (*person)->leaving) return ErrorResponse(DoNotFit());
  parts.limiter.Forgive((*person)->name);
  return Recorded(parts, request, **person, outcome->backup_code ? "login.backup-code" : "login",
                  "", StartSession(parts, request, 200, **person));
}

HttpResponse LogOut(Parts& parts, const HttpRequest& request, const Acting& acting) {
  const Status ended = parts.sessions.End(acting.person.user_id, acting.session_id);
  if (!ended.ok()) return ErrorResponse(ended);
  HttpResponse response = JsonResponse(200, "{}");
  SetHeader(response.headers, "Set-Cookie", parts.guard.ExpiredCookie());
  return Recorded(parts, request, acting.person, "logout", "", std::move(response));
}

std::string NameOf(const std::vector<Person>& people, const std::string& user_id) {
  for (const Person& person : people) {
    if (person.user_id == user_id) return person.name;
  }
  return user_id;  // of the sample
}

Status WriteRights(Parts& parts, JsonWriter& writer, const Person& person) {
  ASSIGN_OR_RETURN(const std::vector<ActingRight> rights, parts.rights.List(person.user_id));
  ASSIGN_OR_RETURN(const std::vector<Person> people, parts.people.List());
  writer.Key("users").BeginArray();
  for (const ActingRight& right : rights) {
    writer.BeginObject().Key("id").String(right.user_id);
    writer.Key("may_edit").Bool(right.may_edit).Key("sample").Bool(right.sample);
    writer.Key("name").String(NameOf(people, right.user_id)).Key("accounts");
    if (right.whole()) {
      writer.Null().EndObject();
      continue;
    }
    writer.BeginArray();
    for (const ActingRight::Account& account : right.accounts) {
      writer.BeginObject().Key("id").String(account.id);
      writer.Key("may_edit").Bool(account.may_edit).EndObject();
    }
    writer.EndArray().EndObject();
  }
  writer.EndArray();
  return {};
}

HttpResponse Me(Parts& parts, const HttpRequest&, const Acting& acting) {
  const auto second = parts.second_factor.State(acting.person.user_id);
  if (!second.ok()) return ErrorResponse(second.status());
  std::string json;
  JsonWriter writer(json);
  writer.BeginObject().Key("name").String(acting.person.name);
  writer.Key("user_id").String(acting.person.user_id);
  writer.Key("role").String(acting.person.owner ? "owner" : "member");
  writer.Key("second_factor").Bool(second->enabled);
  writer.Key("csrf").String(acting.session_token.empty() ? "" : CsrfOf(acting.session_token));
  const Status written = WriteRights(parts, writer, acting.person);
  writer.EndObject();
  return written.ok() ? JsonResponse(200, std::move(json)) : ErrorResponse(written);
}

HttpResponse SwitchSample(Parts& parts, const HttpRequest& request, const Acting& acting) {
  const auto document = JsonDocument::Parse(request.body);
  if (!document.ok()) return ErrorResponse(document.status());
  const auto enabled = document->root().Find("enabled").AsBool();
  if (!enabled)
    return ErrorResponse(InvalidArgument("Send {\"enabled\": true} or {\"enabled\": false}."));
  const std::vector<std::string> users =
      *enabled ? SampleUsers(parts) : std::vector<std::string>();
  if (*enabled && users.empty()) {
    return ErrorResponse(awry::base::FailedPrecondition(
        "There is no sample here: it was left out at the start, or is still being made."));
  }
  const std::string& person = acting.person.user_id;
  const Status done = *enabled ? parts.rights.GrantSample(person, users)
                               : parts.rights.WithdrawSample(person);
  if (!done.ok()) return ErrorResponse(done);
  std::string json;
  JsonWriter writer(json);
  writer.BeginObject().Key("enabled").Bool(*enabled);
  const Status written = WriteRights(parts, writer, acting.person);
  writer.EndObject();
  return written.ok() ? JsonResponse(200, std::move(json)) : ErrorResponse(written);
}

}  // namespace

Status CheckNewPassword(std::string_view password) {
  if (password.size() < kPasswordBytesMin)
    return InvalidArgument("The password is too short: use at least 8 characters.");
  if (password.size() > kPasswordBytesMax)
    return InvalidArgument("The password is too long: use at most 1024 bytes.");
  return {};
}

Result<Credentials> ReadNewCredentials(const JsonValue& body) {
  ASSIGN_OR_RETURN(Credentials credentials, ReadCredentials(body));
  if (credentials.name.empty() || credentials.name.size() > kNameBytesMax ||
      HasControlCharacter(credentials.name)) {
    return InvalidArgument("A name is 1 to 200 bytes without control characters.");
  }
  RETURN_IF_ERROR(CheckNewPassword(credentials.password));
  return credentials;
}

HttpResponse StartSession(Parts& parts, const HttpRequest& request, int status,
                          const Person& person) {
  const auto token =
      parts.sessions.Start(person.user_id, parts.HostOf(request), request.header("User-Agent"));
  if (!token.ok()) return ErrorResponse(token.status());
  std::string json;
  JsonWriter writer(json);
  writer.BeginObject().Key("csrf").String(CsrfOf(*token)).Key("name").String(person.name);
  writer.EndObject();
  HttpResponse response = JsonResponse(status, std::move(json));
  SetHeader(response.headers, "Set-Cookie", parts.guard.SessionCookie(*token));
  return response;
}

std::optional<HttpResponse> RefusePassword(Parts& parts, const HttpRequest& request,
                                           const Person& person, std::string_view member) {
  const auto body = JsonDocument::Parse(request.body);
  if (!body.ok()) return ErrorResponse(body.status());
  const auto password = body->root().Find(member).AsString();
  if (!password || password->size() > kPasswordBytesMax) {
    return ErrorResponse(
        InvalidArgument("Send your password, at most 1024 bytes, as: " + std::string(member)));
  }
  if (const auto wait = parts.limiter.Begin(parts.HostOf(request), person.name))
    return TooManyAttempts(*wait);
  const bool fits = PasswordFits(person.password_hash, *password);
  parts.limiter.Finish(parts.HostOf(request), person.name, fits);
  if (fits) return std::nullopt;
  return Recorded(parts, request, person, "password.wrong", "",
                  ErrorResponse(awry::base::PermissionDenied("The password does not fit.")));
}

std::vector<std::pair<std::string, std::string>> Dashboard::PublicRoutes() {
  return {{"GET", "/api/config"},
          {"POST", "/api/setup"},
          {"POST", "/api/session"},
          {"POST", "/api/session/code"},
          {"POST", "/api/invitations/accept"}};
}

void AddSessionRoutes(Parts& parts, awry::net::Router& router) {
  const auto open = [&](const char* method, const char* pattern,
                        HttpResponse (*handler)(Parts&, const HttpRequest&)) {
    router.Add(method, pattern, parts.guard.Public([&parts, handler](const HttpRequest& request) {
      return handler(parts, request);
    }));
  };
  open("GET", "/api/config", [](Parts& p, const HttpRequest&) { return Config(p); });
  open("POST", "/api/setup", SetUp);
  open("POST", "/api/session", LogIn);
  open("POST", "/api/session/code", LogInWithCode);
  open("POST", "/api/invitations/accept", AcceptInvitation);
  GuardedRoutes routes(parts, router);
  routes.Add("POST", "/api/logout", LogOut, {.scope = Scope::kLogin, .reach = Reach::kPerson});
  routes.Add("GET", "/api/me", Me, {.reach = Reach::kPerson});
  routes.Add("POST", "/api/sample", SwitchSample,
             {.scope = Scope::kAdmin, .reach = Reach::kPerson, .owner_only = true});
}

}  // namespace finance::dashboard
