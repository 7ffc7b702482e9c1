// The SQL of the queue's table. Private to the room.
//
// A job's row: state ready → leased → (deleted when done | ready again | dead). Ids grow with time
// and are unique over the processes that share a database.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "finance/jobs/job_queue.h"
#include "sql/database.h"

namespace finance::jobs {

std::vector<std::string> JobTableSteps(std::string_view sql_system);

base::Status InsertJob(sql::Connection& connection, const Job& job, JobState state, int64_t run_at_ns,
                       int64_t lease_until_ns);

// Leases at most `limit` jobs that are due, the longest due first, none of the kinds `without`.
base::Result<std::vector<Job>> LeaseJobs(sql::Connection& connection, std::string_view sql_system,
                                         int64_t now_ns, int64_t lease_until_ns, size_t limit,
                                         const std::vector<std::string>& without);

// Unix time of the next job that becomes due; INT64_MAX when none waits. Kinds as above.
base::Result<int64_t> NextDueNs(sql::Connection& connection, const std::vector<std::string>& without);

base::Status DeleteJob(sql::Connection& connection, int64_t id);
base::Status RescheduleJob(sql::Connection& connection, const Job& job, int64_t run_at_ns,
                           std::string_view error);
base::Status BuryJob(sql::Connection& connection, const Job& job, std::string_view error);
// Gives back a lease that was not used.
base::Status UnleaseJob(sql::Connection& connection, int64_t id);
// Makes leased jobs ready whose lease ended before `before_ns`.
base::Status ReleaseExpired(sql::Connection& connection, int64_t before_ns);

}  // namespace finance::jobs
