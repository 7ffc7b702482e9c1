// Who is being traced: ids of traces and spans, and the context that travels along with the work.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace awry::sdk {

struct TraceId {
  uint64_t high = 0;
  uint64_t low = 0;
  bool is_valid() const { return (high | low) != 0; }
  std::string hex() const;  // 32 lower-case digits
  // Exactly 32 hex digits that are not all zero.
  static std::optional<TraceId> from_hex(std::string_view hex);
  bool operator==(const TraceId&) const = default;
};

struct SpanId {
  uint64_t value = 0;
  bool is_valid() const { return value != 0; }
  std::string hex() const;  // 16 lower-case digits
  // Exactly 16 hex digits that are not all zero.
  static std::optional<SpanId> from_hex(std::string_view hex);
  bool operator==(const SpanId&) const = default;
};

// What identifies a span to other processes. Value type.
struct SpanContext {
  TraceId trace_id;
  SpanId span_id;
  uint8_t trace_flags = 0;                         // bit 0: sampled
  bool is_remote = false;                          // came from another process
  std::shared_ptr<const std::string> trace_state;  // W3C tracestate; null when empty

  bool is_valid() const { return trace_id.is_valid() && span_id.is_valid(); }
  bool is_sampled() const { return (trace_flags & 1) != 0; }
};

using BaggageEntries = std::vector<std::pair<std::string, std::string>>;

// A span context and the baggage beside it: what to capture for another thread or a queued job.
// Value type.
//
//   queue.push([context = awry::sdk::Context::current()] {
//     awry::sdk::ScopedContext attached(context);
//     auto span = tracer.start_as_current_span("work");   // a child of the span that queued it
//   });
class Context {
 public:
  // An empty context: spans started under it are roots.
  Context() = default;
  explicit Context(SpanContext span) : span_(std::move(span)) {}

  // What is current on this thread.
  static Context current();

  const SpanContext& span_context() const { return span_; }

  // The value of a baggage entry; "" when there is none. Valid as long as this context.
  std::string_view baggage(std::string_view key) const;
  const BaggageEntries& baggage() const;
  // Returns a copy with the entry set, or removed.
  [[nodiscard]] Context with_baggage(std::string_view key, std::string_view value) const;
  [[nodiscard]] Context without_baggage(std::string_view key) const;
  [[nodiscard]] Context with_span_context(SpanContext span) const;

 private:
  friend class ScopedContext;
  friend class ContextAccess;
  SpanContext span_;
  std::shared_ptr<const BaggageEntries> baggage_;
  std::shared_ptr<const std::vector<std::string>> baggage_metadata_;  // beside each entry, or null
};

namespace detail {

// What is current on a thread: a stack of nodes that live in ScopedContext and ScopedSpan.
struct ContextNode {
  const SpanContext* span = nullptr;
  const Context* baggage_owner = nullptr;  // null: no baggage
  ContextNode* previous = nullptr;
};
inline thread_local constinit ContextNode* current_node = nullptr;

// Makes `node` current, with the baggage of the one before.
inline void push_node(ContextNode& node, const SpanContext& span) {
  node.span = &span;
  node.previous = current_node;
  node.baggage_owner = current_node == nullptr ? nullptr : current_node->baggage_owner;
  current_node = &node;
}
// Ends `node`, and forgets all that was pushed later and not yet ended.
void pop_node_out_of_order(ContextNode& node) noexcept;
inline void pop_node(ContextNode& node) noexcept {
  if (current_node == &node) [[likely]] {
    current_node = node.previous;
  } else {
    pop_node_out_of_order(node);
  }
}

}  // namespace detail

// Makes a context current on this thread until the scope ends.
class ScopedContext {
 public:
  explicit ScopedContext(Context context) : context_(std::move(context)) {
    detail::push_node(node_, context_.span_);
    node_.baggage_owner = &context_;
  }
  ~ScopedContext() { detail::pop_node(node_); }
  ScopedContext(const ScopedContext&) = delete;
  ScopedContext& operator=(const ScopedContext&) = delete;

 private:
  Context context_;
  detail::ContextNode node_;
};

}  // namespace awry::sdk
