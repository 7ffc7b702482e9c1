#include "awry/sdk/propagation.h"

#include "awry/sdk/tracer.h"
#include "sdk/context_access.h"
#include "sdk/runtime.h"
#include "sdk/settings.h"
#include "wire/propagation.h"

namespace awry::sdk::detail {
namespace {

constexpr std::string_view kTraceParent = "traceparent", kTraceState = "tracestate",
                           kBaggage = "baggage", kUberTraceId = "uber-trace-id";

struct Propagators {
  bool w3c, baggage, jaeger;
};

// Propagators work without setup_tracing, too: a context that came in goes on.
Propagators Active() {
  if (const Runtime* running = runtime.load(std::memory_order_acquire)) {
    const Settings& s = running->settings();
    return {s.propagate_w3c, s.propagate_baggage, s.propagate_jaeger};
  }
  static const Propagators from_environment = [] {
    Settings s;
    ResolvePropagators({}, ProcessEnvironment, s);
    return Propagators{s.propagate_w3c, s.propagate_baggage, s.propagate_jaeger};
  }();
  return from_environment;
}

wire::TraceParent ParentOf(const SpanContext& context) {
  return {.trace_id = {context.trace_id.high, context.trace_id.low},
          .span_id = context.span_id.value,
          .flags = context.trace_flags};
}

SpanContext RemoteContext(const wire::TraceParent& parent) {
  SpanContext context;
  context.trace_id = {parent.trace_id.high, parent.trace_id.low};
  context.span_id = {parent.span_id};
  context.trace_flags = parent.flags;
  context.is_remote = true;
  return context;
}

}  // namespace

void inject(const Context* given, void* carrier, SetField set) {
  const Propagators active = Active();
  const Context context = given != nullptr ? *given : Context::current();
  const SpanContext& span = context.span_context();
  if (span.is_valid()) {
    if (active.w3c) {
      set(carrier, kTraceParent, wire::FormatTraceParent(ParentOf(span)));
      if (span.trace_state != nullptr) set(carrier, kTraceState, *span.trace_state);
    }
    if (active.jaeger) set(carrier, kUberTraceId, wire::FormatUberTraceId(ParentOf(span)));
  }
  if (active.baggage && !context.baggage().empty()) {
    const std::string text = wire::FormatBaggage(ContextAccess::Baggage(context));
    if (!text.empty()) set(carrier, kBaggage, text);
  }
}

Context extract(void* carrier, GetField get) {
  const Propagators active = Active();
  SpanContext span;
  if (active.w3c) {
    if (const auto parent = wire::ParseTraceParent(get(carrier, kTraceParent))) {
      span = RemoteContext(*parent);
      const auto state = wire::NormalizeTraceState(get(carrier, kTraceState));
      if (state && !state->empty()) span.trace_state = std::make_shared<const std::string>(*state);
    }
  }
  if (active.jaeger && !span.is_valid()) {
    if (const auto parent = wire::ParseUberTraceId(get(carrier, kUberTraceId)))
      span = RemoteContext(*parent);
  }
  Context context(std::move(span));
  if (active.baggage) {
    if (const std::string_view header = get(carrier, kBaggage); !header.empty()) {
      ContextAccess::SetBaggage(context, wire::ParseBaggage(header));
    }
  }
  return context;
}

}  // namespace awry::sdk::detail
