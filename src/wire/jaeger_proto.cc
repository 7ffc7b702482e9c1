// A batch is walked twice: its process may stand behind its spans. A span is staged as views into
// the bytes and mapped by jaeger_tags.h. A message that stands twice means the concatenation of
// both (protobuf's merge rule).
#include "wire/jaeger_proto.h"

#include <bit>
#include <optional>
#include <vector>

#include "wire/byte_arena.h"
#include "wire/jaeger_tags.h"
#include "wire/pb_reader.h"

namespace awry::wire {
namespace {

using base::OkStatus;
using base::Status;
using trace::ValueView;

constexpr int64_t kNsPerSecond = 1'000'000'000;

// Seconds and nanoseconds as nanoseconds; what does not fit becomes the nearest that does.
int64_t TotalNs(int64_t seconds, int64_t nanos) {
  int64_t ns = 0;
  if (__builtin_mul_overflow(seconds, kNsPerSecond, &ns) || __builtin_add_overflow(ns, nanos, &ns))
    return seconds < 0 ? INT64_MIN : INT64_MAX;
  return ns;
}

class Decoder {
 public:
  Decoder(std::string_view bytes, trace::SpanSink& sink, DecodeReport& report)
      : start_(bytes.data()), sink_(sink), report_(report) {}

  Status Request(std::string_view bytes) {
    std::string_view batch;
    PbReader reader(bytes);
    while (reader.Next()) {
      std::string_view part;
      if (reader.field() == 1 && reader.Bytes(part)) {
        Merge(part, batch);
      } else if (!reader.Skip()) {
        break;
      }
    }
    RETURN_IF_ERROR(Check(reader));
    return Batch(batch);
  }

  Status Batch(std::string_view bytes) {
    std::string_view process;
    PbReader reader(bytes);
    while (reader.Next()) {
      std::string_view part;
      if (reader.field() == 2 && reader.Bytes(part)) {
        has_process_ = true;
        Merge(part, process);
      } else if (!reader.Skip()) {
        break;
      }
    }
    RETURN_IF_ERROR(Check(reader));
    process_ = process;
    PbReader again(bytes);
    while (again.Next()) {
      std::string_view span;
      if (again.field() == 1 && again.Bytes(span)) {
        RETURN_IF_ERROR(Span(span));
      } else if (!again.Skip()) {
        break;
      }
    }
    return Check(again);
  }

 private:
  // What is merged lies outside the bytes: its offset is not told.
  Status Malformed(std::string_view at) const {
    return base::InvalidArgument("malformed Jaeger protobuf: near offset " +
                                 std::to_string(at.data() - start_));
  }
  Status Check(const PbReader& reader) const {
    return reader.ok() ? OkStatus() : Malformed(reader.rest());
  }

  // Joins a submessage to one of the same field that stood before.
  void Merge(std::string_view part, std::string_view& message) {
    if (message.empty()) {
      message = part;
    } else if (!part.empty()) {
      message = arena_.Copy(std::string(message) + std::string(part));
    }
  }

  // Makes `process` (nullopt: none was sent) the resource of the spans that follow.
  Status UseProcess(std::optional<std::string_view> process) {
    if (has_resource_ && process == resource_of_) return OkStatus();
    std::string_view service;
    tags_.clear();
    PbReader reader(process.value_or(std::string_view()));
    while (reader.Next()) {
      std::string_view part;
      if (reader.field() == 1 && reader.Bytes(part)) {
        service = part;
      } else if (reader.field() == 2 && reader.Bytes(part)) {
        RETURN_IF_ERROR(Tag(part, tags_));
      } else if (!reader.Skip()) {
        break;
      }
    }
    RETURN_IF_ERROR(Check(reader));
    if (process) {
      MapJaegerProcess(service, tags_, arena_, resource_);
    } else {
      resource_.Clear();
    }
    resource_.Deliver(sink_);
    resource_of_ = process;
    has_resource_ = true;
    has_scope_ = false;
    return OkStatus();
  }

  Status Tag(std::string_view bytes, std::vector<StagedAttribute>& out) {
    StagedAttribute tag;
    uint64_t type = 0, number = 0;
    ValueView text = ValueView::String({}), flag = ValueView::Bool(false),
              integer = ValueView::Int(0), real = ValueView::Double(0),
              binary = ValueView::Bytes({});
    PbReader reader(bytes);
    while (reader.Next()) {
      if (reader.field() == 1 && reader.Bytes(tag.key)) continue;
      if (reader.field() == 2 && reader.Varint(type)) continue;
      if (reader.field() == 3 && reader.Bytes(text.bytes)) continue;
      if (reader.field() == 7 && reader.Bytes(binary.bytes)) continue;
      if (reader.field() == 4 && reader.Varint(number)) {
        flag.boolean = number != 0;
      } else if (reader.field() == 5 && reader.Varint(number)) {
        integer.integer = static_cast<int64_t>(number);
      } else if (reader.field() == 6 && reader.Fixed64(number)) {
        real.real = std::bit_cast<double>(number);
      } else if (!reader.Skip()) {
        break;
      }
    }
    RETURN_IF_ERROR(Check(reader));
    const ValueView by_type[] = {text, flag, integer, real, binary};
    tag.value = type < 5 ? by_type[type] : ValueView();
    out.push_back(tag);
    return OkStatus();
  }

  // A Timestamp or a Duration: 1 seconds, 2 nanoseconds.
  Status Time(std::string_view bytes, int64_t& ns) {
    uint64_t seconds = 0, nanos = 0;
    PbReader reader(bytes);
    while (reader.Next()) {
      if (reader.field() == 1 && reader.Varint(seconds)) continue;
      if (reader.field() == 2 && reader.Varint(nanos)) continue;
      if (!reader.Skip()) break;
    }
    RETURN_IF_ERROR(Check(reader));
    ns = TotalNs(static_cast<int64_t>(seconds), static_cast<int32_t>(nanos));
    return OkStatus();
  }

  struct SpanParts {
    std::string_view trace_id, span_id, start_time, duration, process;
    bool has_process = false;
  };

  Status Span(std::string_view bytes) {
    span_.Clear();
    references_.clear();
    SpanParts parts;
    PbReader reader(bytes);
    while (reader.Next()) RETURN_IF_ERROR(SpanField(reader, parts));
    RETURN_IF_ERROR(Check(reader));
    trace::SpanFields& f = span_.fields;
    const auto trace_id = trace::TraceIdFromBytes(parts.trace_id);
    const auto span_id = trace::SpanIdFromBytes(parts.span_id);
    if (!trace_id || !trace_id->valid() || span_id.value_or(0) == 0) {
      report_.RejectSpan(
          "span left out: trace_id must have 16 or 8 and span_id 8 bytes, not all zero");
      return OkStatus();
    }
    f.trace_id = *trace_id;
    f.span_id = *span_id;
    int64_t duration_ns = 0;
    RETURN_IF_ERROR(Time(parts.start_time, f.start_ns));
    RETURN_IF_ERROR(Time(parts.duration, duration_ns));
    if (__builtin_add_overflow(f.start_ns, duration_ns, &f.end_ns)) f.end_ns = f.start_ns;
    if (parts.has_process || !has_process_) {
      RETURN_IF_ERROR(UseProcess(parts.has_process ? std::optional(parts.process) : std::nullopt));
    } else {
      RETURN_IF_ERROR(UseProcess(process_));
    }
    Finish();
    return OkStatus();
  }

  Status SpanField(PbReader& reader, SpanParts& parts) {
    std::string_view bytes;
    uint64_t number = 0;
    const uint32_t field = reader.field();
    if (field == 5 && reader.Varint(number)) {
      span_.fields.flags = static_cast<uint32_t>(number);
    } else if (field == 0 || field > 12 || !reader.Bytes(bytes)) {
      return reader.Skip() ? OkStatus() : Malformed(reader.rest());
    } else {
      switch (field) {
        case 1:
          parts.trace_id = bytes;
          break;
        case 2:
          parts.span_id = bytes;
          break;
        case 3:
          span_.fields.name = bytes;
          break;
        case 4:
          return Reference(bytes);
        case 6:
          Merge(bytes, parts.start_time);
          break;
        case 7:
          Merge(bytes, parts.duration);
          break;
        case 8:
          return Tag(bytes, span_.attributes);
        case 9:
          return Log(bytes);
        case 10:
          parts.has_process = true;
          Merge(bytes, parts.process);
          break;
        case 12:
          span_.warnings.push_back(bytes);
          break;
        default:
          break;
      }
    }
    return OkStatus();
  }

  void Finish() {
    MapJaegerSpan(references_, span_, scope_);
    if (!has_scope_ || scope_.name != scope_name_ || scope_.version != scope_version_) {
      scope_.Deliver(sink_);
      scope_name_ = scope_.name;
      scope_version_ = scope_.version;
      has_scope_ = true;
    }
    ++report_.accepted;
    span_.Deliver(sink_);
  }

  Status Reference(std::string_view bytes) {
    std::string_view trace_id, span_id;
    uint64_t type = 0;
    PbReader reader(bytes);
    while (reader.Next()) {
      if (reader.field() == 1 && reader.Bytes(trace_id)) continue;
      if (reader.field() == 2 && reader.Bytes(span_id)) continue;
      if (reader.field() == 3 && reader.Varint(type)) continue;
      if (!reader.Skip()) break;
    }
    RETURN_IF_ERROR(Check(reader));
    const auto trace = trace::TraceIdFromBytes(trace_id);
    const auto span = trace::SpanIdFromBytes(span_id);
    if (!trace || !span) {
      report_.DropValue("a reference with an id of a wrong length was dropped");
      return OkStatus();
    }
    references_.push_back({.is_child_of = type == 0, .trace_id = *trace, .span_id = *span});
    return OkStatus();
  }

  Status Log(std::string_view bytes) {
    std::string_view time;
    const size_t first = span_.nested.size();
    PbReader reader(bytes);
    while (reader.Next()) {
      std::string_view part;
      if (reader.field() == 1 && reader.Bytes(part)) {
        Merge(part, time);
      } else if (reader.field() == 2 && reader.Bytes(part)) {
        RETURN_IF_ERROR(Tag(part, span_.nested));
      } else if (!reader.Skip()) {
        break;
      }
    }
    RETURN_IF_ERROR(Check(reader));
    int64_t time_ns = 0;
    RETURN_IF_ERROR(Time(time, time_ns));
    MapJaegerLog(time_ns, first, span_);
    return OkStatus();
  }

  const char* start_;
  trace::SpanSink& sink_;
  DecodeReport& report_;
  ByteArena arena_;
  ResourceStage resource_;
  ScopeStage scope_;
  SpanStage span_;
  std::vector<StagedAttribute> tags_;
  std::vector<JaegerReference> references_;
  std::string_view process_;  // the batch's
  bool has_process_ = false;
  std::optional<std::string_view> resource_of_;  // the process behind the last OnResource
  bool has_resource_ = false;
  std::string_view scope_name_, scope_version_;  // of the last OnScope
  bool has_scope_ = false;
};

}  // namespace

Status DecodeJaegerProtoBatch(std::string_view bytes, trace::SpanSink& sink, DecodeReport& report) {
  return Decoder(bytes, sink, report).Batch(bytes);
}

Status DecodeJaegerPostSpans(std::string_view bytes, trace::SpanSink& sink, DecodeReport& report) {
  return Decoder(bytes, sink, report).Request(bytes);
}

}  // namespace awry::wire
