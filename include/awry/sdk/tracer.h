// Starts spans.
#pragma once

#include <atomic>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "awry/sdk/span.h"

namespace awry::sdk {

// Keys and values of `attributes` borrow, as everywhere.
struct Link {
  SpanContext context;
  std::vector<KeyValue> attributes = {};
};

// All borrow for the call: tracer.start_span("GET", {.kind = SpanKind::kClient}).
struct StartOptions {
  SpanKind kind = SpanKind::kInternal;
  // Null: what is current on this thread. An empty Context makes a root.
  const Context* parent = nullptr;
  std::optional<Timestamp> start_time = {};  // unset: now
  AttributeList attributes = {};             // samplers see them
  std::span<const Link> links = {};
};

namespace detail {
class Runtime;
inline constinit std::atomic<Runtime*> runtime{nullptr};  // null until setup_tracing
inline bool is_set_up() { return runtime.load(std::memory_order_acquire) != nullptr; }
Span start_span(uint32_t scope, std::string_view name, const StartOptions* options) noexcept;
}  // namespace detail

// A cheap handle; copy it freely. It works before setup_tracing (its spans record nothing), after,
// and after shutdown. Thread-safe.
class Tracer {
 public:
  // Records nothing until setup_tracing; scope name "".
  Tracer() = default;

  Span start_span(std::string_view name) const {
    return detail::is_set_up() ? detail::start_span(scope_, name, nullptr) : Span();
  }
  Span start_span(std::string_view name, const StartOptions& options) const {
    return detail::is_set_up() ? detail::start_span(scope_, name, &options) : Span();
  }

  // The span is current until the returned object goes out of scope.
  [[nodiscard]] ScopedSpan start_as_current_span(std::string_view name) const {
    return ScopedSpan(start_span(name));
  }
  [[nodiscard]] ScopedSpan start_as_current_span(std::string_view name,
                                                 const StartOptions& options) const {
    return ScopedSpan(start_span(name, options));
  }

  // Runs `body(ScopedSpan&)` under a current span and returns its result. An exception that leaves
  // `body` is recorded with its type and message, and thrown on.
  template <typename Body>
  decltype(auto) with_span(std::string_view name, Body&& body) const {
    return with_span(name, StartOptions(), std::forward<Body>(body));
  }
  template <typename Body>
  decltype(auto) with_span(std::string_view name, const StartOptions& options, Body&& body) const {
    ScopedSpan span(start_span(name, options));
    try {
      return std::forward<Body>(body)(span);
    } catch (const std::exception& e) {
      span.record_exception(e);
      span.set_status(StatusCode::kError, e.what());
      span.end();
      throw;
    }
  }

 private:
  friend Tracer get_tracer(std::string_view name, std::string_view version);
  explicit Tracer(uint32_t scope) : scope_(scope) {}
  uint32_t scope_ = 0;
};

// The tracer of a library or module: `name` and `version` become the instrumentation scope. May be
// called before setup_tracing. Takes a lock: keep the tracer.
Tracer get_tracer(std::string_view name, std::string_view version = {});

}  // namespace awry::sdk
