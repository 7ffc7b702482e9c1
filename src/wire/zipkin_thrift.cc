// list<Span> of zipkincore.thrift, bare, in the binary protocol. Values of binary annotations are
// big-endian bytes with a type beside them.
#include <arpa/inet.h>

#include <bit>

#include "codec/thrift.h"
#include "wire/zipkin_decode.h"

namespace awry::wire {
namespace {

using base::OkStatus;
using base::Status;
using codec::ThriftField;
using codec::ThriftReader;
using codec::ThriftType;
using trace::ValueView;

enum AnnotationType : int32_t { kBool, kBytes, kI16, kI32, kI64, kDouble, kString };

uint64_t BigEndian(std::string_view bytes) {
  uint64_t number = 0;
  for (const char c : bytes) number = number << 8 | static_cast<unsigned char>(c);
  return number;
}

// What has another length than its type asks for stays bytes.
ValueView TypedValue(int32_t type, std::string_view bytes) {
  const uint64_t number = bytes.size() <= 8 ? BigEndian(bytes) : 0;
  if (type == kBool && bytes.size() == 1) return ValueView::Bool(number != 0);
  if (type == kI16 && bytes.size() == 2) return ValueView::Int(static_cast<int16_t>(number));
  if (type == kI32 && bytes.size() == 4) return ValueView::Int(static_cast<int32_t>(number));
  if (type == kI64 && bytes.size() == 8) return ValueView::Int(static_cast<int64_t>(number));
  if (type == kDouble && bytes.size() == 8) return ValueView::Double(std::bit_cast<double>(number));
  return type == kString ? ValueView::String(bytes) : ValueView::Bytes(bytes);
}

class Decoder {
 public:
  Decoder(std::string_view bytes, ZipkinEmitter& emitter)
      : reader_(codec::ThriftEncoding::kBinary, bytes), emitter_(emitter) {}

  Status List() {
    ThriftType element = ThriftType::kStop;
    const uint32_t size = reader_.ListBegin(element);
    if (size > 0 && element != ThriftType::kStruct)
      return base::InvalidArgument("malformed Zipkin Thrift: a list of spans must come first");
    for (uint32_t i = 0; i < size && reader_.ok(); ++i) {
      arena_.Clear();
      span_.Clear();
      reader_.StructBegin();
      for (ThriftField field; reader_.NextField(field);) SpanField(field);
      reader_.StructEnd();
      if (!reader_.ok()) break;
      RETURN_IF_ERROR(span_.CheckIds(i));
      emitter_.EmitV1(span_);
    }
    if (!reader_.ok())
      return base::InvalidArgument("malformed Zipkin Thrift: it is cut short or damaged");
    if (!reader_.at_end())
      return base::InvalidArgument(
          "malformed Zipkin Thrift: more bytes after the list, at offset " +
          std::to_string(reader_.offset()));
    return OkStatus();
  }

 private:
  void SpanField(const ThriftField& field) {
    if (field.type == ThriftType::kI64) {
      Number(field.id, reader_.I64());
    } else if (field.id == 3 && field.type == ThriftType::kBinary) {
      span_.name = reader_.Binary();
    } else if (field.id == 6 && field.type == ThriftType::kList) {
      ForEachStruct([&] { Annotation(); });
    } else if (field.id == 8 && field.type == ThriftType::kList) {
      ForEachStruct([&] { BinaryAnnotation(); });
    } else if (field.id == 9 && field.type == ThriftType::kBool) {
      span_.debug = reader_.Bool();
    } else {
      reader_.Skip(field.type);
    }
  }

  void Number(int16_t id, int64_t number) {
    const auto bits = static_cast<uint64_t>(number);
    if (id == 1) span_.trace_id.low = bits;
    if (id == 4) span_.id = bits;
    if (id == 5) span_.parent_id = bits;
    if (id == 10 && number != 0) span_.timestamp_us = number;
    if (id == 11) {
      span_.duration_us = number;
      span_.has_duration = true;
    }
    if (id == 12) span_.trace_id.high = bits;
  }

  template <typename Body>
  void ForEachStruct(Body&& body) {
    ThriftType element = ThriftType::kStop;
    const uint32_t size = reader_.ListBegin(element);
    for (uint32_t i = 0; i < size && reader_.ok(); ++i) {
      if (element != ThriftType::kStruct) {
        reader_.Skip(element);
        continue;
      }
      reader_.StructBegin();
      body();
      reader_.StructEnd();
    }
  }

  void Annotation() {
    ZipkinAnnotation annotation;
    for (ThriftField field; reader_.NextField(field);) {
      if (field.id == 1 && field.type == ThriftType::kI64) {
        annotation.time_us = reader_.I64();
      } else if (field.id == 2 && field.type == ThriftType::kBinary) {
        annotation.value = reader_.Binary();
      } else if (field.id == 3 && field.type == ThriftType::kStruct) {
        Endpoint(annotation.endpoint);
      } else {
        reader_.Skip(field.type);
      }
    }
    span_.annotations.push_back(annotation);
  }

  void BinaryAnnotation() {
    ZipkinTag tag;
    std::string_view bytes;
    int32_t type = kString;
    for (ThriftField field; reader_.NextField(field);) {
      if (field.id == 1 && field.type == ThriftType::kBinary) {
        tag.tag.key = reader_.Binary();
      } else if (field.id == 2 && field.type == ThriftType::kBinary) {
        bytes = reader_.Binary();
      } else if (field.id == 3 && field.type == ThriftType::kI32) {
        type = reader_.I32();
      } else if (field.id == 4 && field.type == ThriftType::kStruct) {
        Endpoint(tag.endpoint);
      } else {
        reader_.Skip(field.type);
      }
    }
    tag.tag.value = TypedValue(type, bytes);
    span_.tags.push_back(tag);
  }

  void Endpoint(ZipkinEndpoint& out) {
    reader_.StructBegin();
    for (ThriftField field; reader_.NextField(field);) {
      if (field.id == 1 && field.type == ThriftType::kI32) {
        const uint32_t address = htonl(static_cast<uint32_t>(reader_.I32()));
        if (address != 0) out.ipv4 = AddressText(AF_INET, &address);
      } else if (field.id == 2 && field.type == ThriftType::kI16) {
        out.port = static_cast<uint16_t>(reader_.I16());
      } else if (field.id == 3 && field.type == ThriftType::kBinary) {
        out.service = reader_.Binary();
      } else if (field.id == 4 && field.type == ThriftType::kBinary) {
        const std::string_view bytes = reader_.Binary();
        if (bytes.size() == 16) out.ipv6 = AddressText(AF_INET6, bytes.data());
      } else {
        reader_.Skip(field.type);
      }
    }
    reader_.StructEnd();
  }

  std::string_view AddressText(int family, const void* address) {
    char text[INET6_ADDRSTRLEN] = {};
    return inet_ntop(family, address, text, sizeof(text)) == nullptr ? "" : arena_.Copy(text);
  }

  ThriftReader reader_;
  ZipkinEmitter& emitter_;
  ByteArena arena_;
  ZipkinSpan span_;
};

}  // namespace

Status DecodeZipkinThrift(std::string_view bytes, ZipkinEmitter& emitter) {
  return Decoder(bytes, emitter).List();
}

}  // namespace awry::wire
