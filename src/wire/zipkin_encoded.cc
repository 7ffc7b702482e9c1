// The attributes are plain JSON: a number without a fraction is an integer, since the exporters
// write both alike.
#include "wire/zipkin_encoded.h"

#include <charconv>
#include <string>

#include "codec/json.h"
#include "wire/any_value.h"
#include "wire/decode_report.h"

namespace awry::wire {
namespace {

using codec::JsonValue;
using trace::ValueView;

// `scratch` keeps what an array or map borrows. The parser has limited the depth.
ValueView ValueOf(JsonValue json, std::string& scratch) {
  if (const auto text = json.AsString()) return ValueView::String(*text);
  if (const auto boolean = json.AsBool()) return ValueView::Bool(*boolean);
  if (const auto integer = json.AsInt64()) return ValueView::Int(*integer);
  if (const auto real = json.AsDouble()) return ValueView::Double(*real);
  std::string inner;
  if (json.is_array()) {
    scratch.clear();
    for (const JsonValue item : json.items()) AppendArrayItem(ValueOf(item, inner), scratch);
    return ValueView::Array(scratch);
  }
  if (json.is_object()) {
    scratch.clear();
    for (const codec::JsonMember member : json.members())
      AppendMapEntry(member.key, ValueOf(member.value, inner), scratch);
    return ValueView::Map(scratch);
  }
  return {};
}

bool ReadAttributes(std::string_view json, ByteArena& arena, std::vector<StagedAttribute>& nested) {
  if (!json.starts_with('{')) return false;
  const auto document =
      codec::JsonDocument::Parse(json, {.depth_max = static_cast<unsigned>(kNestingDepthMax)});
  if (!document.ok() || !document->root().is_object()) return false;
  std::string scratch;
  for (const codec::JsonMember member : document->root().members()) {
    ValueView value = ValueOf(member.value, scratch);
    value.bytes = arena.Copy(value.bytes);
    nested.push_back({arena.Copy(member.key), value});
  }
  return true;
}

bool ReadCount(std::string_view text, uint32_t& count) {
  const char* end = text.data() + text.size();
  const auto [at, error] = std::from_chars(text.data(), end, count);
  return error == std::errc() && at == end;
}

// Cuts `text` at its first and its last bar: what is between them may have bars of its own.
struct Parts {
  std::string_view first, middle, last;
};
std::optional<Parts> Split(std::string_view text) {
  const size_t first = text.find('|');
  const size_t last = text.rfind('|');
  if (first == last) return std::nullopt;
  return Parts{text.substr(0, first), text.substr(first + 1, last - first - 1),
               text.substr(last + 1)};
}

std::string_view TakePart(std::string_view& rest) {
  const size_t bar = std::min(rest.find('|'), rest.size());
  const std::string_view part = rest.substr(0, bar);
  rest.remove_prefix(std::min(bar + 1, rest.size()));
  return part;
}

}  // namespace

std::optional<trace::EventFields> ReadEncodedEvent(std::string_view text, ByteArena& arena,
                                                   std::vector<StagedAttribute>& nested) {
  const auto parts = Split(text);
  trace::EventFields event;
  if (!parts || !ReadCount(parts->last, event.dropped_attributes) ||
      !ReadAttributes(parts->middle, arena, nested))
    return std::nullopt;
  event.name = parts->first;
  return event;
}

std::optional<trace::LinkFields> ReadEncodedLink(std::string_view text, ByteArena& arena,
                                                 std::vector<StagedAttribute>& nested) {
  const auto parts = Split(text);
  if (!parts) return std::nullopt;
  trace::LinkFields link;
  std::string_view rest = parts->middle;
  const auto trace_id = trace::TraceIdFromHex(parts->first);
  const auto span_id = trace::SpanIdFromHex(TakePart(rest));
  link.trace_state = TakePart(rest);
  if (!trace_id || !span_id || !ReadCount(parts->last, link.dropped_attributes) ||
      !ReadAttributes(rest, arena, nested))
    return std::nullopt;
  link.trace_id = *trace_id;
  link.span_id = *span_id;
  return link;
}

}  // namespace awry::wire
