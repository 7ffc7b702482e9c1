#include "finance/dashboard/audit_log.h"

#include "finance/jobs/trace_text.h"

namespace finance::dashboard {

using awry::base::Result;
using awry::base::Status;
using awry::sql::Connection;
using awry::sql::Row;
using awry::sql::Rows;

Status AuditLog::Add(AuditEntry entry) {
  entry.trace_id = jobs::CurrentTraceId();
  return database_.Write([&](Connection& connection) { return Add(connection, entry); });
}

Status AuditLog::Add(Connection& connection, AuditEntry entry) {
  if (entry.trace_id.empty()) entry.trace_id = jobs::CurrentTraceId();
  return connection
      .Execute("INSERT INTO audit (id, user_id, actor_id, action, subject, address, trace_id, "
               "at_ns) SELECT COALESCE(MAX(id), 0) + 1, $1, $2, $3, $4, $5, $6, $7 FROM audit",
               {entry.user_id, entry.actor_id, entry.action, entry.subject, entry.address,
                entry.trace_id, clock_.NowUnixNs()})
      .status();
}

Result<std::vector<AuditEntry>> AuditLog::Newest(const std::string& user_id, bool nobodys,
                                                 int64_t before, int64_t limit) {
  ASSIGN_OR_RETURN(
      const Rows rows,
      database_.Query("SELECT id, user_id, actor_id, action, subject, address, trace_id, at_ns "
                      "FROM audit WHERE user_id IN ($1, $2) AND id < $3 ORDER BY id DESC LIMIT $4",
                      {user_id, nobodys ? std::string() : user_id, before, limit}));
  std::vector<AuditEntry> entries;
  for (const Row& row : rows) {
    entries.push_back({.id = row.Int(0),
                       .user_id = row.Text(1),
                       .actor_id = row.Text(2),
                       .action = row.Text(3),
                       .subject = row.Text(4),
                       .address = row.Text(5),
                       .trace_id = row.Text(6),
                       .at_ns = row.Int(7)});
  }
  return entries;
}

}  // namespace finance::dashboard
