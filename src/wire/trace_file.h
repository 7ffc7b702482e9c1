// Reads files of traces: OTLP JSON, OTLP JSON lines, OTLP protobuf, Jaeger JSON; plain, gzip or
// zstd.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "base/status.h"
#include "trace/span_sink.h"
#include "wire/decode_report.h"

namespace awry::wire {

struct TraceFileProgress {
  uint64_t bytes_read = 0;   // of the file as it lies on disk
  uint64_t bytes_total = 0;  // 0: unknown (standard input)
  uint64_t spans = 0;
};

struct TraceFileOptions {
  // Called after each piece (about 4 MiB or one document) and at the end; returning false stops
  // with kCancelled.
  std::function<bool(const TraceFileProgress&)> on_progress;
  // Called after each line or document whose spans are complete in the sink: a good moment to
  // commit.
  std::function<base::Status()> on_document;
  // A line (or a whole document, for formats without lines) may have this many bytes.
  size_t document_bytes_max = size_t{2} << 30;
};

// Gives every span of the file to `sink`. "-" is standard input. Lines are read as a stream; other
// formats are read whole. Format and compression are found from the content, not the name.
// kNotFound names a missing file; kInvalidArgument names file and line (from 1) that cannot be
// read: spans before it are in the sink. An empty file gives no span and is fine.
base::Status ReadTraceFile(const std::string& path, trace::SpanSink& sink, DecodeReport& report,
                           const TraceFileOptions& options = {});

}  // namespace awry::wire
