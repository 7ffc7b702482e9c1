#include "finance/jobs/job_table.h"

#include <algorithm>
#include <limits>

namespace finance::jobs {
namespace {

int64_t Number(JobState state) { return static_cast<int64_t>(state); }

base::Status Run(sql::Connection& connection, std::string_view statement,
                 std::initializer_list<sql::SqlValue> params) {
  const auto changed = connection.Execute(statement, params);
  return changed.status();
}

// " AND kind NOT IN ($4, $5)" with placeholders from `first`.
std::string NotOfKinds(const std::vector<std::string>& kinds, size_t first) {
  if (kinds.empty()) return {};
  std::string text = " AND kind NOT IN (";
  for (size_t i = 0; i < kinds.size(); ++i) {
    text += (i > 0 ? ", $" : "$") + std::to_string(first + i);
  }
  return text + ")";
}

}  // namespace

std::vector<std::string> JobTableSteps(std::string_view sql_system) {
  const std::string key = sql_system == "sqlite" ? "INTEGER PRIMARY KEY" : "BIGINT PRIMARY KEY";
  return {"CREATE TABLE jobs (id " + key +
              ", kind TEXT NOT NULL, job_key TEXT NOT NULL, payload TEXT NOT NULL,"
              " state INTEGER NOT NULL, attempts INTEGER NOT NULL, run_at_ns BIGINT NOT NULL,"
              " lease_until_ns BIGINT NOT NULL, traceparent TEXT NOT NULL, last_error TEXT NOT NULL)",
          "CREATE INDEX jobs_by_due ON jobs (state, run_at_ns, id)"};
}

base::Status InsertJob(sql::Connection& connection, const Job& job, JobState state, int64_t run_at_ns,
                       int64_t lease_until_ns) {
  return Run(connection,
             "INSERT INTO jobs (id, kind, job_key, payload, state, attempts, run_at_ns, lease_until_ns,"
             " traceparent, last_error) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, '')",
             {job.id, job.kind, job.key, job.payload, Number(state),
              int64_t{state == JobState::kLeased ? 1 : 0}, run_at_ns, lease_until_ns, job.traceparent});
}

base::Result<std::vector<Job>> LeaseJobs(sql::Connection& connection, std::string_view sql_system,
                                         int64_t now_ns, int64_t lease_until_ns, size_t limit,
                                         const std::vector<std::string>& without) {
  const std::string statement =
      "UPDATE jobs SET state = 1, attempts = attempts + 1, lease_until_ns = $1 WHERE id IN"
      " (SELECT id FROM jobs WHERE state = 0 AND run_at_ns <= $2" + NotOfKinds(without, 4) +
      " ORDER BY run_at_ns, id LIMIT $3" + (sql_system == "sqlite" ? "" : " FOR UPDATE SKIP LOCKED") +
      ") RETURNING id, kind, job_key, payload, traceparent, attempts";
  std::vector<sql::SqlValue> params = {lease_until_ns, now_ns, static_cast<int64_t>(limit)};
  params.insert(params.end(), without.begin(), without.end());
  ASSIGN_OR_RETURN(const sql::Rows rows, connection.Query(statement, std::span<const sql::SqlValue>(params)));
  std::vector<Job> jobs;
  jobs.reserve(rows.size());
  for (const sql::Row& row : rows) {
    jobs.push_back({row.Int(0), row.Text(1), row.Text(2), row.Text(3), row.Text(4),
                    static_cast<int>(row.Int(5))});
  }
  std::sort(jobs.begin(), jobs.end(), [](const Job& a, const Job& b) { return a.id < b.id; });
  return jobs;
}

base::Result<int64_t> NextDueNs(sql::Connection& connection, const std::vector<std::string>& without) {
  const std::vector<sql::SqlValue> params(without.begin(), without.end());
  ASSIGN_OR_RETURN(const sql::Rows rows,
                   connection.Query("SELECT MIN(run_at_ns) FROM jobs WHERE state = 0" + NotOfKinds(without, 1),
                                    std::span<const sql::SqlValue>(params)));
  if (rows.empty() || rows[0].is_null(0)) return std::numeric_limits<int64_t>::max();
  return rows[0].Int(0);
}

base::Status DeleteJob(sql::Connection& connection, int64_t id) {
  return Run(connection, "DELETE FROM jobs WHERE id = $1", {id});
}

base::Status RescheduleJob(sql::Connection& connection, const Job& job, int64_t run_at_ns,
                           std::string_view error) {
  return Run(connection,
             "UPDATE jobs SET state = 0, run_at_ns = $2, traceparent = $3, last_error = $4 WHERE id = $1",
             {job.id, run_at_ns, job.traceparent, std::string(error)});
}

base::Status BuryJob(sql::Connection& connection, const Job& job, std::string_view error) {
  return Run(connection,
             "UPDATE jobs SET state = 2, traceparent = $2, last_error = $3 WHERE id = $1",
             {job.id, job.traceparent, std::string(error)});
}

base::Status UnleaseJob(sql::Connection& connection, int64_t id) {
  return Run(connection, "UPDATE jobs SET state = 0, attempts = attempts - 1 WHERE id = $1 AND state = 1", {id});
}

base::Status ReleaseExpired(sql::Connection& connection, int64_t before_ns) {
  return Run(connection, "UPDATE jobs SET state = 0 WHERE state = 1 AND lease_until_ns < $1", {before_ns});
}

}  // namespace finance::jobs
