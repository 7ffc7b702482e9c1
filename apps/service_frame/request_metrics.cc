#include "apps/service_frame/request_metrics.h"

#include <fmt/format.h>

#include "base/clock.h"

namespace service_frame {
namespace {

struct Started {
  int64_t at_ns;
  void* next_state;
};

}  // namespace

void* RequestMetrics::OnStart(const awry::net::HttpRequest& request) {
  return new Started{awry::base::SystemClock().MonotonicNs(), next_ != nullptr ? next_->OnStart(request) : nullptr};
}

void RequestMetrics::OnEnd(void* state, const awry::net::HttpRequest& request,
                           const awry::net::HttpResponse& response) {
  auto* started = static_cast<Started*>(state);
  if (next_ != nullptr) next_->OnEnd(started->next_state, request, response);
  const int64_t took_ns = awry::base::SystemClock().MonotonicNs() - started->at_ns;
  delete started;
  awry::base::MutexLock lock(mutex_);
  // An unknown path has no route: all of them are one series, so strangers cannot make series.
  Counts& counts = counts_[{request.route.empty() ? "" : request.method, request.route, response.status}];
  ++counts.requests;
  counts.nanoseconds += took_ns;
}

std::string RequestMetrics::Text() const {
  std::string out = "# TYPE http_requests_total counter\n";
  std::string seconds = "# TYPE http_request_seconds_total counter\n";
  awry::base::MutexLock lock(mutex_);
  for (const auto& [key, counts] : counts_) {
    const std::string labels =
        fmt::format("{{method=\"{}\",route=\"{}\",status=\"{}\"}}", std::get<0>(key), std::get<1>(key), std::get<2>(key));
    out += fmt::format("http_requests_total{} {}\n", labels, counts.requests);
    seconds += fmt::format("http_request_seconds_total{} {:.6f}\n", labels, static_cast<double>(counts.nanoseconds) / 1e9);
  }
  return out + seconds;
}

}  // namespace service_frame
