// A Zipkin span as it was read, and its way into the sink; shared by Zipkin's formats.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "trace/span_sink.h"
#include "wire/byte_arena.h"
#include "wire/clean.h"
#include "wire/decode_report.h"

namespace awry::wire {

// Views live until the span is emitted.
struct ZipkinEndpoint {
  std::string_view service, ipv4, ipv6;  // addresses as text
  uint32_t port = 0;

  bool empty() const { return service.empty() && ipv4.empty() && ipv6.empty() && port == 0; }
};

struct ZipkinAnnotation {
  int64_t time_us = 0;
  std::string_view value;
  ZipkinEndpoint endpoint;  // v1 only
};

// A tag, which in v1 has a type and an endpoint.
struct ZipkinTag {
  StagedAttribute tag;
  ZipkinEndpoint endpoint;  // v1 only
};

// Buffers are kept from span to span.
struct ZipkinSpan {
  trace::TraceId trace_id;
  trace::SpanId id = 0;
  trace::SpanId parent_id = 0;
  trace::SpanKind kind = trace::SpanKind::kUnspecified;
  std::string_view name;
  std::optional<int64_t> timestamp_us;
  int64_t duration_us = 0;
  bool has_duration = false;
  bool debug = false;
  ZipkinEndpoint local, remote;
  std::vector<ZipkinTag> tags;
  std::vector<ZipkinAnnotation> annotations;
  bool is_utf8 = false;  // known: not to be checked again

  void Clear();
  // kInvalidArgument when trace id or span id are missing or zero.
  base::Status CheckIds(size_t index) const;
};

// Maps spans and delivers them; neighbours of the same resource and scope share it. Used by one
// thread.
class ZipkinEmitter {
 public:
  // Both must outlive the emitter.
  ZipkinEmitter(trace::SpanSink& sink, DecodeReport& report) : sink_(sink), report_(report) {}

  // A span of the second generation.
  void Emit(const ZipkinSpan& span);
  // A span of the first generation: its core annotations become kind, times and endpoints. One that
  // tells of both sides of a call becomes two spans of the same id.
  void EmitV1(ZipkinSpan& span);

 private:
  void TakeTags(const ZipkinSpan& span);
  bool TakeTag(const StagedAttribute& tag);
  void AddEndpoints(const ZipkinSpan& span);
  void AddText(std::string_view key, std::string_view text);
  bool HasAttribute(std::string_view key) const;
  void SetStatus();
  void AddEvent(const ZipkinAnnotation& annotation);
  bool AddLink(std::string_view text);
  void SetTimes(const ZipkinSpan& span);
  void DeliverBlocks();

  trace::SpanSink& sink_;
  DecodeReport& report_;
  ByteArena arena_;
  ResourceStage resource_;
  ScopeStage scope_;
  SpanStage stage_;
  std::string_view status_code_, status_description_;
  bool is_error_ = false;
  // What resource and scope consist of, to compare with the last delivered ones.
  std::string resource_key_, last_resource_key_, scope_key_, last_scope_key_;
  bool has_block_ = false;
  ZipkinSpan other_side_;  // of a v1 span that tells of both
};

}  // namespace awry::wire
