// The trace context as text (W3C traceparent), so that it can wait in a table beside the work.
#pragma once

#include <awry/sdk/context.h>

#include <string>
#include <string_view>

namespace finance::jobs {

// "00-TRACE-SPAN-FLAGS"; "" for an invalid context.
std::string ToTraceparent(const awry::sdk::SpanContext& context);

// An invalid context for what is malformed or empty.
awry::sdk::SpanContext FromTraceparent(std::string_view text);

// The 32 hex digits of the trace that is current on this thread; "" when there is none.
std::string CurrentTraceId();

// The context that is current on this thread, as ToTraceparent has it.
std::string CurrentTraceparent();

}  // namespace finance::jobs
