// What the owner of the system sees of a queue, and does about its dead letters, over HTTP. Mounted
// where the queue lives; behind the service's token.
//
//   GET  /admin/jobs?state=dead&limit=100   {"counts": {"ready", "leased", "dead", "done",
//        "failed_attempts"}, "jobs": [{"id", "kind", "key", "state", "attempts", "run_at_ns",
//        "error", "trace_id"}]}; state is ready, leased or dead (the default)
//   POST /admin/jobs/{id}/retry             {}: it runs again, its attempts counted from 1
//   POST /admin/jobs/{id}/drop              {}: it is gone
//
// 404 when the id is no dead job's. A payload is never shown: it may hold what people entered.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/status.h"
#include "finance/jobs/job_queue.h"
#include "net/http_server.h"

namespace finance {
namespace net = awry::net;
}

namespace finance::jobs {

inline constexpr int kJobsShown = 100;
inline constexpr int kJobsShownMax = 1000;

// `queue` is asked for at each request; while it is null the routes answer 503. What it names must
// outlive the router's last request.
void AddJobRoutes(net::Router& router, std::function<JobQueue*()> queue);

// The answers without the routes, for who shows several queues at once.
net::HttpResponse ShowJobs(JobQueue& queue, const std::string* state, const std::string* limit);
net::HttpResponse RetryJob(JobQueue& queue, std::string_view id);
net::HttpResponse DropJob(JobQueue& queue, std::string_view id);

}  // namespace finance::jobs
