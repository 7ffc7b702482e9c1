// TraceSummary of Jaeger's third query API: what a list of traces shows.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "codec/json.h"
#include "trace/span.h"

namespace awry::api {

struct TraceSummary {
  struct Count {
    uint64_t spans = 0;
    uint64_t errors = 0;
  };
  trace::TraceId id;
  std::string root_service;  // "" when no span is without a parent
  std::string root_name;
  int64_t start_ns = 0;
  int64_t end_ns = 0;
  Count count;
  uint64_t orphans = 0;  // spans whose parent is not in the trace
  std::map<std::string, Count> services;
};

TraceSummary Summarize(const trace::Trace& trace);

// Zero values are left out, as protobuf's JSON does.
void AppendJson(const TraceSummary& summary, codec::JsonWriter& json);
// The fields of the protobuf message.
void AppendProto(const TraceSummary& summary, std::string& out);

}  // namespace awry::api
