// The way of every request: decode into a batch, commit, and say what became of it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "awry/ingest/ingest_stats.h"
#include "awry/ingest/receiver.h"
#include "awry/store/trace_store.h"
#include "base/status.h"
#include "net/http.h"
#include "wire/decode_report.h"

namespace awry::ingest {

using Decode = std::function<base::Status(trace::SpanSink& sink, wire::DecodeReport& report)>;

// How many bytes of memory decoding may take per byte of the request: the rows of its batch, and
// for JSON the padded copy and the parser's index.
inline constexpr size_t kDecodeFactorBinary = 3;
inline constexpr size_t kDecodeFactorJson = 7;

struct Outcome {
  base::Status status;  // OK: everything that `report` accepted is kept
  bool decoded = false;
  bool overloaded = false;  // the budget had no room, nothing was decoded
  wire::DecodeReport report;

  // The sender should try again later.
  bool retryable() const;
};

struct Intake {
  Protocol protocol;
  size_t body_bytes = 0;
  size_t decode_factor = kDecodeFactorBinary;
};

// Decodes and commits all or nothing, and counts it in the stats of `options`. kResourceExhausted,
// retryable, when the decode budget of `options` has no
// room for a large request. Thread-safe.
Outcome TakeIn(store::TraceStore& store, const ReceiverOptions& options, const Intake& intake,
               const Decode& decode);

// The answer to an outcome for protocols that know 202, 400 with the reason as text, 503 to come
// again, and 500. `what` says what could not be taken: "Jaeger batch".
net::HttpResponse PlainAnswer(const Outcome& outcome, std::string_view what,
                              const ReceiverOptions& options);

// Lower case, without parameters: "Application/JSON; charset=utf-8" gives "application/json".
std::string MediaType(std::string_view content_type);

}  // namespace awry::ingest
