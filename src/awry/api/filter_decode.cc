#include "awry/api/filter_decode.h"

#include <fmt/format.h>

#include <string>
#include <utility>

#include "codec/json.h"
#include "codec/utf8.h"
#include "wire/pb_reader.h"

namespace awry::api {
namespace {

using base::InvalidArgument;
using base::Result;
using base::Status;
using codec::JsonValue;
using query::FilterTerm;
using Kind = FilterTerm::Kind;

Status TextOf(JsonValue value, std::string_view what, std::string& out) {
  const auto text = value.AsString();
  if (!text.has_value()) return InvalidArgument(fmt::format("filter's '{}' is no string", what));
  out = *text;
  return base::OkStatus();
}

Status TextsOf(JsonValue value, std::vector<std::string>& out) {
  if (!value.is_array()) return InvalidArgument("filter's 'values' is no array of strings");
  for (const JsonValue item : value.items()) {
    if (out.size() > query::kFilterTermsMax)
      return InvalidArgument(
          fmt::format("filter's list is too long: at most {}", query::kFilterTermsMax));
    out.emplace_back();
    RETURN_IF_ERROR(TextOf(item, "values", out.back()));
  }
  return base::OkStatus();
}

// The depth is the JSON parser's to limit.
Result<FilterTerm> CallOf(JsonValue json);

Result<FilterTerm> AtomOf(Kind kind, JsonValue json) {
  FilterTerm out{.kind = kind};
  const bool constant = kind == Kind::kScalar || kind == Kind::kList;
  for (const codec::JsonMember member : json.members()) {
    if (member.key == (kind == Kind::kAttribute ? "key" : "name") && !constant &&
        kind != Kind::kNested) {
      RETURN_IF_ERROR(TextOf(member.value, member.key, out.name));
    } else if (member.key == "level" && !constant) {
      RETURN_IF_ERROR(TextOf(member.value, member.key, out.level));
    } else if (member.key == "type" && constant) {
      RETURN_IF_ERROR(TextOf(member.value, member.key, out.type));
    } else if (member.key == "value" && kind == Kind::kScalar) {
      out.values.resize(1);
      RETURN_IF_ERROR(TextOf(member.value, member.key, out.values[0]));
    } else if (member.key == "values" && kind == Kind::kList) {
      RETURN_IF_ERROR(TextsOf(member.value, out.values));
    } else {
      return InvalidArgument(fmt::format("filter has an unknown member '{}'", member.key));
    }
  }
  return out;
}

Result<FilterTerm> ExpressionOf(JsonValue json) {
  if (!json.is_object() || json.size() != 1)
    return InvalidArgument(
        "filter's argument must be an object with one of attr, field, nested, scalar, list, call");
  const codec::JsonMember term = *json.members().begin();
  constexpr std::pair<std::string_view, Kind> kAtoms[] = {{"attr", Kind::kAttribute},
                                                          {"field", Kind::kField},
                                                          {"nested", Kind::kNested},
                                                          {"scalar", Kind::kScalar},
                                                          {"list", Kind::kList}};
  if (term.key == "call") return CallOf(term.value);
  for (const auto& [name, kind] : kAtoms) {
    if (term.key != name) continue;
    if (!term.value.is_object())
      return InvalidArgument(fmt::format("filter's '{}' is no object", name));
    return AtomOf(kind, term.value);
  }
  return InvalidArgument(fmt::format("filter has an unknown member '{}'", term.key));
}

Result<FilterTerm> CallOf(JsonValue json) {
  if (!json.is_object()) return InvalidArgument("filter must be an object with 'op' and 'args'");
  FilterTerm out{.kind = Kind::kCall};
  for (const codec::JsonMember member : json.members()) {
    if (member.key == "op") {
      RETURN_IF_ERROR(TextOf(member.value, "op", out.name));
    } else if (member.key == "args") {
      if (!member.value.is_array()) return InvalidArgument("filter's 'args' is no array");
      if (member.value.size() > query::kFilterTermsMax)
        return InvalidArgument(
            fmt::format("filter is too large: at most {} terms", query::kFilterTermsMax));
      for (const JsonValue arg : member.value.items()) {
        ASSIGN_OR_RETURN(FilterTerm term, ExpressionOf(arg));
        out.args.push_back(std::move(term));
      }
    } else {
      return InvalidArgument(fmt::format("filter has an unknown member '{}'", member.key));
    }
  }
  return out;
}

Status Malformed() { return InvalidArgument("filter is no jaeger.expression.v1.Call"); }

bool ReadText(wire::PbReader& reader, std::string& out) {
  std::string_view bytes;
  if (!reader.Bytes(bytes) || !codec::IsValidUtf8(bytes)) return false;
  out = bytes;
  return true;
}

Result<FilterTerm> AtomOf(Kind kind, std::string_view bytes) {
  FilterTerm out{.kind = kind};
  const bool constant = kind == Kind::kScalar || kind == Kind::kList;
  if (kind == Kind::kScalar) out.values.resize(1);
  wire::PbReader reader(bytes);
  while (reader.Next()) {
    bool read = true;
    if (reader.field() == 1 && constant) {
      if (kind == Kind::kList) out.values.emplace_back();
      if (out.values.size() > query::kFilterTermsMax) return Malformed();
      read = ReadText(reader, out.values.back());
    } else if (reader.field() == 1) {
      read = ReadText(reader, kind == Kind::kNested ? out.level : out.name);
    } else if (reader.field() == 2 && kind != Kind::kNested) {
      read = ReadText(reader, constant ? out.type : out.level);
    } else {
      read = reader.Skip();
    }
    if (!read) return Malformed();
  }
  if (!reader.ok()) return Malformed();
  return out;
}

Result<FilterTerm> CallOf(std::string_view bytes, int depth, size_t& terms);

Result<FilterTerm> ExpressionOf(std::string_view bytes, int depth, size_t& terms) {
  FilterTerm out;
  wire::PbReader reader(bytes);
  while (reader.Next()) {
    std::string_view term;
    if (reader.field() > 6) {
      if (!reader.Skip()) return Malformed();
    } else if (!reader.Bytes(term)) {
      return Malformed();
    } else if (reader.field() == 6) {
      ASSIGN_OR_RETURN(out, CallOf(term, depth + 1, terms));
    } else {
      ASSIGN_OR_RETURN(out, AtomOf(static_cast<Kind>(reader.field()), term));
    }
  }
  if (!reader.ok()) return Malformed();
  return out;
}

Result<FilterTerm> CallOf(std::string_view bytes, int depth, size_t& terms) {
  if (depth > query::kFilterDepthMax) {
    return InvalidArgument(
        fmt::format("filter nests calls too deep: at most {}", query::kFilterDepthMax));
  }
  FilterTerm out{.kind = Kind::kCall};
  wire::PbReader reader(bytes);
  while (reader.Next()) {
    std::string_view arg;
    if (reader.field() == 1) {
      if (!ReadText(reader, out.name)) return Malformed();
    } else if (reader.field() == 2 && reader.Bytes(arg)) {
      if (++terms > query::kFilterTermsMax) {
        return InvalidArgument(
            fmt::format("filter is too large: at most {} terms", query::kFilterTermsMax));
      }
      ASSIGN_OR_RETURN(FilterTerm term, ExpressionOf(arg, depth, terms));
      out.args.push_back(std::move(term));
    } else if (!reader.Skip()) {
      return Malformed();
    }
  }
  if (!reader.ok()) return Malformed();
  return out;
}

}  // namespace

Result<FilterTerm> FilterFromJson(std::string_view json) {
  const auto document = codec::JsonDocument::Parse(
      json, {.bytes_max = kFilterBytesMax, .depth_max = 3 * query::kFilterDepthMax + 8});
  if (!document.ok()) return document.status();
  return CallOf(document->root());
}

Result<FilterTerm> FilterFromProto(std::string_view call) {
  if (call.size() > kFilterBytesMax) {
    return InvalidArgument(fmt::format("filter is too large: at most {} bytes", kFilterBytesMax));
  }
  size_t terms = 0;
  return CallOf(call, 1, terms);
}

}  // namespace awry::api
