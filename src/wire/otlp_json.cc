// simdjson's on-demand reader walks the text once, and twice over the members of a resource or
// scope block, since what the sink must hear first (resource, schema URL) may stand behind the
// spans. Skipping costs little. A span is staged as views (clean.h) and then delivered.
#include "wire/otlp_json.h"

#include <algorithm>

#include "wire/clean.h"
#include "wire/json_reader.h"
#include "wire/otlp_json_value.h"

namespace awry::wire {
namespace {

using base::OkStatus;
using base::Status;
using Object = JsonReader::Object;
using Value = JsonReader::Value;

static_assert(OtlpJsonDecoder::kPaddingBytes >= kJsonPaddingBytes);

constexpr std::string_view kKinds[] = {"SPAN_KIND_UNSPECIFIED", "SPAN_KIND_INTERNAL",
                                       "SPAN_KIND_SERVER",      "SPAN_KIND_CLIENT",
                                       "SPAN_KIND_PRODUCER",    "SPAN_KIND_CONSUMER"};
constexpr std::string_view kStatuses[] = {"STATUS_CODE_UNSET", "STATUS_CODE_OK",
                                          "STATUS_CODE_ERROR"};

}  // namespace

struct OtlpJsonDecoder::Impl {
  JsonReader json{"OTLP JSON"};
  OtlpJsonValues values{json};
  ByteArena block_arena;  // strings of the current resource and scope
  ByteArena span_arena;
  ResourceStage resource;
  ScopeStage scope;
  SpanStage span;
  trace::SpanSink* sink = nullptr;
  DecodeReport* report = nullptr;

  Status Attributes(Value value, ByteArena& arena, std::vector<StagedAttribute>& out) {
    return values.Attributes(value, arena, *report, out);
  }

  Status TimeNs(Value value, int64_t& out) {
    uint64_t number = 0;
    RETURN_IF_ERROR(json.Unsigned(value, number));
    out = static_cast<int64_t>(std::min<uint64_t>(number, INT64_MAX));
    return OkStatus();
  }

  Status Run(simdjson::ondemand::document& document, trace::SpanSink& to, DecodeReport& told) {
    sink = &to;
    report = &told;
    Object object;
    if (const auto error = document.get_object().get(object))
      return error == simdjson::INCORRECT_TYPE ? json.WrongType("the document must be an object")
                                               : json.Malformed(error);
    RETURN_IF_ERROR(Document(object, false));
    return json.CheckEnd(document);
  }

  Status Document(Object& object, bool is_inner) {
    return json.ForEachMember(object, [&](std::string_view key, Value value) -> Status {
      if (key == "result" && !is_inner) {
        Object inner;
        if (value.get_object().get(inner)) return json.WrongType("result");
        return Document(inner, true);
      }
      if (!IsOtlpKey(key, "resourceSpans", "resource_spans")) return OkStatus();
      return json.ForEach(value, [&](Value item) -> Status {
        Object block;
        if (item.get_object().get(block)) return json.WrongType("resourceSpans");
        return ResourceSpans(block);
      });
    });
  }

  Status ResourceSpans(Object& block) {
    block_arena.Clear();
    resource.Clear();
    RETURN_IF_ERROR(json.ForEachMember(block, [&](std::string_view key, Value value) -> Status {
      if (IsOtlpKey(key, "schemaUrl", "schema_url"))
        return json.Text(value, block_arena, resource.schema_url);
      if (key != "resource") return OkStatus();
      return json.ForEachMember(value, key, [&](std::string_view name, Value part) -> Status {
        if (name == "attributes") return Attributes(part, block_arena, resource.attributes);
        if (IsOtlpKey(name, "droppedAttributesCount", "dropped_attributes_count")) {
          return json.Count(part, resource.dropped_attributes);
        }
        return OkStatus();
      });
    }));
    resource.Deliver(*sink);
    bool has_members = false;
    AWRY_JSON(json, block.reset().get(has_members));
    if (!has_members) return OkStatus();
    return json.ForEachMember(block, [&](std::string_view key, Value value) -> Status {
      if (!IsOtlpKey(key, "scopeSpans", "scope_spans") &&
          !IsOtlpKey(key, "instrumentationLibrarySpans", "instrumentation_library_spans")) {
        return OkStatus();
      }
      return json.ForEach(value, [&](Value item) -> Status {
        Object inner;
        if (item.get_object().get(inner)) return json.WrongType("scopeSpans");
        return ScopeSpans(inner);
      });
    });
  }

  Status ScopeSpans(Object& block) {
    scope.Clear();
    RETURN_IF_ERROR(json.ForEachMember(block, [&](std::string_view key, Value value) -> Status {
      if (IsOtlpKey(key, "schemaUrl", "schema_url"))
        return json.Text(value, block_arena, scope.schema_url);
      if (key != "scope" && !IsOtlpKey(key, "instrumentationLibrary", "instrumentation_library"))
        return OkStatus();
      return json.ForEachMember(value, key, [&](std::string_view name, Value part) -> Status {
        if (name == "name") return json.Text(part, block_arena, scope.name);
        if (name == "version") return json.Text(part, block_arena, scope.version);
        if (name == "attributes") return Attributes(part, block_arena, scope.attributes);
        if (IsOtlpKey(name, "droppedAttributesCount", "dropped_attributes_count")) {
          return json.Count(part, scope.dropped_attributes);
        }
        return OkStatus();
      });
    }));
    scope.Deliver(*sink);
    bool has_members = false;
    AWRY_JSON(json, block.reset().get(has_members));
    if (!has_members) return OkStatus();
    return json.ForEachMember(block, [&](std::string_view key, Value value) -> Status {
      if (key != "spans") return OkStatus();
      return json.ForEach(value, [&](Value item) { return Span(item); });
    });
  }

  // Reads hex of exactly 32 or 16 digits; "" gives zero.
  template <typename Id, typename FromHex>
  Status Hex(Value value, size_t digits, FromHex from_hex, Id& out, bool& is_bad) {
    std::string_view text;
    RETURN_IF_ERROR(json.ShortText(value, text));
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

  Status Span(Value value) {
    span.Clear();
    span.is_utf8 = json.is_utf8();
    span_arena.Clear();
    json.ClearKeys();
    bool is_bad = false;
    RETURN_IF_ERROR(json.ForEachMember(value, "spans", [&](std::string_view key, Value part) {
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

  Status SpanField(std::string_view key, Value value, bool& is_bad) {
    trace::SpanFields& f = span.fields;
    uint8_t number = 0;
    switch (key.size()) {  // keeps the comparisons of the hot loop few
      case 4:
        if (key == "name") return json.Text(value, span_arena, f.name);
        if (key == "kind") {
          RETURN_IF_ERROR(json.Enum(value, kKinds, number));
          f.kind = static_cast<trace::SpanKind>(number);
        }
        return OkStatus();
      case 5:
        if (key == "links") return Links(value);
        return key == "flags" ? json.Count(value, f.flags) : OkStatus();
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
        return key == "traceState" ? json.Text(value, span_arena, f.trace_state) : OkStatus();
      default:
        break;
    }
    if (IsOtlpKey(key, "parentSpanId", "parent_span_id"))
      return Hex(value, 16, trace::SpanIdFromHex, f.parent_id, is_bad);
    if (IsOtlpKey(key, "startTimeUnixNano", "start_time_unix_nano"))
      return TimeNs(value, f.start_ns);
    if (IsOtlpKey(key, "endTimeUnixNano", "end_time_unix_nano")) return TimeNs(value, f.end_ns);
    if (key == "trace_state") return json.Text(value, span_arena, f.trace_state);
    if (IsOtlpKey(key, "droppedAttributesCount", "dropped_attributes_count"))
      return json.Count(value, f.dropped_attributes);
    if (IsOtlpKey(key, "droppedEventsCount", "dropped_events_count"))
      return json.Count(value, f.dropped_events);
    if (IsOtlpKey(key, "droppedLinksCount", "dropped_links_count"))
      return json.Count(value, f.dropped_links);
    return OkStatus();
  }

  Status StatusOf(Value value) {
    return json.ForEachMember(value, "status", [&](std::string_view key, Value part) -> Status {
      if (key == "message") return json.Text(part, span_arena, span.fields.status_message);
      if (key != "code") return OkStatus();
      uint8_t number = 0;
      RETURN_IF_ERROR(json.Enum(part, kStatuses, number));
      span.fields.status = static_cast<trace::SpanStatus>(number);
      return OkStatus();
    });
  }

  Status Events(Value value) {
    return json.ForEach(value, [&](Value item) -> Status {
      StagedEvent event;
      event.first = span.nested.size();
      RETURN_IF_ERROR(
          json.ForEachMember(item, "events", [&](std::string_view key, Value part) -> Status {
            if (key == "name") return json.Text(part, span_arena, event.fields.name);
            if (IsOtlpKey(key, "timeUnixNano", "time_unix_nano"))
              return TimeNs(part, event.fields.time_ns);
            if (key == "attributes") return Attributes(part, span_arena, span.nested);
            if (IsOtlpKey(key, "droppedAttributesCount", "dropped_attributes_count")) {
              return json.Count(part, event.fields.dropped_attributes);
            }
            return OkStatus();
          }));
      event.end = span.nested.size();
      span.events.push_back(event);
      return OkStatus();
    });
  }

  Status Links(Value value) {
    return json.ForEach(value, [&](Value item) -> Status {
      StagedLink link;
      bool is_bad = false;
      link.first = span.nested.size();
      RETURN_IF_ERROR(
          json.ForEachMember(item, "links", [&](std::string_view key, Value part) -> Status {
            trace::LinkFields& f = link.fields;
            if (IsOtlpKey(key, "traceId", "trace_id"))
              return Hex(part, 32, trace::TraceIdFromHex, f.trace_id, is_bad);
            if (IsOtlpKey(key, "spanId", "span_id"))
              return Hex(part, 16, trace::SpanIdFromHex, f.span_id, is_bad);
            if (IsOtlpKey(key, "traceState", "trace_state"))
              return json.Text(part, span_arena, f.trace_state);
            if (key == "attributes") return Attributes(part, span_arena, span.nested);
            if (key == "flags") return json.Count(part, f.flags);
            if (IsOtlpKey(key, "droppedAttributesCount", "dropped_attributes_count"))
              return json.Count(part, f.dropped_attributes);
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
  simdjson::ondemand::document document;
  Status status = impl_->json.OpenCopy(json, document);
  if (status.ok()) status = impl_->Run(document, sink, report);
  impl_->json.GiveBackLarge();
  impl_->span.GiveBackLarge();
  return status;
}

Status OtlpJsonDecoder::DecodePadded(std::string_view json, trace::SpanSink& sink,
                                     DecodeReport& report) {
  simdjson::ondemand::document document;
  RETURN_IF_ERROR(impl_->json.Open(json, document));
  return impl_->Run(document, sink, report);
}

Status DecodeOtlpJson(std::string_view json, trace::SpanSink& sink, DecodeReport& report) {
  return OtlpJsonDecoder().Decode(json, sink, report);
}

}  // namespace awry::wire
