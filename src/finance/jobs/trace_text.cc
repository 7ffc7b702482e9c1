#include "finance/jobs/trace_text.h"

#include <fmt/format.h>

namespace finance::jobs {

std::string ToTraceparent(const awry::sdk::SpanContext& context) {
  if (!context.is_valid()) return {};
  return fmt::format("00-{}-{}-{:02x}", context.trace_id.hex(), context.span_id.hex(), context.trace_flags);
}

awry::sdk::SpanContext FromTraceparent(std::string_view text) {
  awry::sdk::SpanContext context;
  if (text.size() != 55 || text[2] != '-' || text[35] != '-' || text[52] != '-') return context;
  const auto trace_id = awry::sdk::TraceId::from_hex(text.substr(3, 32));
  const auto span_id = awry::sdk::SpanId::from_hex(text.substr(36, 16));
  if (!trace_id || !span_id) return context;
  context.trace_id = *trace_id;
  context.span_id = *span_id;
  context.trace_flags = text[54] == '1' ? 1 : 0;
  context.is_remote = true;
  return context;
}

std::string CurrentTraceId() {
  const awry::sdk::SpanContext span = awry::sdk::Context::current().span_context();
  return span.is_valid() ? span.trace_id.hex() : std::string();
}

std::string CurrentTraceparent() {
  return ToTraceparent(awry::sdk::Context::current().span_context());
}

}  // namespace finance::jobs
