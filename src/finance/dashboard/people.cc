#include "finance/dashboard/people.h"

#include <array>

#include "finance/dashboard/secrets.h"

namespace finance::dashboard {

using awry::base::OkStatus;
using awry::base::Result;
using awry::base::Status;
using awry::sql::Connection;
using awry::sql::Row;
using awry::sql::Rows;

namespace {

constexpr std::string_view kColumns =
    "SELECT user_id, name, password_hash, role, leaving, created_ns FROM person";

Person PersonOf(const Row& row) {
  return {.user_id = row.Text(0),
          .name = row.Text(1),
          .password_hash = row.Text(2),
          .owner = row.Text(3) == "owner",
          .leaving = row.Int(4) != 0,
          .created_ns = row.Int(5)};
}

}  // namespace

Result<std::optional<Person>> People::Find(std::string_view where, std::string value) {
  ASSIGN_OR_RETURN(const Rows rows, database_.Query(std::string(kColumns) + std::string(where),
                                                    {std::move(value)}));
  if (rows.empty()) return std::optional<Person>();
  return std::optional(PersonOf(rows[0]));
}

Result<std::optional<Person>> People::FindOwner() { return Find(" WHERE role = $1", "owner"); }

Result<std::optional<Person>> People::FindByName(std::string_view name) {
  return Find(" WHERE name = $1", std::string(name));
}

Result<std::optional<Person>> People::FindById(std::string_view user_id) {
  return Find(" WHERE user_id = $1", std::string(user_id));
}

Result<std::vector<Person>> People::List() {
  ASSIGN_OR_RETURN(const Rows rows,
                   database_.Query(std::string(kColumns) + " ORDER BY role DESC, name"));
  std::vector<Person> people;
  for (const Row& row : rows) people.push_back(PersonOf(row));
  return people;
}

Status People::Insert(Connection& connection, const Person& person) {
  return connection
      .Execute("INSERT INTO person (user_id, name, password_hash, role, created_ns) "
               "VALUES ($1, $2, $3, $4, $5)",
               {person.user_id, person.name, person.password_hash,
                std::string(person.owner ? "owner" : "member"), clock_.NowUnixNs()})
      .status();
}

Status People::CreateOwner(const Person& person) {
  Person owner = person;
  owner.owner = true;
  return database_.Write([&](Connection& connection) { return Insert(connection, owner); });
}

Status People::CreateInvited(std::string_view code, const Person& person) {
  Person member = person;
  member.owner = false;
  return database_.Write([&](Connection& connection) -> Status {
    ASSIGN_OR_RETURN(
        const int64_t used,
        connection.Execute("DELETE FROM invitation WHERE code_digest = $1 AND expires_ns > $2",
                           {Digest(code, "invitation"), clock_.NowUnixNs()}));
    if (used == 0) {
      return awry::base::NotFound(
          "This invitation is wrong, used or too old: ask the owner for a new one.");
    }
    return Insert(connection, member);
  });
}

Result<Invitation> People::Invite() {
  Invitation invitation{.id = RandomId("invitation-"),
                        .code = RandomToken(),
                        .created_ns = clock_.NowUnixNs()};
  invitation.expires_ns =
      invitation.created_ns + std::chrono::nanoseconds(kInvitationLifetime).count();
  const Status stored = database_.Write([&](Connection& connection) -> Status {
    RETURN_IF_ERROR(
        connection.Execute("DELETE FROM invitation WHERE expires_ns <= $1", {invitation.created_ns})
            .status());
    ASSIGN_OR_RETURN(const Rows rows,
                     connection.Query("SELECT (SELECT COUNT(*) FROM person) + "
                                      "(SELECT COUNT(*) FROM invitation)"));
    if (rows[0].Int(0) >= kPeopleMax) {
      return awry::base::ResourceExhausted("Too many people and invitations; at most " +
                                           std::to_string(kPeopleMax));
    }
    return connection
        .Execute("INSERT INTO invitation (id, code_digest, created_ns, expires_ns) "
                 "VALUES ($1, $2, $3, $4)",
                 {invitation.id, Digest(invitation.code, "invitation"), invitation.created_ns,
                  invitation.expires_ns})
        .status();
  });
  RETURN_IF_ERROR(stored);
  return invitation;
}

Result<std::vector<Invitation>> People::Invitations() {
  ASSIGN_OR_RETURN(const Rows rows,
                   database_.Query("SELECT id, created_ns, expires_ns FROM invitation "
                                   "WHERE expires_ns > $1 ORDER BY created_ns DESC, id",
                                   {clock_.NowUnixNs()}));
  std::vector<Invitation> invitations;
  for (const Row& row : rows) {
    invitations.push_back(
        {.id = row.Text(0), .code = "", .created_ns = row.Int(1), .expires_ns = row.Int(2)});
  }
  return invitations;
}

Status People::Withdraw(std::string_view invitation_id) {
  const std::string id(invitation_id);
  ASSIGN_OR_RETURN(const int64_t changed,
                   database_.Execute("DELETE FROM invitation WHERE id = $1", {id}));
  if (changed == 0) return awry::base::NotFound("There is no such invitation: " + id);
  return OkStatus();
}

Status People::ReplacePasswordHash(std::string_view user_id, const std::string& hash) {
  return database_
      .Execute("UPDATE person SET password_hash = $2 WHERE user_id = $1",
               {std::string(user_id), hash})
      .status();
}

Status People::MarkLeaving(Connection& connection, const std::string& user_id) {
  for (const std::string_view statement :
       {"UPDATE person SET leaving = 1, role = 'member', name = user_id WHERE user_id = $1",
        "DELETE FROM session WHERE user_id = $1",
        "DELETE FROM api_token WHERE user_id = $1", "DELETE FROM login_challenge WHERE user_id = $1",
        "DELETE FROM share WHERE person_id = $1 OR user_id = $1"}) {
    RETURN_IF_ERROR(connection.Execute(statement, {user_id}).status());
  }
  return OkStatus();
}

Status People::Erase(Connection& connection, const std::string& user_id) {
  RETURN_IF_ERROR(
      connection
          .Execute("INSERT INTO erasing (user_id) VALUES ($1) ON CONFLICT (user_id) DO NOTHING",
                   {user_id})
          .status());
  for (const std::string_view table :
       {"session", "api_token", "login_challenge", "second_factor", "backup_code",
        "started_import", "audit", "person", "erasing"}) {
    RETURN_IF_ERROR(
        connection
            .Execute("DELETE FROM " + std::string(table) + " WHERE user_id = $1", {user_id})
            .status());
  }
  return connection.Execute("DELETE FROM share WHERE person_id = $1 OR user_id = $1", {user_id})
      .status();
}

}  // namespace finance::dashboard
