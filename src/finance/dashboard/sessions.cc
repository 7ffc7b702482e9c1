#include "finance/dashboard/sessions.h"

#include "codec/utf8.h"
#include "finance/dashboard/secrets.h"

namespace finance::dashboard {

using awry::base::OkStatus;
using awry::base::Result;
using awry::base::Status;
using awry::sql::Connection;
using awry::sql::Row;
using awry::sql::Rows;

namespace {

constexpr int64_t kNoteUseAfterNs = 300'000'000'000;
constexpr std::string_view kColumns =
    "SELECT id, user_id, address, agent, created_ns, seen_ns FROM session ";

int64_t Ns(std::chrono::hours hours) { return std::chrono::nanoseconds(hours).count(); }

Session SessionOf(const Row& row) {
  return {.id = row.Text(0),
          .user_id = row.Text(1),
          .address = row.Text(2),
          .agent = row.Text(3),
          .created_ns = row.Int(4),
          .seen_ns = row.Int(5)};
}

}  // namespace

bool Sessions::Lives(const Session& session) const {
  const int64_t now_ns = clock_.NowUnixNs();
  return now_ns - session.created_ns < Ns(limits_.lifetime) &&
         now_ns - session.seen_ns < Ns(limits_.idle);
}

Result<std::string> Sessions::Start(const std::string& user_id, const std::string& address,
                                    std::string_view agent) {
  const std::string token = RandomToken();
  const int64_t now_ns = clock_.NowUnixNs();
  const Status stored = database_.Write([&](Connection& connection) -> Status {
    RETURN_IF_ERROR(connection
                        .Execute("DELETE FROM session WHERE seen_ns < $1 OR created_ns < $2",
                                 {now_ns - Ns(limits_.idle), now_ns - Ns(limits_.lifetime)})
                        .status());
    RETURN_IF_ERROR(
        connection
            .Execute("DELETE FROM session WHERE token_digest IN (SELECT token_digest FROM session "
                     "WHERE user_id = $1 ORDER BY seen_ns DESC LIMIT 1000 OFFSET $2)",
                     {user_id, int64_t{limits_.sessions_max - 1}})
            .status());
    return connection
        .Execute("INSERT INTO session (token_digest, id, user_id, address, agent, created_ns, "
                 "seen_ns) VALUES ($1, $2, $3, $4, $5, $6, $6)",
                 {Digest(token, "session"), RandomId("session-"), user_id, address,
                  std::string(awry::codec::TruncateUtf8(agent, kAgentBytesMax)), now_ns})
        .status();
  });
  RETURN_IF_ERROR(stored);
  return token;
}

Result<std::optional<Session>> Sessions::Touch(std::string_view token) {
  const std::string digest = Digest(token, "session");
  ASSIGN_OR_RETURN(const Rows rows,
                   database_.Query(std::string(kColumns) + "WHERE token_digest = $1", {digest}));
  if (rows.empty()) return std::optional<Session>();
  Session session = SessionOf(rows[0]);
  if (!Lives(session)) return std::optional<Session>();
  const int64_t now_ns = clock_.NowUnixNs();
  if (now_ns - session.seen_ns >= kNoteUseAfterNs) {
    RETURN_IF_ERROR(
        database_
            .Execute("UPDATE session SET seen_ns = $1 WHERE token_digest = $2", {now_ns, digest})
            .status());
  }
  return std::optional(std::move(session));
}

Result<std::vector<Session>> Sessions::List(const std::string& user_id) {
  ASSIGN_OR_RETURN(
      const Rows rows,
      database_.Query(std::string(kColumns) + "WHERE user_id = $1 ORDER BY seen_ns DESC, id",
                      {user_id}));
  std::vector<Session> sessions;
  for (const Row& row : rows) {
    Session session = SessionOf(row);
    if (Lives(session)) sessions.push_back(std::move(session));
  }
  return sessions;
}

Status Sessions::End(const std::string& user_id, const std::string& session_id) {
  ASSIGN_OR_RETURN(const int64_t changed,
                   database_.Execute("DELETE FROM session WHERE user_id = $1 AND id = $2",
                                     {user_id, session_id}));
  if (changed == 0) return awry::base::NotFound("There is no such session: " + session_id);
  return OkStatus();
}

Status Sessions::EndOthers(const std::string& user_id, const std::string& kept_id) {
  return database_
      .Execute("DELETE FROM session WHERE user_id = $1 AND id <> $2", {user_id, kept_id})
      .status();
}

}  // namespace finance::dashboard
