#include "wire/otlp_json_value.h"

#include "codec/base64.h"
#include "wire/any_value.h"

namespace awry::wire {
namespace {

using base::OkStatus;
using base::Status;
using trace::ValueView;
using Value = JsonReader::Value;
using simdjson::ondemand::json_type;

}  // namespace

Status OtlpJsonValues::Attributes(Value value, ByteArena& arena, DecodeReport& report,
                                  std::vector<StagedAttribute>& out) {
  report_ = &report;
  return json_.ForEach(value, [&](Value item) -> Status {
    std::string_view key;
    Any any;
    RETURN_IF_ERROR(Pair(item, 0, arena, key, any));
    if (any.is_dropped) {
      report.DropValue("an attribute's number is null (NaN?) and was dropped");
    } else {
      out.push_back({key, any.value});
    }
    return OkStatus();
  });
}

Status OtlpJsonValues::Pair(Value value, int depth, ByteArena& arena, std::string_view& key,
                            Any& out) {
  JsonReader::Object object;
  if (value.get_object().get(object)) return json_.WrongType("attributes");
  return json_.ForEachMember(object, [&](std::string_view name, Value part) -> Status {
    if (name == "key") return json_.Text(part, arena, key);
    return name == "value" ? ReadAny(part, depth, arena, out) : OkStatus();
  });
}

Status OtlpJsonValues::ReadAny(Value value, int depth, ByteArena& arena, Any& out) {
  if (depth > kNestingDepthMax) return json_.TooDeep();
  out = {};
  json_type type;
  AWRY_JSON(json_, value.type().get(type));
  if (type == json_type::null) return OkStatus();
  JsonReader::Object object;
  if (value.get_object().get(object)) return json_.WrongType("value");
  return json_.ForEachMember(object, [&](std::string_view key, Value part) {
    return AnyField(key, part, depth, arena, out);
  });
}

Status OtlpJsonValues::AnyField(std::string_view key, Value value, int depth, ByteArena& arena,
                                Any& out) {
  if (IsOtlpKey(key, "stringValue", "string_value")) {
    std::string_view text;
    bool is_null = false;
    RETURN_IF_ERROR(json_.Text(value, arena, text, &is_null));
    if (!is_null) out.value = ValueView::String(text);
  } else if (IsOtlpKey(key, "intValue", "int_value")) {
    int64_t integer = 0;
    double real = 0;
    bool is_integer = true;
    RETURN_IF_ERROR(json_.Number(value, integer, real, is_integer, out.is_dropped));
    // JavaScript calls 1e300 an integer: what has no 64 bits is kept as the double it is.
    if (!out.is_dropped) out.value = is_integer ? ValueView::Int(integer) : ValueView::Double(real);
  } else if (IsOtlpKey(key, "doubleValue", "double_value")) {
    double real = 0;
    RETURN_IF_ERROR(json_.Real(value, real, out.is_dropped));
    if (!out.is_dropped) out.value = ValueView::Double(real);
  } else if (IsOtlpKey(key, "boolValue", "bool_value")) {
    bool boolean = false;
    if (value.get_bool().get(boolean)) return json_.WrongType("boolValue");
    out.value = ValueView::Bool(boolean);
  } else if (IsOtlpKey(key, "bytesValue", "bytes_value")) {
    std::string_view text;
    RETURN_IF_ERROR(json_.Text(value, arena, text));
    const auto bytes = codec::Base64Decode(text);
    if (!bytes.ok()) return json_.WrongType("bytesValue is no base64");
    out.value = ValueView::Bytes(arena.Copy(*bytes));
  } else if (IsOtlpKey(key, "arrayValue", "array_value")) {
    std::string made;
    RETURN_IF_ERROR(Nested(value, depth, arena, false, made));
    out.value = ValueView::Array(arena.Copy(made));
  } else if (IsOtlpKey(key, "kvlistValue", "kvlist_value")) {
    std::string made;
    RETURN_IF_ERROR(Nested(value, depth, arena, true, made));
    out.value = ValueView::Map(arena.Copy(made));
  }
  return OkStatus();
}

Status OtlpJsonValues::Nested(Value value, int depth, ByteArena& arena, bool is_map,
                              std::string& out) {
  JsonReader::Object object;
  if (value.get_object().get(object)) return json_.WrongType(is_map ? "kvlistValue" : "arrayValue");
  return json_.ForEachMember(object, [&](std::string_view key, Value values) -> Status {
    if (key != "values") return OkStatus();
    return json_.ForEach(values, [&](Value item) -> Status {
      Any any;
      if (is_map) {
        std::string_view item_key;
        RETURN_IF_ERROR(Pair(item, depth + 1, arena, item_key, any));
        AppendMapEntry(item_key, any.value, out);
      } else {
        RETURN_IF_ERROR(ReadAny(item, depth + 1, arena, any));
        AppendArrayItem(any.value, out);
      }
      if (any.is_dropped)
        report_->DropValue("a number inside a list is null (NaN?) and stays null");
      return OkStatus();
    });
  });
}

}  // namespace awry::wire
