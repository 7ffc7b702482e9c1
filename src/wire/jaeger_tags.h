// Jaeger's model → OTLP's (wire-contract 3.5) and back (6), shared by Thrift, protobuf and JSON.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "trace/span.h"
#include "wire/byte_arena.h"
#include "wire/clean.h"

namespace awry::wire {

struct JaegerReference {
  bool is_child_of = true;
  trace::TraceId trace_id;
  trace::SpanId span_id = 0;
};

// Fills `resource` from a process: its service name and tags.
void MapJaegerProcess(std::string_view service, const std::vector<StagedAttribute>& tags,
                      ByteArena& arena, ResourceStage& resource);

// Takes the tags that have a place of their own (span.kind, error, otel.*, w3c.tracestate, the
// scope) out of `span.attributes`, and fills kind, status, trace state, scope, parent and links.
// Names, ids and times of `span.fields` are set before.
void MapJaegerSpan(const std::vector<JaegerReference>& references, SpanStage& span,
                   ScopeStage& scope);

// Adds a log as an event: its `event` field becomes the name. The fields are the last of
// `span.nested`, from `first` on.
void MapJaegerLog(int64_t time_ns, size_t first, SpanStage& span);

// --- back: what Jaeger shows of a stored span. Views borrow from it; arrays and maps are for the
// writer to turn into text.

// The attribute of a link that says which kind of reference it is.
inline constexpr std::string_view kRefTypeKey = "opentracing.ref_type";

// Replaces `out` by the span's tags in Jaeger's order.
void JaegerSpanTags(const trace::Span& span, std::vector<StagedAttribute>& out);
// Replaces `out` by the fields of a log, the event's name first.
void JaegerLogFields(const trace::Event& event, std::vector<StagedAttribute>& out);
// Appends `attributes`, sorted by key.
void AppendTagsByKey(const trace::Attributes& attributes, std::vector<StagedAttribute>& out);
// True when the link is a CHILD_OF reference, false for FOLLOWS_FROM.
bool IsChildOf(const trace::Link& link);

// Microseconds, as nanoseconds; what does not fit becomes the nearest that does.
int64_t NsFromUs(int64_t us);

}  // namespace awry::wire
