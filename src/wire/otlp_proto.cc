// One pass over each message collects its fields as views; then they are delivered in the sink's
// order. A message that stands twice means the concatenation of both (protobuf's merge rule).
#include "wire/otlp_proto.h"

#include <algorithm>
#include <vector>

#include "codec/utf8.h"
#include "wire/any_value.h"
#include "wire/byte_arena.h"
#include "wire/clean.h"
#include "wire/pb_reader.h"

namespace awry::wire {
namespace {

using base::OkStatus;
using base::Status;
using trace::ValueView;

class Decoder {
 public:
  Decoder(std::string_view bytes, trace::SpanSink& sink, DecodeReport& report)
      : start_(bytes.data()), sink_(sink), report_(report) {}

  Status Request(std::string_view bytes) {
    PbReader reader(bytes);
    while (reader.Next()) {
      std::string_view block;
      if (reader.field() == 1 && reader.Bytes(block)) {
        RETURN_IF_ERROR(ResourceSpans(block));
      } else if (!reader.Skip()) {
        break;
      }
    }
    return Check(reader);
  }

 private:
  Status Malformed(std::string_view at) const {
    return base::InvalidArgument("malformed OTLP protobuf: at offset " +
                                 std::to_string(at.data() - start_));
  }
  Status Check(const PbReader& reader) const {
    return reader.ok() ? OkStatus() : Malformed(reader.rest());
  }

  // Joins a submessage to one of the same field that stood before.
  void Merge(std::string_view part, std::string_view& message, ByteArena& arena) {
    if (message.empty()) {
      message = part;
    } else if (!part.empty()) {
      message = arena.Copy(std::string(message) + std::string(part));
    }
  }

  Status ResourceSpans(std::string_view block) {
    block_arena_.Clear();
    resource_.Clear();
    std::string_view resource;
    PbReader reader(block);
    while (reader.Next()) {
      std::string_view part;
      if (reader.field() == 1 && reader.Bytes(part)) {
        Merge(part, resource, block_arena_);
      } else if (reader.field() == 3 && reader.Bytes(part)) {
        resource_.schema_url = part;
      } else if (!reader.Skip()) {
        break;
      }
    }
    RETURN_IF_ERROR(Check(reader));
    RETURN_IF_ERROR(Resource(resource));
    resource_.Deliver(sink_);
    PbReader again(block);
    while (again.Next()) {
      std::string_view part;
      if (again.field() == 2 && again.Bytes(part)) {
        RETURN_IF_ERROR(ScopeSpans(part));
      } else if (!again.Skip()) {
        break;
      }
    }
    return Check(again);
  }

  Status Resource(std::string_view bytes) {
    PbReader reader(bytes);
    while (reader.Next()) {
      std::string_view pair;
      uint64_t number = 0;
      if (reader.field() == 1 && reader.Bytes(pair)) {
        RETURN_IF_ERROR(Attribute(pair, block_arena_, resource_.attributes));
      } else if (reader.field() == 2 && reader.Varint(number)) {
        resource_.dropped_attributes = static_cast<uint32_t>(number);
      } else if (!reader.Skip()) {
        break;
      }
    }
    return Check(reader);
  }

  Status ScopeSpans(std::string_view block) {
    scope_.Clear();
    std::string_view scope;
    PbReader reader(block);
    while (reader.Next()) {
      std::string_view part;
      if (reader.field() == 1 && reader.Bytes(part)) {
        Merge(part, scope, block_arena_);
      } else if (reader.field() == 3 && reader.Bytes(part)) {
        scope_.schema_url = part;
      } else if (!reader.Skip()) {
        break;
      }
    }
    RETURN_IF_ERROR(Check(reader));
    RETURN_IF_ERROR(Scope(scope));
    scope_.Deliver(sink_);
    PbReader again(block);
    while (again.Next()) {
      std::string_view span;
      if (again.field() == 2 && again.Bytes(span)) {
        RETURN_IF_ERROR(Span(span));
      } else if (!again.Skip()) {
        break;
      }
    }
    return Check(again);
  }

  Status Scope(std::string_view bytes) {
    PbReader reader(bytes);
    while (reader.Next()) {
      std::string_view part;
      uint64_t number = 0;
      if (reader.field() == 1 && reader.Bytes(part)) {
        scope_.name = part;
      } else if (reader.field() == 2 && reader.Bytes(part)) {
        scope_.version = part;
      } else if (reader.field() == 3 && reader.Bytes(part)) {
        RETURN_IF_ERROR(Attribute(part, block_arena_, scope_.attributes));
      } else if (reader.field() == 4 && reader.Varint(number)) {
        scope_.dropped_attributes = static_cast<uint32_t>(number);
      } else if (!reader.Skip()) {
        break;
      }
    }
    return Check(reader);
  }

  Status Attribute(std::string_view pair, ByteArena& arena, std::vector<StagedAttribute>& out) {
    StagedAttribute attribute;
    std::string_view any;
    if (!ReadKeyValuePair(pair, attribute.key, any)) return Malformed(pair);
    // The common case, a short string alone, without the general reader.
    if (any.size() >= 2 && any[0] == 0x0a && static_cast<unsigned char>(any[1]) == any.size() - 2 &&
        any.size() < 130) {
      attribute.value = ValueView::String(any.substr(2));  // its UTF-8 is checked when delivered
      out.push_back(attribute);
      return OkStatus();
    }
    const Status status = ReadAnyValue(any, attribute.value, nested_);
    if (!status.ok()) return Malformed(pair).WithContext(status.message());
    if (attribute.value.kind == trace::ValueKind::kArray ||
        attribute.value.kind == trace::ValueKind::kMap) {
      attribute.value.bytes = arena.Copy(attribute.value.bytes);
    }
    out.push_back(attribute);
    return OkStatus();
  }

  // "" is no id; any other wrong length makes the span bad.
  template <typename Id, typename FromBytes>
  static void ReadId(std::string_view bytes, size_t size, FromBytes from_bytes, Id& out,
                     bool& is_bad) {
    out = {};
    if (bytes.empty()) return;
    const auto id = bytes.size() == size ? from_bytes(bytes) : std::nullopt;
    if (id) {
      out = *id;
    } else {
      is_bad = true;
    }
  }

  Status Span(std::string_view bytes) {
    span_.Clear();
    span_arena_.Clear();
    bool is_bad = false;
    std::string_view status;
    PbReader reader(bytes);
    while (reader.Next()) RETURN_IF_ERROR(SpanField(reader, status, is_bad));
    RETURN_IF_ERROR(Check(reader));
    RETURN_IF_ERROR(StatusOf(status));
    if (is_bad || !span_.fields.trace_id.valid() || span_.fields.span_id == 0) {
      report_.RejectSpan("span left out: trace_id must have 16 and span_id 8 bytes, not all zero");
      return OkStatus();
    }
    ++report_.accepted;
    span_.Deliver(sink_);
    return OkStatus();
  }

  Status SpanField(PbReader& reader, std::string_view& status, bool& is_bad) {
    trace::SpanFields& f = span_.fields;
    std::string_view part;
    uint64_t number = 0;
    bool taken = false;
    switch (reader.field()) {
      case 1:
        if ((taken = reader.Bytes(part)))
          ReadId(part, 16, trace::TraceIdFromBytes, f.trace_id, is_bad);
        break;
      case 2:
        if ((taken = reader.Bytes(part)))
          ReadId(part, 8, trace::SpanIdFromBytes, f.span_id, is_bad);
        break;
      case 3:
        taken = reader.Bytes(f.trace_state);
        break;
      case 4:
        if ((taken = reader.Bytes(part)))
          ReadId(part, 8, trace::SpanIdFromBytes, f.parent_id, is_bad);
        break;
      case 5:
        taken = reader.Bytes(f.name);
        break;
      case 6:
        if ((taken = reader.Varint(number)))
          f.kind = static_cast<trace::SpanKind>(number <= 5 ? number : 0);
        break;
      case 7:
        if ((taken = reader.Fixed64(number))) f.start_ns = TimeNs(number);
        break;
      case 8:
        if ((taken = reader.Fixed64(number))) f.end_ns = TimeNs(number);
        break;
      case 9:
        if ((taken = reader.Bytes(part))) return Attribute(part, span_arena_, span_.attributes);
        break;
      case 10:
        if ((taken = reader.Varint(number))) f.dropped_attributes = static_cast<uint32_t>(number);
        break;
      case 11:
        if ((taken = reader.Bytes(part))) return Event(part);
        break;
      case 12:
        if ((taken = reader.Varint(number))) f.dropped_events = static_cast<uint32_t>(number);
        break;
      case 13:
        if ((taken = reader.Bytes(part))) return Link(part);
        break;
      case 14:
        if ((taken = reader.Varint(number))) f.dropped_links = static_cast<uint32_t>(number);
        break;
      case 15:
        if ((taken = reader.Bytes(part))) Merge(part, status, span_arena_);
        break;
      case 16:
        taken = reader.Fixed32(f.flags);
        break;
      default:
        break;
    }
    if (!taken && !reader.Skip()) return Malformed(reader.rest());
    return OkStatus();
  }

  static int64_t TimeNs(uint64_t time) {
    return static_cast<int64_t>(std::min(time, static_cast<uint64_t>(INT64_MAX)));
  }

  Status StatusOf(std::string_view bytes) {
    PbReader reader(bytes);
    while (reader.Next()) {
      uint64_t number = 0;
      if (reader.field() == 2 && reader.Bytes(span_.fields.status_message)) continue;
      if (reader.field() == 3 && reader.Varint(number)) {
        span_.fields.status = static_cast<trace::SpanStatus>(number <= 2 ? number : 0);
      } else if (!reader.Skip()) {
        break;
      }
    }
    return Check(reader);
  }

  Status Event(std::string_view bytes) {
    StagedEvent event;
    event.first = span_.nested.size();
    PbReader reader(bytes);
    while (reader.Next()) {
      std::string_view part;
      uint64_t number = 0;
      if (reader.field() == 1 && reader.Fixed64(number)) {
        event.fields.time_ns = TimeNs(number);
      } else if (reader.field() == 2 && reader.Bytes(part)) {
        event.fields.name = part;
      } else if (reader.field() == 3 && reader.Bytes(part)) {
        RETURN_IF_ERROR(Attribute(part, span_arena_, span_.nested));
      } else if (reader.field() == 4 && reader.Varint(number)) {
        event.fields.dropped_attributes = static_cast<uint32_t>(number);
      } else if (!reader.Skip()) {
        break;
      }
    }
    event.end = span_.nested.size();
    span_.events.push_back(event);
    return Check(reader);
  }

  Status Link(std::string_view bytes) {
    StagedLink link;
    bool is_bad = false;
    link.first = span_.nested.size();
    PbReader reader(bytes);
    while (reader.Next()) {
      std::string_view part;
      uint64_t number = 0;
      uint32_t word = 0;
      if (reader.field() == 1 && reader.Bytes(part)) {
        ReadId(part, 16, trace::TraceIdFromBytes, link.fields.trace_id, is_bad);
      } else if (reader.field() == 2 && reader.Bytes(part)) {
        ReadId(part, 8, trace::SpanIdFromBytes, link.fields.span_id, is_bad);
      } else if (reader.field() == 3 && reader.Bytes(part)) {
        link.fields.trace_state = part;
      } else if (reader.field() == 4 && reader.Bytes(part)) {
        RETURN_IF_ERROR(Attribute(part, span_arena_, span_.nested));
      } else if (reader.field() == 5 && reader.Varint(number)) {
        link.fields.dropped_attributes = static_cast<uint32_t>(number);
      } else if (reader.field() == 6 && reader.Fixed32(word)) {
        link.fields.flags = word;
      } else if (!reader.Skip()) {
        break;
      }
    }
    RETURN_IF_ERROR(Check(reader));
    link.end = span_.nested.size();
    if (is_bad) {
      span_.nested.resize(link.first);
      report_.DropValue("a link with an id of a wrong length was dropped");
    } else {
      span_.links.push_back(link);
    }
    return OkStatus();
  }

  const char* start_;
  trace::SpanSink& sink_;
  DecodeReport& report_;
  ByteArena block_arena_;
  ByteArena span_arena_;
  ResourceStage resource_;
  ScopeStage scope_;
  SpanStage span_;
  std::string nested_;
};

}  // namespace

Status DecodeOtlpProto(std::string_view bytes, trace::SpanSink& sink, DecodeReport& report) {
  return Decoder(bytes, sink, report).Request(bytes);
}

}  // namespace awry::wire
