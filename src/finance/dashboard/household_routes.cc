// The people of the dashboard, invitations, and what they share with each other.
#include "codec/json.h"
#include "finance/dashboard/erasure.h"
#include "finance/dashboard/own_rows.h"
#include "finance/dashboard/parts.h"

namespace finance::dashboard {

using awry::base::InvalidArgument;
using awry::base::NotFound;
using awry::base::Status;
using awry::codec::JsonDocument;
using awry::codec::JsonWriter;
using awry::net::ErrorResponse;
using awry::net::HttpRequest;
using awry::net::HttpResponse;
using awry::net::JsonResponse;

namespace {

HttpResponse ListPeople(Parts& parts, const HttpRequest&, const Acting&) {
  const auto people = parts.people.List();
  if (!people.ok()) return ErrorResponse(people.status());
  std::string json;
  JsonWriter writer(json);
  writer.BeginObject().Key("people").BeginArray();
  for (const Person& person : *people) {
    if (person.leaving) continue;
    writer.BeginObject().Key("user_id").String(person.user_id).Key("name").String(person.name);
    writer.Key("role").String(person.owner ? "owner" : "member");
    writer.Key("created_ns").Int(person.created_ns).EndObject();
  }
  writer.EndArray().EndObject();
  return JsonResponse(200, std::move(json));
}

HttpResponse RemovePerson(Parts& parts, const HttpRequest& request, const Acting& acting) {
  const std::string id(request.path_param("id"));
  const auto person = parts.people.FindById(id);
  if (!person.ok()) return ErrorResponse(person.status());
  if (!*person || (*person)->leaving)
    return ErrorResponse(NotFound("There is no such person: " + id));
  if ((*person)->owner) {
    return ErrorResponse(awry::base::FailedPrecondition(
        "The owner goes by deleting their own account, once nobody else is here."));
  }
  const Status begun = BeginErasure(parts, acting.person, id, parts.HostOf(request));
  return begun.ok() ? JsonResponse(202, "{}") : ErrorResponse(begun);
}

HttpResponse MakeInvitation(Parts& parts, const HttpRequest& request, const Acting& acting) {
  const auto invitation = parts.people.Invite();
  if (!invitation.ok()) return ErrorResponse(invitation.status());
  std::string json;
  JsonWriter writer(json);
  writer.BeginObject().Key("id").String(invitation->id).Key("code").String(invitation->code);
  writer.Key("expires_ns").Int(invitation->expires_ns).EndObject();
  return Recorded(parts, request, acting.person, "invitation.made", invitation->id,
                  JsonResponse(201, std::move(json)));
}

HttpResponse ListInvitations(Parts& parts, const HttpRequest&, const Acting&) {
  const auto invitations = parts.people.Invitations();
  if (!invitations.ok()) return ErrorResponse(invitations.status());
  std::string json;
  JsonWriter writer(json);
  writer.BeginObject().Key("invitations").BeginArray();
  for (const Invitation& invitation : *invitations) {
    writer.BeginObject().Key("id").String(invitation.id);
    writer.Key("created_ns").Int(invitation.created_ns);
    writer.Key("expires_ns").Int(invitation.expires_ns).EndObject();
  }
  writer.EndArray().EndObject();
  return JsonResponse(200, std::move(json));
}

HttpResponse WithdrawInvitation(Parts& parts, const HttpRequest& request, const Acting& acting) {
  const std::string id(request.path_param("id"));
  const Status withdrawn = parts.people.Withdraw(id);
  if (!withdrawn.ok()) return ErrorResponse(withdrawn);
  return Recorded(parts, request, acting.person, "invitation.withdrawn", id, Done({}));
}

void WriteShare(JsonWriter& writer, const Share& share, const std::string& other_id,
                const std::string& other_name) {
  writer.BeginObject().Key("id").String(share.id).Key("user_id").String(other_id);
  writer.Key("name").String(other_name).Key("account");
  share.account_id.empty() ? writer.Null() : writer.String(share.account_id);
  writer.Key("may_edit").Bool(share.may_edit).EndObject();
}

HttpResponse ListShares(Parts& parts, const HttpRequest&, const Acting& acting) {
  const std::string& own_id = acting.person.user_id;
  const auto shares = parts.rights.Shares(own_id);
  if (!shares.ok()) return ErrorResponse(shares.status());
  std::string json;
  JsonWriter writer(json);
  writer.BeginObject();
  for (const bool given : {true, false}) {
    writer.Key(given ? "given" : "received").BeginArray();
    for (const Share& share : *shares) {
      if ((share.user_id == own_id) != given) continue;
      const std::string& other_id = given ? share.person_id : share.user_id;
      const auto other = parts.people.FindById(other_id);
      if (!other.ok()) return ErrorResponse(other.status());
      WriteShare(writer, share, other_id, *other ? (*other)->name : "");
    }
    writer.EndArray();
  }
  writer.EndObject();
  return JsonResponse(200, std::move(json));
}

HttpResponse GiveShare(Parts& parts, const HttpRequest& request, const Acting& acting) {
  const auto body = JsonDocument::Parse(request.body);
  if (!body.ok()) return ErrorResponse(body.status());
  const auto name = body->root().Find("name").AsString();
  const auto account = body->root().Find("account");
  const auto may_edit = body->root().Find("may_edit").AsBool();
  if (!name || !may_edit || !(account.is_null() || account.is_string())) {
    return ErrorResponse(InvalidArgument(
        "Send {\"name\": whom to share with, \"account\": its id or null for all, \"may_edit\": "
        "true or false}."));
  }
  const auto other = parts.people.FindByName(*name);
  if (!other.ok()) return ErrorResponse(other.status());
  if (!*other || (*other)->leaving)
    return ErrorResponse(NotFound("Nobody here has this name: " + std::string(*name)));
  if ((*other)->user_id == acting.person.user_id)
    return ErrorResponse(InvalidArgument("You cannot share with yourself."));
  const std::string account_id(account.AsString().value_or(""));
  if (account.is_string()) {
    HttpResponse refusal;
    if (!HasAccount(parts, acting.person.user_id, account_id, refusal)) return refusal;
  }
  const auto id = parts.rights.Give({.id = "",
                                     .person_id = (*other)->user_id,
                                     .user_id = acting.person.user_id,
                                     .account_id = account_id,
                                     .may_edit = *may_edit});
  if (!id.ok()) return ErrorResponse(id.status());
  std::string json;
  JsonWriter(json).BeginObject().Key("id").String(*id).EndObject();
  return Recorded(parts, request, acting.person, *may_edit ? "share.edit" : "share.view", *id,
                  JsonResponse(201, std::move(json)));
}

HttpResponse WithdrawShare(Parts& parts, const HttpRequest& request, const Acting& acting) {
  const std::string id(request.path_param("id"));
  const Status withdrawn = parts.rights.Withdraw(acting.person.user_id, id);
  if (!withdrawn.ok()) return ErrorResponse(withdrawn);
  return Recorded(parts, request, acting.person, "share.withdrawn", id, Done({}));
}

}  // namespace

void AddHouseholdRoutes(Parts& parts, awry::net::Router& router) {
  GuardedRoutes routes(parts, router);
  const RouteRule own{.scope = Scope::kAdmin, .reach = Reach::kPerson};
  RouteRule owner = own;
  owner.owner_only = true;
  RouteRule owner_login = owner;
  owner_login.scope = Scope::kLogin;
  routes.Add("GET", "/api/people", ListPeople, owner);
  routes.Add("DELETE", "/api/people/{id}", RemovePerson, owner_login);
  routes.Add("POST", "/api/invitations", MakeInvitation, owner_login);
  routes.Add("GET", "/api/invitations", ListInvitations, owner);
  routes.Add("DELETE", "/api/invitations/{id}", WithdrawInvitation, owner);
  routes.Add("GET", "/api/shares", ListShares, own);
  routes.Add("POST", "/api/shares", GiveShare, own);
  routes.Add("DELETE", "/api/shares/{id}", WithdrawShare, own);
}

}  // namespace finance::dashboard
