// OTLP traces in JSON (wire-contract 2.3).
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/status.h"
#include "trace/span.h"
#include "trace/span_sink.h"
#include "wire/decode_report.h"

namespace awry::wire {

// Keeps its buffers from call to call: make one for many documents. Used by one thread.
class OtlpJsonDecoder {
 public:
  OtlpJsonDecoder();
  ~OtlpJsonDecoder();
  OtlpJsonDecoder(OtlpJsonDecoder&&) noexcept;
  OtlpJsonDecoder& operator=(OtlpJsonDecoder&&) noexcept;

  // How many readable bytes must follow a document given to DecodePadded.
  static constexpr size_t kPaddingBytes = 64;

  // Decodes one document into `sink`. Takes lowerCamelCase and snake_case, 64-bit numbers as
  // strings or numbers, enums as numbers or names, and the {"result":…} of Jaeger's /api/v3. A null
  // where a number should be (Node writes NaN so) drops that value and keeps its span.
  // kInvalidArgument when it is no JSON of this kind: `sink` may then have received spans, each
  // complete, and the caller must drop the whole batch.
  base::Status Decode(std::string_view json, trace::SpanSink& sink, DecodeReport& report);
  // The same without a copy; kPaddingBytes after `json` must be readable (any content).
  base::Status DecodePadded(std::string_view json, trace::SpanSink& sink, DecodeReport& report);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

base::Status DecodeOtlpJson(std::string_view json, trace::SpanSink& sink, DecodeReport& report);

// Returns {"resourceSpans":[…]} as Jaeger writes it in /api/v3 (wire-contract 8). NaN and
// infinities are strings.
std::string EncodeOtlpJson(std::span<const trace::Span> spans);
void AppendOtlpJson(std::span<const trace::Span> spans, std::string& out);
// The same span by span. Used by one thread.
class OtlpSpansJson {
 public:
  // Appends to `out`, which must outlive this, and which may be emptied between calls.
  explicit OtlpSpansJson(std::string& out);
  ~OtlpSpansJson();
  void Add(const trace::Span& span);
  void Finish();

 private:
  struct Impl;
  const std::unique_ptr<Impl> impl_;
};

// ExportTraceServiceResponse and google.rpc.Status in JSON.
std::string EncodeOtlpResponseJson(const DecodeReport& report);
std::string EncodeRpcStatusJson(const base::Status& status);

}  // namespace awry::wire
