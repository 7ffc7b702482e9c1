// Counts requests by route and status for /metrics, and passes them on to the tracing observer.
// Private to the frame.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <tuple>

#include "base/mutex.h"
#include "net/http_server.h"

namespace service_frame {

// Thread-safe. `next` must outlive it.
class RequestMetrics final : public awry::net::HttpServerObserver {
 public:
  explicit RequestMetrics(awry::net::HttpServerObserver* next) : next_(next) {}
  void* OnStart(const awry::net::HttpRequest& request) override;
  void OnEnd(void* state, const awry::net::HttpRequest& request,
             const awry::net::HttpResponse& response) override;
  // Prometheus text.
  std::string Text() const;

 private:
  struct Counts {
    uint64_t requests = 0;
    int64_t nanoseconds = 0;
  };
  using Key = std::tuple<std::string, std::string, int>;  // method, route, status

  awry::net::HttpServerObserver* const next_;
  mutable awry::base::Mutex mutex_;
  std::map<Key, Counts> counts_ GUARDED_BY(mutex_);
};

}  // namespace service_frame
