// Both generations in one reader: v1 adds endpoints to annotations, and binaryAnnotations. Taken as
// Zipkin takes them: numbers as texts, texts as numbers, fractions of microseconds, null for
// absent.
#include <algorithm>
#include <cmath>

#include "codec/base64.h"
#include "wire/json_reader.h"
#include "wire/zipkin_decode.h"

namespace awry::wire {
namespace {

using base::OkStatus;
using base::Status;
using trace::ValueView;
using Value = JsonReader::Value;
using simdjson::ondemand::json_type;

constexpr std::string_view kKinds[] = {"", "CLIENT", "SERVER", "PRODUCER", "CONSUMER"};
constexpr trace::SpanKind kKindOf[] = {trace::SpanKind::kUnspecified, trace::SpanKind::kClient,
                                       trace::SpanKind::kServer, trace::SpanKind::kProducer,
                                       trace::SpanKind::kConsumer};

class Decoder {
 public:
  Decoder(bool v1, ZipkinEmitter& emitter) : v1_(v1), emitter_(emitter) {}

  Status Document(std::string_view text) {
    simdjson::ondemand::document document;
    RETURN_IF_ERROR(json_.OpenCopy(text, document));
    simdjson::ondemand::array spans;
    if (const auto error = document.get_array().get(spans))
      return error == simdjson::INCORRECT_TYPE ? json_.WrongType("expected an array of spans")
                                               : json_.Malformed(error);
    size_t index = 0;
    for (auto item : spans) {
      Value value;
      AWRY_JSON(json_, std::move(item).get(value));
      const Status status = Span(value, index);
      if (!status.ok()) return status.WithContext("span " + std::to_string(index));
      ++index;
    }
    return json_.CheckEnd(document);
  }

 private:
  Status Span(Value value, size_t index) {
    arena_.Clear();
    json_.ClearKeys();
    span_.Clear();
    span_.is_utf8 = json_.is_utf8();
    JsonReader::Object object;
    if (value.get_object().get(object)) return json_.WrongType("a span must be an object");
    RETURN_IF_ERROR(json_.ForEachMember(
        object, [&](std::string_view key, Value part) { return SpanField(key, part); }));
    RETURN_IF_ERROR(span_.CheckIds(index));
    if (v1_) {
      emitter_.EmitV1(span_);
    } else {
      emitter_.Emit(span_);
    }
    return OkStatus();
  }

  Status SpanField(std::string_view key, Value value) {
    if (key == "traceId") return ReadId(value, trace::TraceIdFromHex, span_.trace_id, key);
    if (key == "id") return ReadId(value, trace::SpanIdFromHex, span_.id, key);
    if (key == "parentId") return ReadId(value, trace::SpanIdFromHex, span_.parent_id, key);
    if (key == "name") return Text(value, span_.name);
    if (key == "timestamp") {
      std::optional<int64_t>& us = span_.timestamp_us;
      RETURN_IF_ERROR(Microseconds(value, us));
      if (us == 0) us.reset();  // Zipkin's way to say that it is not known
      return OkStatus();
    }
    if (key == "duration") {
      std::optional<int64_t> us;
      RETURN_IF_ERROR(Microseconds(value, us));
      span_.duration_us = us.value_or(0);
      span_.has_duration = us.has_value();
      return OkStatus();
    }
    if (key == "debug") return json_.Bool(value, span_.debug);
    if (key == "annotations")
      return json_.ForEach(value, [&](Value item) { return Annotation(item); });
    if (v1_) {
      if (key == "binaryAnnotations")
        return json_.ForEach(value, [&](Value item) { return BinaryAnnotation(item); });
      return OkStatus();
    }
    if (key == "kind") {
      uint8_t number = 0;
      RETURN_IF_ERROR(json_.Enum(value, kKinds, number));
      span_.kind = kKindOf[number];
      return OkStatus();
    }
    if (key == "localEndpoint") return Endpoint(value, span_.local);
    if (key == "remoteEndpoint") return Endpoint(value, span_.remote);
    if (key == "tags") {
      return json_.ForEachMember(value, key, [&](std::string_view name, Value part) -> Status {
        ZipkinTag& tag = span_.tags.emplace_back();
        tag.tag.key = name;
        std::string_view text;
        RETURN_IF_ERROR(AnyText(part, text));
        tag.tag.value = ValueView::String(text);
        return OkStatus();
      });
    }
    return OkStatus();
  }

  Status Text(Value value, std::string_view& out) { return json_.Text(value, arena_, out); }

  // A string, or what stands there in its place: a number or true as its text.
  Status AnyText(Value value, std::string_view& out) {
    json_type type;
    AWRY_JSON(json_, value.type().get(type));
    if (type == json_type::string || type == json_type::null) return Text(value, out);
    if (type != json_type::number && type != json_type::boolean)
      return json_.WrongType("expected a string");
    out = value.raw_json_token();
    while (!out.empty() && static_cast<unsigned char>(out.back()) <= ' ') out.remove_suffix(1);
    return OkStatus();
  }

  template <typename AnId, typename FromHex>
  Status ReadId(Value value, FromHex from_hex, AnId& out, std::string_view key) {
    std::string_view text;
    RETURN_IF_ERROR(json_.ShortText(value, text));
    out = {};
    if (text.empty()) return OkStatus();
    const auto id = from_hex(text);
    if (!id)
      return json_.WrongType(std::string(key) + " must be hex of 1 to 16 digits (traceId 32)");
    out = *id;
    return OkStatus();
  }

  // Fractions are rounded: Node's exporter sends them.
  Status Microseconds(Value value, std::optional<int64_t>& out) {
    int64_t integer = 0;
    double real = 0;
    bool is_integer = true, is_null = false;
    RETURN_IF_ERROR(json_.Number(value, integer, real, is_integer, is_null));
    out.reset();
    if (is_null) return OkStatus();
    if (!is_integer && std::isnan(real)) return json_.WrongType("expected a time in microseconds");
    out = is_integer ? integer : std::llround(std::clamp(real, -9.2e18, 9.2e18));
    return OkStatus();
  }

  Status Endpoint(Value value, ZipkinEndpoint& out) {
    out = {};
    return json_.ForEachMember(
        value, "an endpoint", [&](std::string_view key, Value part) -> Status {
          if (key == "serviceName") return Text(part, out.service);
          if (key == "ipv4") return Text(part, out.ipv4);
          if (key == "ipv6") return Text(part, out.ipv6);
          if (key != "port") return OkStatus();
          std::optional<int64_t> port;  // v1 clients send negative ones: 16 bits with a sign
          RETURN_IF_ERROR(Microseconds(part, port));
          out.port = static_cast<uint32_t>(port.value_or(0)) & 0xffff;
          return OkStatus();
        });
  }

  Status Annotation(Value value) {
    ZipkinAnnotation annotation;
    RETURN_IF_ERROR(json_.ForEachMember(value, "an annotation",
                                        [&](std::string_view key, Value part) -> Status {
                                          if (key == "value") return Text(part, annotation.value);
                                          if (key == "endpoint" && v1_)
                                            return Endpoint(part, annotation.endpoint);
                                          if (key != "timestamp") return OkStatus();
                                          std::optional<int64_t> us;
                                          RETURN_IF_ERROR(Microseconds(part, us));
                                          annotation.time_us = us.value_or(0);
                                          return OkStatus();
                                        }));
    span_.annotations.push_back(annotation);
    return OkStatus();
  }

  Status BinaryAnnotation(Value value) {
    ZipkinTag tag;
    std::string_view type;
    RETURN_IF_ERROR(json_.ForEachMember(
        value, "a binary annotation", [&](std::string_view key, Value part) -> Status {
          if (key == "key") return Text(part, tag.tag.key);
          if (key == "type") return Text(part, type);
          if (key == "endpoint") return Endpoint(part, tag.endpoint);
          return key == "value" ? TypedValue(part, tag.tag.value) : OkStatus();
        }));
    if (type == "BYTES" && tag.tag.value.kind == trace::ValueKind::kString) {
      const auto bytes = codec::Base64Decode(tag.tag.value.bytes);
      if (bytes.ok()) tag.tag.value = ValueView::Bytes(arena_.Copy(*bytes));
    }
    span_.tags.push_back(tag);
    return OkStatus();
  }

  Status TypedValue(Value value, ValueView& out) {
    json_type type;
    AWRY_JSON(json_, value.type().get(type));
    if (type == json_type::number) {
      bool is_integer = true, is_null = false;
      int64_t integer = 0;
      double real = 0;
      RETURN_IF_ERROR(json_.Number(value, integer, real, is_integer, is_null));
      out = is_integer ? ValueView::Int(integer) : ValueView::Double(real);
    } else if (type == json_type::boolean) {
      bool boolean = false;
      RETURN_IF_ERROR(json_.Bool(value, boolean));
      out = ValueView::Bool(boolean);
    } else {
      std::string_view text;
      RETURN_IF_ERROR(Text(value, text));
      out = ValueView::String(text);
    }
    return OkStatus();
  }

  const bool v1_;
  ZipkinEmitter& emitter_;
  JsonReader json_{"Zipkin JSON"};
  ByteArena arena_;
  ZipkinSpan span_;
};

}  // namespace

Status DecodeZipkinJson(std::string_view json, bool v1, ZipkinEmitter& emitter) {
  return Decoder(v1, emitter).Document(json);
}

}  // namespace awry::wire
