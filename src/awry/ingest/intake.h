// The way of every request: decode into a batch, commit, and say what became of it.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "awry/ingest/ingest_stats.h"
#include "awry/store/trace_store.h"
#include "base/status.h"
#include "wire/decode_report.h"

namespace awry::ingest {

using Decode = std::function<base::Status(trace::SpanSink& sink, wire::DecodeReport& report)>;

struct Outcome {
  base::Status status;  // OK: everything that `report` accepted is kept
  bool decoded = false;
  wire::DecodeReport report;

  // The sender should try again later.
  bool retryable() const;
};

// Decodes and commits all or nothing, and counts it in `stats` (may be null). Thread-safe.
Outcome TakeIn(store::TraceStore& store, Protocol protocol, size_t body_bytes, IngestStats* stats,
               const Decode& decode);

// Lower case, without parameters: "Application/JSON; charset=utf-8" gives "application/json".
std::string MediaType(std::string_view content_type);

}  // namespace awry::ingest
