#include "finance/dashboard/owner_store.h"

#include "finance/dashboard/secrets.h"

namespace finance::dashboard {

using awry::base::OkStatus;
using awry::base::Result;
using awry::base::Status;
using awry::sql::Connection;
using awry::sql::Rows;

namespace {
constexpr int64_t kNoteUseAfterNs = 300'000'000'000;

int64_t Ns(std::chrono::hours hours) { return std::chrono::nanoseconds(hours).count(); }
}  // namespace

Result<std::optional<Owner>> OwnerStore::FindOwner() {
  ASSIGN_OR_RETURN(const Rows rows,
                   database_.Query("SELECT name, user_id, password_hash FROM owner"));
  if (rows.empty()) return std::optional<Owner>();
  return std::optional(Owner{rows[0].Text(0), rows[0].Text(1), rows[0].Text(2)});
}

Status OwnerStore::CreateOwner(const Owner& owner) {
  return database_.Write([&](Connection& connection) -> Status {
    ASSIGN_OR_RETURN(
        [[maybe_unused]] const int64_t owners,
        connection.Execute("INSERT INTO owner (slot, name, password_hash, user_id, created_ns) "
                           "VALUES (1, $1, $2, $3, $4)",
                           {owner.name, owner.password_hash, owner.user_id, clock_.NowUnixNs()}));
    ASSIGN_OR_RETURN([[maybe_unused]] const int64_t rights,
                     connection.Execute("INSERT INTO acting_right (user_id, may_edit, source) "
                                        "VALUES ($1, 1, 'own')",
                                        {owner.user_id}));
    return OkStatus();
  });
}

Status OwnerStore::ReplacePasswordHash(const std::string& hash) {
  return database_.Execute("UPDATE owner SET password_hash = $1", {hash}).status();
}

Result<std::string> OwnerStore::StartSession() {
  const std::string token = RandomToken();
  const int64_t now_ns = clock_.NowUnixNs();
  const Status stored = database_.Write([&](Connection& connection) -> Status {
    RETURN_IF_ERROR(connection
                        .Execute("DELETE FROM session WHERE seen_ns < $1 OR created_ns < $2",
                                 {now_ns - Ns(limits_.idle), now_ns - Ns(limits_.lifetime)})
                        .status());
    RETURN_IF_ERROR(
        connection
            .Execute("DELETE FROM session WHERE token_digest IN (SELECT token_digest FROM "
                     "session ORDER BY seen_ns DESC LIMIT 1000 OFFSET $1)",
                     {int64_t{limits_.sessions_max - 1}})
            .status());
    return connection
        .Execute("INSERT INTO session (token_digest, created_ns, seen_ns) VALUES ($1, $2, $2)",
                 {TokenDigest(token), now_ns})
        .status();
  });
  RETURN_IF_ERROR(stored);
  return token;
}

Result<bool> OwnerStore::TouchSession(std::string_view token) {
  const std::string digest = TokenDigest(token);
  ASSIGN_OR_RETURN(const Rows rows, database_.Query("SELECT created_ns, seen_ns FROM session "
                                                    "WHERE token_digest = $1",
                                                    {digest}));
  if (rows.empty()) return false;
  const int64_t now_ns = clock_.NowUnixNs();
  const int64_t seen_ns = rows[0].Int(1);
  if (now_ns - rows[0].Int(0) >= Ns(limits_.lifetime) || now_ns - seen_ns >= Ns(limits_.idle))
    return false;
  if (now_ns - seen_ns >= kNoteUseAfterNs) {
    RETURN_IF_ERROR(
        database_
            .Execute("UPDATE session SET seen_ns = $1 WHERE token_digest = $2", {now_ns, digest})
            .status());
  }
  return true;
}

Status OwnerStore::EndSession(std::string_view token) {
  return database_.Execute("DELETE FROM session WHERE token_digest = $1", {TokenDigest(token)})
      .status();
}

}  // namespace finance::dashboard
