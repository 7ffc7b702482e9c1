// simdjson's on-demand reader walks the text once, and twice over the members of a resource or
// scope block, since what the sink must hear first (resource, schema URL) may stand behind the
// spans. Skipping costs little. A span is staged as views (clean.h) and then delivered.
#include "wire/otlp_json.h"

#include <charconv>
#include <cmath>
#include <cstring>

#if defined(__GNUC__)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wconversion"
#pragma GCC diagnostic ignored "-Wshadow"
#endif
#include <simdjson.h>
#if defined(__GNUC__)
#pragma GCC diagnostic pop
#endif

#include "codec/base64.h"
#include "codec/json.h"
#include "wire/any_value.h"
#include "wire/byte_arena.h"
#include "wire/clean.h"
#include "wire/json_scan.h"

namespace awry::wire {
namespace {

namespace od = simdjson::ondemand;
using base::InvalidArgument;
using base::OkStatus;
using base::Status;
using trace::ValueView;

static_assert(OtlpJsonDecoder::kPaddingBytes >= simdjson::SIMDJSON_PADDING);

Status Malformed(simdjson::error_code error) {
  return InvalidArgument(std::string("malformed OTLP JSON: ") + simdjson::error_message(error));
}
Status WrongType(std::string_view what) {
  return InvalidArgument("malformed OTLP JSON: wrong type of a field: " + std::string(what));
}

#define AWRY_JSON(expression)                                             \
  do {                                                                    \
    if (const simdjson::error_code awry_error = (expression); awry_error) \
      return Malformed(awry_error);                                       \
  } while (false)

// True when `key` is `camel` or its snake_case form.
bool IsKey(std::string_view key, std::string_view camel, std::string_view snake) {
  return key == camel || key == snake;
}

enum class Read { kValue, kNull, kBad };

struct KindName {
  std::string_view name;
  uint8_t number;
};
constexpr KindName kKinds[] = {{"SPAN_KIND_UNSPECIFIED", 0}, {"SPAN_KIND_INTERNAL", 1},
                               {"SPAN_KIND_SERVER", 2},      {"SPAN_KIND_CLIENT", 3},
                               {"SPAN_KIND_PRODUCER", 4},    {"SPAN_KIND_CONSUMER", 5}};
constexpr KindName kStatuses[] = {
    {"STATUS_CODE_UNSET", 0}, {"STATUS_CODE_OK", 1}, {"STATUS_CODE_ERROR", 2}};

}  // namespace

struct OtlpJsonDecoder::Impl {
  od::parser parser;
  std::string copy;       // of a document without padding
  ByteArena block_arena;  // strings of the current resource and scope
  ByteArena span_arena;
  ByteArena key_arena;  // keys with escapes, and number texts
  ResourceStage resource;
  ScopeStage scope;
  SpanStage span;
  trace::SpanSink* sink = nullptr;
  DecodeReport* report = nullptr;

  // --- scalars
  // -------------------------------------------------------------------------------------

  Status Key(od::field& field, std::string_view& out) {
    out = ReadJsonString(field.key().raw(), key_arena);
    return OkStatus();
  }

  // A missing, null or string value.
  Status Text(od::value value, ByteArena& arena, std::string_view& out) {
    od::json_type type;
    AWRY_JSON(value.type().get(type));
    if (type == od::json_type::null) {
      bool is_null = false;
      AWRY_JSON(value.is_null().get(is_null));
      out = {};
      return is_null ? OkStatus() : WrongType("expected a string");
    }
    od::raw_json_string raw;
    if (value.get_raw_json_string().get(raw)) return WrongType("expected a string");
    out = ReadJsonString(raw.raw(), arena);
    return OkStatus();
  }

  // An integer as a number or as a string; doubles without a fraction are taken (JavaScript).
  Status Unsigned(od::value value, uint64_t& out) {
    bool is_null = false;
    int64_t number = 0;
    RETURN_IF_ERROR(SignedOrNull(value, number, is_null, &out));
    if (is_null) out = 0;
    return OkStatus();
  }

  Status SignedOrNull(od::value value, int64_t& out, bool& is_null,
                      uint64_t* as_unsigned = nullptr) {
    od::json_type type;
    AWRY_JSON(value.type().get(type));
    is_null = type == od::json_type::null;
    if (is_null) {
      AWRY_JSON(value.is_null().get(is_null));
      return is_null ? OkStatus() : WrongType("expected a number");
    }
    if (type == od::json_type::string) {
      od::raw_json_string raw;
      AWRY_JSON(value.get_raw_json_string().get(raw));
      return ParseInteger(ReadJsonString(raw.raw(), key_arena), out, as_unsigned);
    }
    if (type != od::json_type::number) return WrongType("expected a number");
    return ParseInteger(NumberText(value.raw_json_token()), out, as_unsigned);
  }

  // The token may have blanks after it; consuming it is left to the iterator, which skips it.
  static std::string_view NumberText(std::string_view token) {
    while (!token.empty() && static_cast<unsigned char>(token.back()) <= ' ')
      token.remove_suffix(1);
    return token;
  }

  static Status ParseInteger(std::string_view text, int64_t& out, uint64_t* as_unsigned) {
    const char* const end = text.data() + text.size();
    if (as_unsigned != nullptr) {
      const auto [at, error] = std::from_chars(text.data(), end, *as_unsigned);
      if (error == std::errc() && at == end && !text.empty()) return OkStatus();
    }
    const auto [at, error] = std::from_chars(text.data(), end, out);
    if (error == std::errc() && at == end && !text.empty()) {
      if (as_unsigned != nullptr) return WrongType("a number must not be negative");
      return OkStatus();
    }
    double real = 0;
    const auto [real_at, real_error] = std::from_chars(text.data(), end, real);
    if (real_error != std::errc() || real_at != end || text.empty() || real != std::floor(real) ||
        std::fabs(real) >= 9.2e18) {
      return WrongType("expected an integer of 64 bits");
    }
    out = static_cast<int64_t>(real);
    if (as_unsigned != nullptr) {
      if (out < 0) return WrongType("a number must not be negative");
      *as_unsigned = static_cast<uint64_t>(out);
    }
    return OkStatus();
  }

  Status Count(od::value value, uint32_t& out) {
    uint64_t number = 0;
    RETURN_IF_ERROR(Unsigned(value, number));
    out = static_cast<uint32_t>(std::min<uint64_t>(number, UINT32_MAX));
    return OkStatus();
  }

  Status TimeNs(od::value value, int64_t& out) {
    uint64_t number = 0;
    RETURN_IF_ERROR(Unsigned(value, number));
    out = static_cast<int64_t>(std::min<uint64_t>(number, INT64_MAX));
    return OkStatus();
  }

  // An enum as number, numeric string or name; what is unknown is 0.
  template <size_t N>
  Status Enum(od::value value, const KindName (&names)[N], uint8_t& out) {
    od::json_type type;
    AWRY_JSON(value.type().get(type));
    out = 0;
    if (type == od::json_type::string) {
      std::string_view text;
      RETURN_IF_ERROR(Text(value, key_arena, text));
      for (const KindName& name : names) {
        if (name.name == text || text == std::string_view(&"012345"[name.number], 1))
          out = name.number;
      }
      return OkStatus();
    }
    uint64_t number = 0;
    RETURN_IF_ERROR(Unsigned(value, number));
    if (number < N) out = static_cast<uint8_t>(number);
    return OkStatus();
  }

  Status Real(od::value value, double& out, bool& is_null) {
    od::json_type type;
    AWRY_JSON(value.type().get(type));
    is_null = type == od::json_type::null;
    if (is_null) return OkStatus();
    if (type == od::json_type::string) {
      std::string_view text;
      RETURN_IF_ERROR(Text(value, key_arena, text));
      if (text == "NaN") {
        out = std::nan("");
      } else if (text == "Infinity") {
        out = INFINITY;
      } else if (text == "-Infinity") {
        out = -INFINITY;
      } else {
        const auto [at, error] = std::from_chars(text.data(), text.data() + text.size(), out);
        if (error != std::errc() || at != text.data() + text.size())
          return WrongType("doubleValue");
      }
      return OkStatus();
    }
    if (value.get_double().get(out)) return WrongType("doubleValue");
    return OkStatus();
  }

  // --- values
  // --------------------------------------------------------------------------------------

  // `is_dropped`: a null stood where a number should be.
  Status Any(od::value value, int depth, ByteArena& arena, ValueView& out, bool& is_dropped) {
    if (depth > kNestingDepthMax)
      return InvalidArgument("malformed OTLP JSON: attribute value is nested too deep");
    out = {};
    is_dropped = false;
    od::json_type type;
    AWRY_JSON(value.type().get(type));
    if (type == od::json_type::null) return OkStatus();
    od::object object;
    if (value.get_object().get(object)) return WrongType("value");
    for (auto result : object) {
      od::field field;
      AWRY_JSON(std::move(result).get(field));
      std::string_view key;
      RETURN_IF_ERROR(Key(field, key));
      RETURN_IF_ERROR(AnyField(key, field.value(), depth, arena, out, is_dropped));
    }
    return OkStatus();
  }

  Status AnyField(std::string_view key, od::value value, int depth, ByteArena& arena,
                  ValueView& out, bool& is_dropped) {
    if (IsKey(key, "stringValue", "string_value")) {
      od::json_type type;
      AWRY_JSON(value.type().get(type));
      std::string_view text;
      RETURN_IF_ERROR(Text(value, arena, text));
      if (type != od::json_type::null) out = ValueView::String(text);
    } else if (IsKey(key, "intValue", "int_value")) {
      int64_t number = 0;
      RETURN_IF_ERROR(SignedOrNull(value, number, is_dropped));
      if (!is_dropped) out = ValueView::Int(number);
    } else if (IsKey(key, "doubleValue", "double_value")) {
      double real = 0;
      RETURN_IF_ERROR(Real(value, real, is_dropped));
      if (!is_dropped) out = ValueView::Double(real);
    } else if (IsKey(key, "boolValue", "bool_value")) {
      bool boolean = false;
      if (value.get_bool().get(boolean)) return WrongType("boolValue");
      out = ValueView::Bool(boolean);
    } else if (IsKey(key, "bytesValue", "bytes_value")) {
      std::string_view text;
      RETURN_IF_ERROR(Text(value, arena, text));
      const auto bytes = codec::Base64Decode(text);
      if (!bytes.ok()) return WrongType("bytesValue is no base64");
      out = ValueView::Bytes(arena.Copy(*bytes));
    } else if (IsKey(key, "arrayValue", "array_value")) {
      std::string made;
      RETURN_IF_ERROR(Nested(value, depth, arena, false, made));
      out = ValueView::Array(arena.Copy(made));
    } else if (IsKey(key, "kvlistValue", "kvlist_value")) {
      std::string made;
      RETURN_IF_ERROR(Nested(value, depth, arena, true, made));
      out = ValueView::Map(arena.Copy(made));
    }
    return OkStatus();
  }

  Status Nested(od::value value, int depth, ByteArena& arena, bool is_map, std::string& out) {
    od::object object;
    if (value.get_object().get(object)) return WrongType(is_map ? "kvlistValue" : "arrayValue");
    for (auto result : object) {
      od::field field;
      AWRY_JSON(std::move(result).get(field));
      std::string_view key;
      RETURN_IF_ERROR(Key(field, key));
      if (key != "values") continue;
      RETURN_IF_ERROR(ForEach(field.value(), [&](od::value item) -> Status {
        ValueView view;
        bool is_dropped = false;
        std::string_view item_key;
        if (is_map) {
          RETURN_IF_ERROR(Pair(item, depth + 1, arena, item_key, view, is_dropped));
          AppendMapEntry(item_key, view, out);
        } else {
          RETURN_IF_ERROR(Any(item, depth + 1, arena, view, is_dropped));
          AppendArrayItem(view, out);
        }
        return OkStatus();
      }));
    }
    return OkStatus();
  }

  Status Pair(od::value value, int depth, ByteArena& arena, std::string_view& key, ValueView& out,
              bool& is_dropped) {
    od::object object;
    if (value.get_object().get(object)) return WrongType("attributes");
    key = {};
    out = {};
    for (auto result : object) {
      od::field field;
      AWRY_JSON(std::move(result).get(field));
      std::string_view name;
      RETURN_IF_ERROR(Key(field, name));
      if (name == "key") {
        RETURN_IF_ERROR(Text(field.value(), arena, key));
      } else if (name == "value") {
        RETURN_IF_ERROR(Any(field.value(), depth, arena, out, is_dropped));
      }
    }
    return OkStatus();
  }

  Status Attributes(od::value value, ByteArena& arena, std::vector<StagedAttribute>& out) {
    return ForEach(value, [&](od::value item) -> Status {
      StagedAttribute attribute;
      bool is_dropped = false;
      RETURN_IF_ERROR(Pair(item, 0, arena, attribute.key, attribute.value, is_dropped));
      if (is_dropped) {
        report->DropValue("an attribute's number is null (NaN?) and was dropped");
      } else {
        out.push_back(attribute);
      }
      return OkStatus();
    });
  }

  // --- structure
  // -----------------------------------------------------------------------------------

  // Calls `body` for each item of an array; null is an empty array.
  template <typename Body>
  Status ForEach(od::value value, Body&& body) {
    od::json_type type;
    AWRY_JSON(value.type().get(type));
    if (type == od::json_type::null) return OkStatus();
    od::array array;
    if (value.get_array().get(array)) return WrongType("expected an array");
    for (auto item : array) {
      od::value element;
      AWRY_JSON(std::move(item).get(element));
      RETURN_IF_ERROR(body(element));
    }
    return OkStatus();
  }

  // Calls `body(key, value)` for each member of an object; null is an empty object.
  template <typename Body>
  Status ForEachMember(od::value value, std::string_view what, Body&& body) {
    od::json_type type;
    AWRY_JSON(value.type().get(type));
    if (type == od::json_type::null) return OkStatus();
    od::object object;
    if (value.get_object().get(object)) return WrongType(what);
    return ForEachMember(object, body);
  }
  template <typename Body>
  Status ForEachMember(od::object& object, Body&& body) {
    for (auto result : object) {
      od::field field;
      AWRY_JSON(std::move(result).get(field));
      std::string_view key;
      RETURN_IF_ERROR(Key(field, key));
      RETURN_IF_ERROR(body(key, field.value()));
    }
    return OkStatus();
  }

  Status Document(od::object& object, bool is_inner) {
    return ForEachMember(object, [&](std::string_view key, od::value value) -> Status {
      if (key == "result" && !is_inner) {
        od::object inner;
        if (value.get_object().get(inner)) return WrongType("result");
        return Document(inner, true);
      }
      if (!IsKey(key, "resourceSpans", "resource_spans")) return OkStatus();
      return ForEach(value, [&](od::value item) -> Status {
        od::object block;
        if (item.get_object().get(block)) return WrongType("resourceSpans");
        return ResourceSpans(block);
      });
    });
  }

  Status ResourceSpans(od::object& block) {
    block_arena.Clear();
    resource.Clear();
    RETURN_IF_ERROR(ForEachMember(block, [&](std::string_view key, od::value value) -> Status {
      if (IsKey(key, "schemaUrl", "schema_url"))
        return Text(value, block_arena, resource.schema_url);
      if (key != "resource") return OkStatus();
      return ForEachMember(value, key, [&](std::string_view name, od::value part) -> Status {
        if (name == "attributes") return Attributes(part, block_arena, resource.attributes);
        if (IsKey(name, "droppedAttributesCount", "dropped_attributes_count")) {
          return Count(part, resource.dropped_attributes);
        }
        return OkStatus();
      });
    }));
    resource.Deliver(*sink);
    bool has_members = false;
    AWRY_JSON(block.reset().get(has_members));
    if (!has_members) return OkStatus();
    return ForEachMember(block, [&](std::string_view key, od::value value) -> Status {
      if (!IsKey(key, "scopeSpans", "scope_spans") &&
          !IsKey(key, "instrumentationLibrarySpans", "instrumentation_library_spans")) {
        return OkStatus();
      }
      return ForEach(value, [&](od::value item) -> Status {
        od::object inner;
        if (item.get_object().get(inner)) return WrongType("scopeSpans");
        return ScopeSpans(inner);
      });
    });
  }

  Status ScopeSpans(od::object& block) {
    scope.Clear();
    RETURN_IF_ERROR(ForEachMember(block, [&](std::string_view key, od::value value) -> Status {
      if (IsKey(key, "schemaUrl", "schema_url")) return Text(value, block_arena, scope.schema_url);
      if (key != "scope" && !IsKey(key, "instrumentationLibrary", "instrumentation_library"))
        return OkStatus();
      return ForEachMember(value, key, [&](std::string_view name, od::value part) -> Status {
        if (name == "name") return Text(part, block_arena, scope.name);
        if (name == "version") return Text(part, block_arena, scope.version);
        if (name == "attributes") return Attributes(part, block_arena, scope.attributes);
        if (IsKey(name, "droppedAttributesCount", "dropped_attributes_count")) {
          return Count(part, scope.dropped_attributes);
        }
        return OkStatus();
      });
    }));
    scope.Deliver(*sink);
    bool has_members = false;
    AWRY_JSON(block.reset().get(has_members));
    if (!has_members) return OkStatus();
    return ForEachMember(block, [&](std::string_view key, od::value value) -> Status {
      if (key != "spans") return OkStatus();
      return ForEach(value, [&](od::value item) { return Span(item); });
    });
  }

  // Reads hex of exactly 32 or 16 digits; "" gives zero.
  template <typename Id, typename FromHex>
  Status Hex(od::value value, size_t digits, FromHex from_hex, Id& out, bool& is_bad) {
    std::string_view text;
    RETURN_IF_ERROR(Text(value, key_arena, text));
    out = {};
    if (text.empty()) return OkStatus();
    const auto id = text.size() == digits ? from_hex(text) : std::nullopt;
    if (id) {
      out = *id;
    } else {
      is_bad = true;
    }
    return OkStatus();
  }

  Status Span(od::value value) {
    span.Clear();
    span.is_utf8 = true;
    span_arena.Clear();
    key_arena.Clear();
    bool is_bad = false;
    RETURN_IF_ERROR(ForEachMember(value, "spans", [&](std::string_view key, od::value part) {
      return SpanField(key, part, is_bad);
    }));
    if (is_bad || !span.fields.trace_id.valid() || span.fields.span_id == 0) {
      report->RejectSpan(
          "span left out: traceId must be 32 and spanId 16 hex digits, not all zero");
      return OkStatus();
    }
    ++report->accepted;
    span.Deliver(*sink);
    return OkStatus();
  }

  Status SpanField(std::string_view key, od::value value, bool& is_bad) {
    trace::SpanFields& f = span.fields;
    uint8_t number = 0;
    switch (key.size()) {  // keeps the comparisons of the hot loop few
      case 4:
        if (key == "name") return Text(value, span_arena, f.name);
        if (key == "kind") {
          RETURN_IF_ERROR(Enum(value, kKinds, number));
          f.kind = static_cast<trace::SpanKind>(number);
        }
        return OkStatus();
      case 5:
        if (key == "links") return Links(value);
        return key == "flags" ? Count(value, f.flags) : OkStatus();
      case 6:
        if (key == "spanId") return Hex(value, 16, trace::SpanIdFromHex, f.span_id, is_bad);
        if (key == "events") return Events(value);
        return key == "status" ? StatusOf(value) : OkStatus();
      case 7:
        if (key == "traceId") return Hex(value, 32, trace::TraceIdFromHex, f.trace_id, is_bad);
        return key == "span_id" ? Hex(value, 16, trace::SpanIdFromHex, f.span_id, is_bad)
                                : OkStatus();
      case 8:
        return key == "trace_id" ? Hex(value, 32, trace::TraceIdFromHex, f.trace_id, is_bad)
                                 : OkStatus();
      case 10:
        if (key == "attributes") return Attributes(value, span_arena, span.attributes);
        return key == "traceState" ? Text(value, span_arena, f.trace_state) : OkStatus();
      default:
        break;
    }
    if (IsKey(key, "parentSpanId", "parent_span_id"))
      return Hex(value, 16, trace::SpanIdFromHex, f.parent_id, is_bad);
    if (IsKey(key, "startTimeUnixNano", "start_time_unix_nano")) return TimeNs(value, f.start_ns);
    if (IsKey(key, "endTimeUnixNano", "end_time_unix_nano")) return TimeNs(value, f.end_ns);
    if (key == "trace_state") return Text(value, span_arena, f.trace_state);
    if (IsKey(key, "droppedAttributesCount", "dropped_attributes_count"))
      return Count(value, f.dropped_attributes);
    if (IsKey(key, "droppedEventsCount", "dropped_events_count"))
      return Count(value, f.dropped_events);
    if (IsKey(key, "droppedLinksCount", "dropped_links_count"))
      return Count(value, f.dropped_links);
    return OkStatus();
  }

  Status StatusOf(od::value value) {
    return ForEachMember(value, "status", [&](std::string_view key, od::value part) -> Status {
      if (key == "message") return Text(part, span_arena, span.fields.status_message);
      if (key != "code") return OkStatus();
      uint8_t number = 0;
      RETURN_IF_ERROR(Enum(part, kStatuses, number));
      span.fields.status = static_cast<trace::SpanStatus>(number);
      return OkStatus();
    });
  }

  Status Events(od::value value) {
    return ForEach(value, [&](od::value item) -> Status {
      StagedEvent event;
      event.first = span.nested.size();
      RETURN_IF_ERROR(
          ForEachMember(item, "events", [&](std::string_view key, od::value part) -> Status {
            if (key == "name") return Text(part, span_arena, event.fields.name);
            if (IsKey(key, "timeUnixNano", "time_unix_nano"))
              return TimeNs(part, event.fields.time_ns);
            if (key == "attributes") return Attributes(part, span_arena, span.nested);
            if (IsKey(key, "droppedAttributesCount", "dropped_attributes_count")) {
              return Count(part, event.fields.dropped_attributes);
            }
            return OkStatus();
          }));
      event.end = span.nested.size();
      span.events.push_back(event);
      return OkStatus();
    });
  }

  Status Links(od::value value) {
    return ForEach(value, [&](od::value item) -> Status {
      StagedLink link;
      bool is_bad = false;
      link.first = span.nested.size();
      RETURN_IF_ERROR(
          ForEachMember(item, "links", [&](std::string_view key, od::value part) -> Status {
            trace::LinkFields& f = link.fields;
            if (IsKey(key, "traceId", "trace_id"))
              return Hex(part, 32, trace::TraceIdFromHex, f.trace_id, is_bad);
            if (IsKey(key, "spanId", "span_id"))
              return Hex(part, 16, trace::SpanIdFromHex, f.span_id, is_bad);
            if (IsKey(key, "traceState", "trace_state"))
              return Text(part, span_arena, f.trace_state);
            if (key == "attributes") return Attributes(part, span_arena, span.nested);
            if (key == "flags") return Count(part, f.flags);
            if (IsKey(key, "droppedAttributesCount", "dropped_attributes_count"))
              return Count(part, f.dropped_attributes);
            return OkStatus();
          }));
      link.end = span.nested.size();
      if (is_bad) {
        span.nested.resize(link.first);
        report->DropValue("a link with an id of a wrong length was dropped");
      } else {
        span.links.push_back(link);
      }
      return OkStatus();
    });
  }
};

OtlpJsonDecoder::OtlpJsonDecoder() : impl_(std::make_unique<Impl>()) {}
OtlpJsonDecoder::~OtlpJsonDecoder() = default;
OtlpJsonDecoder::OtlpJsonDecoder(OtlpJsonDecoder&&) noexcept = default;
OtlpJsonDecoder& OtlpJsonDecoder::operator=(OtlpJsonDecoder&&) noexcept = default;

Status OtlpJsonDecoder::Decode(std::string_view json, trace::SpanSink& sink, DecodeReport& report) {
  impl_->copy.reserve(json.size() + kPaddingBytes);
  impl_->copy = json;
  impl_->copy.append(kPaddingBytes, '\0');
  return DecodePadded(std::string_view(impl_->copy).substr(0, json.size()), sink, report);
}

Status OtlpJsonDecoder::DecodePadded(std::string_view json, trace::SpanSink& sink,
                                     DecodeReport& report) {
  impl_->sink = &sink;
  impl_->report = &report;
  impl_->key_arena.Clear();
  od::document document;
  AWRY_JSON(
      impl_->parser.iterate(json.data(), json.size(), json.size() + simdjson::SIMDJSON_PADDING)
          .get(document));
  od::object object;
  if (document.get_object().get(object)) return WrongType("the document must be an object");
  RETURN_IF_ERROR(impl_->Document(object, false));
  if (document.current_location().error() != simdjson::OUT_OF_BOUNDS) {
    return InvalidArgument("malformed OTLP JSON: more text after the document");
  }
  return OkStatus();
}

Status DecodeOtlpJson(std::string_view json, trace::SpanSink& sink, DecodeReport& report) {
  return OtlpJsonDecoder().Decode(json, sink, report);
}

}  // namespace awry::wire
