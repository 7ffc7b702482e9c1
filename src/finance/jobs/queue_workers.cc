// The workers' side of the queue: taking a job, running it in a span, deciding what its end means.
#include <algorithm>

#include "finance/jobs/queue_core.h"
#include "finance/jobs/trace_text.h"

namespace finance::jobs {
namespace {

bool IsAway(base::StatusCode code) {
  return code == base::StatusCode::kUnavailable || code == base::StatusCode::kDeadlineExceeded ||
         code == base::StatusCode::kResourceExhausted;
}

bool IsHopeless(base::StatusCode code) {
  return code == base::StatusCode::kInvalidArgument || code == base::StatusCode::kNotFound ||
         code == base::StatusCode::kFailedPrecondition ||
         code == base::StatusCode::kUnimplemented || code == base::StatusCode::kDataLoss;
}

}  // namespace

void Queue::Work() {
  Job job;
  while (Take(job)) {
    const std::string kind = job.kind;
    Ended ended = Attempt(std::move(job));
    const bool away = IsAway(ended.result.status.code());
    base::MutexLock lock(mutex_);
    ended_.push_back(std::move(ended));
    --running_;
    Brake& brake = LaneOf(kind).brake;
    const bool was_on = brake.on();
    brake.End(away, Now());
    if (was_on || brake.on()) {
      table_may_have_work_ = true;
      workers_wake_.NotifyAll();
    }
    dispatcher_wakes_.NotifyOne();
  }
}

// The lane whose oldest job may run; null when there is none, then `resume_ns` is when a brake lets
// the next one through (kNever: when something else happens).
Queue::Lane* Queue::NextLane(int64_t now_ns, int64_t& resume_ns) {
  Lane* next = nullptr;
  resume_ns = kNever;
  for (auto& [kind, lane] : lanes_) {
    if (lane.leased.empty()) continue;
    if (lane.brake.MayRun(now_ns)) {
      if (next == nullptr || lane.leased.front().id < next->leased.front().id) next = &lane;
    } else if (lane.brake.resume_at_ns() > now_ns) {
      resume_ns = std::min(resume_ns, lane.brake.resume_at_ns());
    }
  }
  return next;
}

// False when the queue stops.
bool Queue::Take(Job& job) {
  base::MutexLock lock(mutex_);
  while (!stopping_) {
    const int64_t now = Now();
    int64_t resume = kNever;
    if (Lane* lane = NextLane(now, resume)) {
      job = std::move(lane->leased.front());
      lane->leased.pop_front();
      lane->brake.Begin();
      ++running_;
      if (WantsLease()) dispatcher_wakes_.NotifyOne();
      return true;
    }
    if (resume == kNever) {
      workers_wake_.Wait(mutex_);
    } else {
      workers_wake_.WaitFor(mutex_, std::chrono::nanoseconds(resume - now));
    }
  }
  return false;
}

Ended Queue::Attempt(Job job) {
  Ended ended;
  const auto kind = kinds_.find(job.kind);
  if (kind == kinds_.end()) {
    ended.result.status = base::Unimplemented("no handler for jobs of this kind: " + job.kind);
  } else {
    ended.result = RunHandler(kind->second, job);
  }
  ended.job = std::move(job);
  Decide(ended);
  return ended;
}

JobResult Queue::RunHandler(const JobKind& kind, Job& job) {
  const awry::sdk::Context parent(FromTraceparent(job.traceparent));
  awry::sdk::ScopedSpan span = tracer_.start_as_current_span(
      kind.span_name, {.kind = awry::sdk::SpanKind::kConsumer,
                       .parent = &parent,
                       .attributes = {{"messaging.system", "awry_jobs"},
                                      {"messaging.destination.name", options_.name},
                                      {"messaging.operation.type", "process"},
                                      {"messaging.operation.name", job.kind},
                                      {"messaging.message.id", std::to_string(job.id)},
                                      {"attempt", job.attempt}}});
  if (job.traceparent.empty() && kind.linked) span.add_link(kind.linked(job));
  JobResult result;
  try {
    result = kind.run(job, span);
  } catch (const std::exception& e) {
    result.status = base::Internal(std::string("job handler threw: ") + e.what());
  }
  if (!result.status.ok()) {
    span.record_exception(base::StatusCodeName(result.status.code()), result.status.message());
    span.set_status(awry::sdk::StatusCode::kError, result.status.message());
  }
  // Further attempts belong to the same trace.
  if (job.traceparent.empty()) job.traceparent = ToTraceparent(span.context());
  return result;
}

void Queue::Decide(Ended& ended) {
  const base::StatusCode code = ended.result.status.code();
  if (ended.result.status.ok()) {
    ended.verdict = Verdict::kDone;
    ++done_;
    return;
  }
  ++failed_attempts_;
  const bool spent = !IsAway(code) && ended.job.attempt >= options_.attempts_max;
  ended.verdict = IsHopeless(code) || spent ? Verdict::kDead : Verdict::kAgain;
  ended.run_at_ns =
      Now() + BackOff(ended.job.attempt, options_.backoff_first, options_.backoff_max, Jitter()).count();
}

}  // namespace finance::jobs
