#include "awry/api/v3_query.h"

#include <fmt/format.h>

#include <charconv>
#include <utility>

#include "awry/api/filter_decode.h"
#include "awry/api/jaeger_params.h"
#include "awry/api/proto_time.h"
#include "awry/query/time_text.h"
#include "codec/json.h"
#include "codec/utf8.h"
#include "wire/any_value.h"
#include "wire/pb_reader.h"

namespace awry::api {
namespace {

using base::InvalidArgument;
using base::Result;
using base::Status;
using net::HttpRequest;

Status Malformed(std::string_view name, std::string_view why) {
  return InvalidArgument(fmt::format("malformed parameter {}: {}", name, why));
}

Result<std::optional<int64_t>> TimeOf(const HttpRequest& request, std::string_view name) {
  const std::string text = ParamOfEitherCase(request, name);
  if (text.empty()) return std::optional<int64_t>();
  const auto parsed = query::ParseRfc3339(text);
  if (!parsed.ok()) return Malformed(name, parsed.status().message());
  return std::optional(*parsed);
}

Result<std::optional<int64_t>> DurationOf(const HttpRequest& request, std::string_view name) {
  const std::string text = ParamOfEitherCase(request, name);
  if (text.empty()) return std::optional<int64_t>();
  const auto parsed = query::ParseDuration(text);
  if (!parsed.ok()) return Malformed(name, parsed.status().message());
  return std::optional(*parsed);
}

Status ReadAttributes(const HttpRequest& request, query::TagSearch& search) {
  constexpr std::string_view kName = "query.attributes";
  const std::string text = ParamOfEitherCase(request, kName);
  if (text.empty()) return base::OkStatus();
  const auto json = codec::JsonDocument::Parse(text, {.bytes_max = 64 << 10});
  if (!json.ok()) return Malformed(kName, json.status().message());
  if (!json->root().is_object()) return Malformed(kName, "an object of strings is expected");
  for (const codec::JsonMember member : json->root().members()) {
    const auto value = member.value.AsString();
    if (!value.has_value())
      return Malformed(kName, fmt::format("the value of '{}' is no string", member.key));
    search.tags.emplace_back(member.key, *value);
  }
  return base::OkStatus();
}

Result<int64_t> DepthOf(const HttpRequest& request) {
  for (const char* name : {"query.searchDepth", "query.numTraces"}) {
    const std::string text = ParamOfEitherCase(request, name);
    if (text.empty()) continue;
    int64_t depth = 0;
    const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), depth);
    if (problem != std::errc() || end != text.data() + text.size())
      return Malformed(name, fmt::format("a number is expected: {}", text));
    // 0 is how protobuf leaves it out; here it was written.
    return depth == 0 ? -1 : depth;
  }
  return 0;
}

// {"query":{"serviceName":"a"}} as the parameters of a GET. Without a body nothing changes.
Result<HttpRequest> WithBody(const HttpRequest& request) {
  HttpRequest out;
  out.query_params = request.query_params;
  if (request.method != "POST" || request.body.empty()) return out;
  const auto json =
      codec::JsonDocument::Parse(request.body, {.bytes_max = 256 << 10, .depth_max = 256});
  if (!json.ok()) return json.status().WithContext("request body is no JSON");
  for (const codec::JsonMember member : json->root().Find("query").members()) {
    std::string text;
    if (const auto string = member.value.AsString()) {
      text = *string;
    } else {
      codec::JsonWriter(text).Value(member.value);
    }
    out.query_params.emplace_back(fmt::format("query.{}", member.key), std::move(text));
  }
  return out;
}

// One entry of map<string, string>.
bool ReadTag(std::string_view entry, query::TagSearch& search) {
  std::string_view key, value;
  wire::PbReader reader(entry);
  while (reader.Next()) {
    if (reader.field() == 1 && reader.Bytes(key)) continue;
    if (reader.field() == 2 && reader.Bytes(value)) continue;
    if (!reader.Skip()) return false;
  }
  if (!reader.ok() || !codec::IsValidUtf8(key) || !codec::IsValidUtf8(value)) return false;
  search.tags.emplace_back(key, value);
  return true;
}

// One field; false when it is damaged.
bool ReadField(wire::PbReader& reader, V3Parameters& out) {
  std::string_view bytes;
  uint64_t number = 0;
  if (reader.field() >= 8 && reader.field() <= 9) {
    if (!reader.Varint(number)) return reader.Skip();
    if (reader.field() == 8) out.depth = static_cast<int32_t>(number);
    if (reader.field() == 9) out.raw = number != 0;
    return true;
  }
  if (!reader.Bytes(bytes)) return reader.Skip();
  switch (reader.field()) {
    case 1:
      out.search.service = bytes;
      return codec::IsValidUtf8(bytes);
    case 2:
      out.search.operation = bytes;
      return codec::IsValidUtf8(bytes);
    case 3:
      return ReadTag(bytes, out.search);
    case 4:
      return ReadTimestamp(bytes, out.start_min_ns);
    case 5:
      return ReadTimestamp(bytes, out.start_max_ns);
    case 6:
      return ReadDuration(bytes, out.search.duration_min_ns);
    case 7:
      return ReadDuration(bytes, out.search.duration_max_ns);
    default:
      return true;
  }
}

Status CheckDurations(query::TagSearch& search) {
  // Protobuf's clients send a zero for "any".
  if (search.duration_min_ns == 0) search.duration_min_ns.reset();
  if (search.duration_max_ns == 0) search.duration_max_ns.reset();
  if (search.duration_min_ns.has_value() && search.duration_max_ns.has_value() &&
      *search.duration_min_ns > *search.duration_max_ns) {
    return Malformed("query.durationMin", "it must not be above query.durationMax");
  }
  return base::OkStatus();
}

Result<query::Window> WindowOf(const V3Parameters& parameters, bool required) {
  if (required && !parameters.start_min_ns.has_value())
    return Malformed("query.startTimeMin", "a time in RFC 3339 is required");
  if (required && !parameters.start_max_ns.has_value())
    return Malformed("query.startTimeMax", "a time in RFC 3339 is required");
  const query::Window window{.from_ns = parameters.start_min_ns.value_or(store::kTimeMin),
                             .until_ns = parameters.start_max_ns.value_or(store::kTimeMax)};
  if (window.from_ns >= window.until_ns)
    return Malformed("query.startTimeMin", "it must be before query.startTimeMax");
  return window;
}

Result<query::Query> QueryOf(const V3Parameters& parameters) {
  if (!parameters.filter.has_value()) return query::ToQuery(parameters.search);
  const query::TagSearch& search = parameters.search;
  if (!search.service.empty() || !search.operation.empty() || !search.tags.empty() ||
      search.duration_min_ns.has_value() || search.duration_max_ns.has_value()) {
    return Malformed("query.filter",
                     "it cannot be given with serviceName, operationName, attributes or durations: "
                     "say them in the filter");
  }
  auto query = query::FilterQuery(*parameters.filter);
  if (!query.ok()) return Malformed("query.filter", query.status().message());
  return query;
}

}  // namespace

std::string ParamOfEitherCase(const HttpRequest& request, std::string_view camel) {
  std::string text = TextParam(request, camel);
  if (!text.empty()) return text;
  std::string snake;
  for (const char c : camel) {
    if (c >= 'A' && c <= 'Z') {
      snake += '_';
      snake += static_cast<char>(c - 'A' + 'a');
    } else {
      snake += c;
    }
  }
  return TextParam(request, snake);
}

Result<V3Parameters> ParametersOf(const HttpRequest& from) {
  ASSIGN_OR_RETURN(const HttpRequest request, WithBody(from));
  V3Parameters out;
  out.search.service = ParamOfEitherCase(request, "query.serviceName");
  out.search.operation = ParamOfEitherCase(request, "query.operationName");
  ASSIGN_OR_RETURN(out.start_min_ns, TimeOf(request, "query.startTimeMin"));
  ASSIGN_OR_RETURN(out.start_max_ns, TimeOf(request, "query.startTimeMax"));
  ASSIGN_OR_RETURN(out.search.duration_min_ns, DurationOf(request, "query.durationMin"));
  ASSIGN_OR_RETURN(out.search.duration_max_ns, DurationOf(request, "query.durationMax"));
  RETURN_IF_ERROR(ReadAttributes(request, out.search));
  ASSIGN_OR_RETURN(out.depth, DepthOf(request));
  const std::string raw = ParamOfEitherCase(request, "query.rawTraces");
  if (!raw.empty() && raw != "true" && raw != "false")
    return Malformed("query.rawTraces", "true or false is expected");
  out.raw = raw == "true";
  const std::string filter = ParamOfEitherCase(request, "query.filter");
  if (filter.empty()) return out;
  auto term = FilterFromJson(filter);
  if (!term.ok()) return Malformed("query.filter", term.status().message());
  out.filter = *std::move(term);
  return out;
}

Result<V3Parameters> DecodeTraceQuery(std::string_view bytes, bool has_filter) {
  V3Parameters out;
  wire::PbReader reader(bytes);
  while (reader.Next()) {
    std::string_view call;
    if (has_filter && reader.field() == 10 && reader.Bytes(call)) {
      auto term = FilterFromProto(call);
      if (!term.ok()) return Malformed("query.filter", term.status().message());
      out.filter = *std::move(term);
    } else if (!ReadField(reader, out)) {
      return InvalidArgument("query is no TraceQueryParameters");
    }
  }
  if (!reader.ok()) return InvalidArgument("query is no TraceQueryParameters");
  return out;
}

Result<V3Search> CheckParameters(V3Parameters parameters, bool times_required) {
  ASSIGN_OR_RETURN(const query::Window window, WindowOf(parameters, times_required));
  RETURN_IF_ERROR(CheckDurations(parameters.search));
  if (parameters.depth < 0 || parameters.depth > static_cast<int64_t>(query::kSearchLimitMax)) {
    return Malformed("query.searchDepth",
                     fmt::format("1 to {} is expected", query::kSearchLimitMax));
  }
  ASSIGN_OR_RETURN(query::Query query, QueryOf(parameters));
  const size_t limit =
      parameters.depth == 0 ? kJaegerLimitDefault : static_cast<size_t>(parameters.depth);
  return V3Search{std::move(query), window, limit, parameters.raw};
}

Result<query::SearchResult> Run(const QuerySource& source, const V3Search& search) {
  return query::Search(
      source.store, search.query,
      {.window = search.window, .limit = search.limit, .count = query::Counting::kNone, .limits = source.limits});
}

std::string_view KindNameV3(trace::SpanKind kind) {
  return kind == trace::SpanKind::kUnspecified ? "internal" : trace::SpanKindName(kind);
}

void MakeV3(trace::Span& span) {
  if (span.warnings.empty()) return;
  std::string array;
  for (const std::string& warning : span.warnings)
    wire::AppendArrayItem(trace::ValueView::String(warning), array);
  span.attributes.insert(span.attributes.begin(),
                         {"@jaeger@warnings", trace::Value(trace::ValueView::Array(array))});
}

}  // namespace awry::api
