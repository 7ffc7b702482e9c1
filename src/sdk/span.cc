// Start and end of spans: parent, sampling, ids, and the way into the queue.
#include <cxxabi.h>

#include <cstdlib>
#include <memory>
#include <typeinfo>

#include "awry/sdk/tracer.h"
#include "sdk/live_span.h"
#include "sdk/runtime.h"
#include "sdk/thread_state.h"

namespace awry::sdk {
namespace detail {
namespace {

constexpr int kFreeSpansMax = 64;

LiveSpan* TakeSpan(ThreadState& thread) {
  LiveSpan* span = thread.free_spans;
  if (span == nullptr) return new (std::nothrow) LiveSpan();
  thread.free_spans = span->next_free;
  --thread.free_count;
  return span;
}

void GiveSpanBack(ThreadState* thread, LiveSpan* span) {
  if (thread == nullptr || thread->free_count >= kFreeSpansMax) {
    delete span;
    return;
  }
  span->Trim();
  span->next_free = thread->free_spans;
  thread->free_spans = span;
  ++thread->free_count;
}

uint64_t NonZero(base::Random& random) {
  uint64_t value = random.Next();
  while (value == 0) value = random.Next();
  return value;
}

bool IsKept(const Sampler& sampler, const SpanContext* parent, const TraceId& trace_id) {
  if (parent != nullptr && sampler.follows_parent()) return parent->is_sampled();
  if (sampler.rule() != Sampler::Rule::kRatio) return sampler.rule() == Sampler::Rule::kAlways;
  if (sampler.ratio() >= 1) return true;
  constexpr double kTwoTo63 = 9223372036854775808.0;
  return static_cast<double>(trace_id.low >> 1) < sampler.ratio() * kTwoTo63;
}

int64_t UnixNs(const Timestamp& time) {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(time.time_since_epoch()).count();
}

// The parent's span context; null when the span is a root.
const SpanContext* ParentOf(const StartOptions* options) {
  const SpanContext* parent = nullptr;
  if (options != nullptr && options->parent != nullptr) {
    parent = &options->parent->span_context();
  } else if (current_node != nullptr) {
    parent = current_node->span;
  }
  return parent != nullptr && parent->is_valid() ? parent : nullptr;
}

}  // namespace

Span LiveSpan::Start(Runtime& owner, uint32_t scope, std::string_view name,
                     const StartOptions* options) {
  Span span;
  ThreadState* thread = CurrentThread();
  if (thread == nullptr) return span;
  const SpanContext* parent = ParentOf(options);
  SpanContext& context = span.context_;
  if (parent != nullptr) {
    context.trace_id = parent->trace_id;
    context.trace_state = parent->trace_state;
  } else {
    context.trace_id = {thread->random.Next(), NonZero(thread->random)};
  }
  context.span_id = {NonZero(thread->random)};
  const Settings& settings = owner.settings();
  if (!IsKept(settings.sampler, parent, context.trace_id)) return span;
  context.trace_flags = 1;
  LiveSpan* live = TakeSpan(*thread);
  if (live == nullptr) return span;
  thread->started.Add();
  const int64_t offset = owner.clock_offset_ns();
  const bool has_own_start = options != nullptr && options->start_time.has_value();
  const int64_t start = has_own_start ? UnixNs(*options->start_time) : MonotonicNs() + offset;
  live->Begin(&owner, settings.limits, scope, context,
              parent != nullptr ? parent->span_id : SpanId(),
              parent != nullptr && parent->is_remote,
              options != nullptr ? options->kind : SpanKind::kInternal, start, name);
  live->clock_offset_ns = offset;
  live->has_own_start = has_own_start;
  if (options != nullptr) {
    for (const KeyValue& a : options->attributes) live->SetAny(a.key, a.value);
    for (const Link& link : options->links) live->AddLink(link.context, link.attributes);
  }
  span.live_ = live;
  return span;
}

Span start_span(uint32_t scope, std::string_view name, const StartOptions* options) noexcept {
  Runtime* owner = runtime.load(std::memory_order_acquire);
  if (owner == nullptr) return {};
  try {
    return LiveSpan::Start(*owner, scope, name, options);
  } catch (...) {  // out of memory: the host goes on without this span
    return {};
  }
}

void end_span(LiveSpan* span, const Timestamp* time) noexcept {
  ThreadState* thread = CurrentThread();
  try {
    Runtime* owner = span->runtime;
    if (thread == nullptr || owner->is_stopped() ||
        runtime.load(std::memory_order_acquire) != owner) {
      owner->CountLate();
    } else {
      // With a start time of the caller's own, the clock as it is now; else the one of the start,
      // so that a step of the wall clock does not show in the duration.
      const int64_t offset = span->has_own_start ? owner->clock_offset_ns() : span->clock_offset_ns;
      const int64_t end = time != nullptr ? UnixNs(*time) : MonotonicNs() + offset;
      owner->Enqueue(*thread, span->scope, span->Finish(end));
    }
  } catch (...) {  // out of memory
  }
  GiveSpanBack(thread, span);
}

// Each of these may run out of memory, which must not reach the host.
template <typename Body>
void Guarded(Body&& body) noexcept {
  try {
    body();
  } catch (...) {  // NOLINT: the span stays as it was
  }
}

void set_attribute(LiveSpan& span, std::string_view key, const AttributeValue& value) noexcept {
  Guarded([&] { span.SetAny(key, value); });
}
void set_text(LiveSpan& span, std::string_view key, std::string_view value) noexcept {
  Guarded([&] { span.SetText(key, value); });
}
void set_int(LiveSpan& span, std::string_view key, int64_t value) noexcept {
  Guarded([&] { span.SetInt(key, value); });
}
void set_real(LiveSpan& span, std::string_view key, double value) noexcept {
  Guarded([&] { span.SetReal(key, value); });
}
void set_bool(LiveSpan& span, std::string_view key, bool value) noexcept {
  Guarded([&] { span.SetBool(key, value); });
}
void add_event(LiveSpan& span, std::string_view name, AttributeList attributes,
               const Timestamp* time) noexcept {
  Guarded([&] {
    const int64_t now = time != nullptr ? UnixNs(*time) : MonotonicNs() + span.clock_offset_ns;
    span.AddEvent(name, attributes, now);
  });
}
void add_link(LiveSpan& span, const SpanContext& context, AttributeList attributes) noexcept {
  Guarded([&] { span.AddLink(context, attributes); });
}
void set_status(LiveSpan& span, StatusCode code, std::string_view description) noexcept {
  Guarded([&] { span.SetStatus(code, description); });
}
void update_name(LiveSpan& span, std::string_view name) noexcept {
  Guarded([&] { span.UpdateName(name); });
}

void record_exception(LiveSpan& span, std::string_view type, std::string_view message) noexcept {
  add_event(span, "exception", {{"exception.type", type}, {"exception.message", message}}, nullptr);
}

void record_exception(LiveSpan& span, const std::exception& exception) noexcept {
  const char* mangled = typeid(exception).name();
  int failed = 0;
  const std::unique_ptr<char, void (*)(void*)> readable(
      abi::__cxa_demangle(mangled, nullptr, nullptr, &failed), &std::free);
  record_exception(span, failed == 0 && readable ? readable.get() : mangled, exception.what());
}

// While the stack unwinds, C++ does not say which exception it is.
void record_escape(LiveSpan& span) noexcept {
  add_event(span, "exception",
            {{"exception.type", "exception"},
             {"exception.message", "the scope was left by an exception"},
             {"exception.escaped", true}},
            nullptr);
  set_status(span, StatusCode::kError, "the scope was left by an exception");
}

void pop_node_out_of_order(ContextNode& node) noexcept {
  // Only when `node` is on this thread's stack; ended on another thread, it is none of this one's.
  for (ContextNode* at = current_node; at != nullptr; at = at->previous) {
    if (at == &node) {
      current_node = node.previous;
      return;
    }
  }
}

}  // namespace detail

void ScopedSpan::note_escape() noexcept { detail::record_escape(*live_); }

}  // namespace awry::sdk
