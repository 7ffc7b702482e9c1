// Jaeger's model → OTLP's (wire-contract 3.5), shared by Thrift and JSON.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

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

// Microseconds, as nanoseconds; what does not fit becomes the nearest that does.
int64_t NsFromUs(int64_t us);

}  // namespace awry::wire
