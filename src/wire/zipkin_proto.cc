// ListOfSpans. A message that stands twice means the last one: Zipkin's own reader merges nothing.
#include <arpa/inet.h>

#include <algorithm>

#include "wire/pb_reader.h"
#include "wire/zipkin_decode.h"

namespace awry::wire {
namespace {

using base::OkStatus;
using base::Status;
using trace::SpanKind;

constexpr SpanKind kKindOf[] = {SpanKind::kUnspecified, SpanKind::kClient, SpanKind::kServer,
                                SpanKind::kProducer, SpanKind::kConsumer};

int64_t Clamped(uint64_t number) {
  return static_cast<int64_t>(std::min<uint64_t>(number, INT64_MAX));
}

class Decoder {
 public:
  Decoder(std::string_view bytes, ZipkinEmitter& emitter)
      : start_(bytes.data()), emitter_(emitter) {}

  Status List(std::string_view bytes) {
    size_t index = 0;
    PbReader reader(bytes);
    while (reader.Next()) {
      std::string_view span;
      if (reader.field() == 1 && reader.Bytes(span)) {
        RETURN_IF_ERROR(Span(span, index++));
      } else if (!reader.Skip()) {
        break;
      }
    }
    return Check(reader);
  }

 private:
  Status Check(const PbReader& reader) const {
    if (reader.ok()) return OkStatus();
    return base::InvalidArgument("malformed Zipkin protobuf: at offset " +
                                 std::to_string(reader.rest().data() - start_));
  }

  Status Span(std::string_view bytes, size_t index) {
    arena_.Clear();
    span_.Clear();
    PbReader reader(bytes);
    while (reader.Next()) RETURN_IF_ERROR(Field(reader));
    RETURN_IF_ERROR(Check(reader));
    RETURN_IF_ERROR(span_.CheckIds(index));
    emitter_.Emit(span_);
    return OkStatus();
  }

  Status Field(PbReader& reader) {
    std::string_view bytes;
    uint64_t number = 0;
    switch (reader.field()) {
      case 1:
        if (!reader.Bytes(bytes)) break;
        return ReadId(bytes, trace::TraceIdFromBytes, span_.trace_id);
      case 2:
        if (!reader.Bytes(bytes)) break;
        return ReadId(bytes, trace::SpanIdFromBytes, span_.parent_id);
      case 3:
        if (!reader.Bytes(bytes)) break;
        return ReadId(bytes, trace::SpanIdFromBytes, span_.id);
      case 4:
        if (!reader.Varint(number)) break;
        span_.kind = number < std::size(kKindOf) ? kKindOf[number] : SpanKind::kUnspecified;
        return OkStatus();
      case 5:
        if (!reader.Bytes(span_.name)) break;
        return OkStatus();
      case 6:
        if (!reader.Fixed64(number)) break;
        if (number != 0) span_.timestamp_us = Clamped(number);
        return OkStatus();
      case 7:
        if (!reader.Varint(number)) break;
        span_.duration_us = Clamped(number);
        span_.has_duration = true;
        return OkStatus();
      case 8:
        if (!reader.Bytes(bytes)) break;
        return Endpoint(bytes, span_.local);
      case 9:
        if (!reader.Bytes(bytes)) break;
        return Endpoint(bytes, span_.remote);
      case 10:
        if (!reader.Bytes(bytes)) break;
        return Annotation(bytes);
      case 11:
        if (!reader.Bytes(bytes)) break;
        return Tag(bytes);
      case 12:
        if (!reader.Varint(number)) break;
        span_.debug = number != 0;
        return OkStatus();
      default:
        break;
    }
    return reader.Skip() ? OkStatus() : Check(reader);
  }

  template <typename AnId, typename FromBytes>
  static Status ReadId(std::string_view bytes, FromBytes from_bytes, AnId& out) {
    out = {};
    if (bytes.empty()) return OkStatus();
    const auto id = from_bytes(bytes);
    if (!id)
      return base::InvalidArgument(
          "malformed Zipkin protobuf: an id must have 8 bytes (trace_id: or 16), it has " +
          std::to_string(bytes.size()));
    out = *id;
    return OkStatus();
  }

  // An address of a wrong length is none.
  std::string_view AddressText(int family, size_t size, std::string_view bytes) {
    char text[INET6_ADDRSTRLEN] = {};
    if (bytes.size() != size || inet_ntop(family, bytes.data(), text, sizeof(text)) == nullptr)
      return {};
    return arena_.Copy(text);
  }

  Status Endpoint(std::string_view bytes, ZipkinEndpoint& out) {
    out = {};
    PbReader reader(bytes);
    while (reader.Next()) {
      std::string_view address;
      uint64_t number = 0;
      if (reader.field() == 1 && reader.Bytes(out.service)) continue;
      if (reader.field() == 2 && reader.Bytes(address)) {
        out.ipv4 = AddressText(AF_INET, 4, address);
      } else if (reader.field() == 3 && reader.Bytes(address)) {
        out.ipv6 = AddressText(AF_INET6, 16, address);
      } else if (reader.field() == 4 && reader.Varint(number)) {
        out.port = static_cast<uint32_t>(number) & 0xffff;
      } else if (!reader.Skip()) {
        break;
      }
    }
    return Check(reader);
  }

  Status Annotation(std::string_view bytes) {
    ZipkinAnnotation annotation;
    PbReader reader(bytes);
    while (reader.Next()) {
      uint64_t number = 0;
      if (reader.field() == 2 && reader.Bytes(annotation.value)) continue;
      if (reader.field() == 1 && reader.Fixed64(number)) {
        annotation.time_us = Clamped(number);
      } else if (!reader.Skip()) {
        break;
      }
    }
    span_.annotations.push_back(annotation);
    return Check(reader);
  }

  Status Tag(std::string_view bytes) {
    ZipkinTag tag;
    tag.tag.value = trace::ValueView::String({});
    PbReader reader(bytes);
    while (reader.Next()) {
      if (reader.field() == 1 && reader.Bytes(tag.tag.key)) continue;
      if (reader.field() == 2 && reader.Bytes(tag.tag.value.bytes)) continue;
      if (!reader.Skip()) break;
    }
    span_.tags.push_back(tag);
    return Check(reader);
  }

  const char* start_;
  ZipkinEmitter& emitter_;
  ByteArena arena_;
  ZipkinSpan span_;
};

}  // namespace

Status DecodeZipkinProto(std::string_view bytes, ZipkinEmitter& emitter) {
  return Decoder(bytes, emitter).List(bytes);
}

}  // namespace awry::wire
