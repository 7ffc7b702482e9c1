#include "finance/jobs/job_routes.h"

#include <array>
#include <charconv>

#include "codec/json.h"
#include "finance/jobs/trace_text.h"

namespace finance::jobs {
namespace {

using awry::codec::JsonWriter;
using net::ErrorResponse;
using net::HttpRequest;
using net::HttpResponse;

constexpr std::array<std::string_view, 3> kStates = {"ready", "leased", "dead"};

std::optional<JobState> ParseState(std::string_view text) {
  for (size_t i = 0; i < kStates.size(); ++i) {
    if (kStates[i] == text) return static_cast<JobState>(i);
  }
  return std::nullopt;
}

std::optional<int64_t> ParseNumber(std::string_view text) {
  int64_t number = 0;
  const auto [stop, failed] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (failed != std::errc() || stop != text.data() + text.size()) return std::nullopt;
  return number;
}

void WriteJob(JsonWriter& json, const JobView& job) {
  json.BeginObject().Key("id").String(std::to_string(job.id)).Key("kind").String(job.kind);
  json.Key("key").String(job.key).Key("state").String(kStates[static_cast<size_t>(job.state)]);
  json.Key("attempts").Int(job.attempts).Key("run_at_ns").Int(job.run_at_ns);
  const awry::sdk::SpanContext trace = FromTraceparent(job.traceparent);
  json.Key("error").String(job.error);
  json.Key("trace_id").String(trace.is_valid() ? trace.trace_id.hex() : "").EndObject();
}

HttpResponse Done(const base::Status& status) {
  return status.ok() ? net::JsonResponse(200, "{}") : ErrorResponse(status);
}

HttpResponse WithId(std::string_view text, const std::function<base::Status(int64_t)>& act) {
  const auto id = ParseNumber(text);
  if (!id) return ErrorResponse(base::InvalidArgument("job id is no number: " + std::string(text.substr(0, 40))));
  return Done(act(*id));
}

}  // namespace

HttpResponse ShowJobs(JobQueue& queue, const std::string* state_text, const std::string* limit_text) {
  const auto state = state_text == nullptr ? JobState::kDead : ParseState(*state_text);
  const auto limit = limit_text == nullptr ? kJobsShown : ParseNumber(*limit_text);
  if (!state || !limit || *limit < 1 || *limit > kJobsShownMax) {
    return ErrorResponse(base::InvalidArgument("state is ready, leased or dead; limit is 1 to " +
                                               std::to_string(kJobsShownMax)));
  }
  const auto counts = queue.Counts();
  if (!counts.ok()) return ErrorResponse(counts.status());
  const auto jobs = queue.List(*state, static_cast<int>(*limit));
  if (!jobs.ok()) return ErrorResponse(jobs.status());
  std::string out;
  JsonWriter json(out);
  json.BeginObject().Key("counts").BeginObject();
  json.Key("ready").Int(counts->ready).Key("leased").Int(counts->leased).Key("dead").Int(counts->dead);
  json.Key("done").UInt(counts->done).Key("failed_attempts").UInt(counts->failed_attempts).EndObject();
  json.Key("jobs").BeginArray();
  for (const JobView& job : *jobs) WriteJob(json, job);
  json.EndArray().EndObject();
  return net::JsonResponse(200, std::move(out));
}

HttpResponse RetryJob(JobQueue& queue, std::string_view id) {
  return WithId(id, [&](int64_t number) { return queue.RetryDead(number); });
}

HttpResponse DropJob(JobQueue& queue, std::string_view id) {
  return WithId(id, [&](int64_t number) { return queue.DropDead(number); });
}

void AddJobRoutes(net::Router& router, std::function<JobQueue*()> queue) {
  const auto add = [&](const char* method, const char* pattern,
                       std::function<HttpResponse(JobQueue&, const HttpRequest&)> answer) {
    router.Add(method, pattern, [queue, answer = std::move(answer)](const HttpRequest& request) {
      JobQueue* const found = queue();
      if (found == nullptr) return ErrorResponse(base::Unavailable("the queue is not running yet"));
      return answer(*found, request);
    });
  };
  add("GET", "/admin/jobs", [](JobQueue& q, const HttpRequest& request) {
    return ShowJobs(q, request.query_param("state"), request.query_param("limit"));
  });
  add("POST", "/admin/jobs/{id}/retry",
      [](JobQueue& q, const HttpRequest& request) { return RetryJob(q, request.path_param("id")); });
  add("POST", "/admin/jobs/{id}/drop",
      [](JobQueue& q, const HttpRequest& request) { return DropJob(q, request.path_param("id")); });
}

}  // namespace finance::jobs
