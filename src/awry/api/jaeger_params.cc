#include "awry/api/jaeger_params.h"

#include <fmt/format.h>

#include <charconv>

#include "awry/api/trace_id_text.h"
#include "codec/json.h"

namespace awry::api {
namespace {

constexpr int64_t kMicro = 1'000;
constexpr int64_t kTwoDaysNs = 2 * 86'400 * int64_t{1'000'000'000};
constexpr size_t kTraceIdsMax = 1'000;

base::Status BadParam(std::string_view name, std::string_view function, std::string_view value) {
  return base::InvalidArgument(fmt::format(
      "unable to parse param '{}': {}: parsing \"{}\": invalid syntax", name, function, value));
}

base::Result<std::optional<int64_t>> DurationParam(const net::HttpRequest& request,
                                                   std::string_view name) {
  const std::string text = TextParam(request, name);
  if (text.empty()) return std::optional<int64_t>();
  const auto parsed = query::ParseDuration(text);
  if (!parsed.ok()) {
    return base::InvalidArgument(
        fmt::format("unable to parse param '{}': time: invalid duration \"{}\"", name, text));
  }
  return std::optional(*parsed);
}

base::Status AddTagsObject(const std::string& text, query::TagSearch& search) {
  const auto bad = [](std::string_view why) {
    return base::InvalidArgument(
        fmt::format("malformed 'tags' parameter, cannot unmarshal JSON: {}", why));
  };
  const auto json = codec::JsonDocument::Parse(text, {.bytes_max = 64 << 10});
  if (!json.ok()) return bad(json.status().message());
  if (!json->root().is_object()) return bad("an object of strings is expected");
  for (const codec::JsonMember member : json->root().members()) {
    const auto value = member.value.AsString();
    if (!value.has_value()) return bad(fmt::format("the value of '{}' is no string", member.key));
    search.tags.emplace_back(member.key, *value);
  }
  return base::OkStatus();
}

base::Status AddTag(const std::string& text, query::TagSearch& search) {
  const size_t colon = text.find(':');
  if (colon == std::string::npos) {
    return base::InvalidArgument("malformed 'tag' parameter, expecting key:value, received: " +
                                 text);
  }
  search.tags.emplace_back(text.substr(0, colon), text.substr(colon + 1));
  return base::OkStatus();
}

base::Status AddRepeated(const net::HttpRequest& request, JaegerSearchParams& out) {
  for (const auto& [name, value] : request.query_params) {
    if (name == "tag") RETURN_IF_ERROR(AddTag(value, out.search));
    if (name == "tags") RETURN_IF_ERROR(AddTagsObject(value, out.search));
    if (name != "traceID") continue;
    const auto id = ParseTraceId(value);
    if (!id.has_value()) return base::InvalidArgument("cannot parse traceID param: " + value);
    out.trace_ids.push_back(*id);
  }
  if (out.trace_ids.size() > kTraceIdsMax)
    return base::InvalidArgument(fmt::format("too many traceID params: at most {}", kTraceIdsMax));
  return base::OkStatus();
}

base::Status ReadQuery(const net::HttpRequest& request, JaegerSearchParams& out) {
  const std::string* text = request.query_param("query");
  if (text == nullptr) return base::OkStatus();
  const auto parsed = query::Parse(text->empty() ? "{}" : *text);
  if (!parsed.ok()) return parsed.status().WithContext("malformed 'query' parameter");
  out.query = *parsed;
  return base::OkStatus();
}

base::Result<size_t> LimitParam(const net::HttpRequest& request) {
  const std::string text = TextParam(request, "limit");
  if (text.empty()) return kJaegerLimitDefault;
  int64_t limit = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), limit);
  if (problem != std::errc() || end != text.data() + text.size())
    return BadParam("limit", "strconv.ParseInt", text);
  if (limit < 1 || limit > 10'000)
    return base::InvalidArgument(fmt::format("parameter 'limit' must be 1 to 10000: {}", limit));
  return static_cast<size_t>(limit);
}

}  // namespace

std::string TextParam(const net::HttpRequest& request, std::string_view name) {
  const std::string* value = request.query_param(name);
  return value == nullptr ? std::string() : *value;
}

base::Result<int64_t> TimeParam(const net::HttpRequest& request, std::string_view name,
                                int64_t unit_ns, int64_t fallback_ns) {
  const std::string text = TextParam(request, name);
  if (text.empty()) return fallback_ns;
  int64_t number = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (problem != std::errc() || end != text.data() + text.size())
    return BadParam(name, "strconv.ParseInt", text);
  int64_t ns = 0;
  if (__builtin_mul_overflow(number, unit_ns, &ns))
    return number < 0 ? store::kTimeMin : store::kTimeMax;
  return ns;
}

base::Result<bool> BoolParam(const net::HttpRequest& request, std::string_view name) {
  const std::string text = TextParam(request, name);
  if (text.empty() || text == "false" || text == "0" || text == "f" || text == "F" ||
      text == "False" || text == "FALSE")
    return false;
  if (text == "true" || text == "1" || text == "t" || text == "T" || text == "True" ||
      text == "TRUE")
    return true;
  return BadParam(name, "strconv.ParseBool", text);
}

base::Result<JaegerSearchParams> ParseJaegerSearch(const net::HttpRequest& request,
                                                   int64_t now_ns) {
  JaegerSearchParams out;
  RETURN_IF_ERROR(AddRepeated(request, out));
  ASSIGN_OR_RETURN(out.raw, BoolParam(request, "raw"));
  out.search.service = TextParam(request, "service");
  RETURN_IF_ERROR(ReadQuery(request, out));
  if (out.search.service.empty() && out.trace_ids.empty() && !out.query.has_value())
    return base::InvalidArgument("parameter 'service' is required");
  out.search.operation = TextParam(request, "operation");
  ASSIGN_OR_RETURN(out.window.from_ns, TimeParam(request, "start", kMicro, now_ns - kTwoDaysNs));
  ASSIGN_OR_RETURN(out.window.until_ns, TimeParam(request, "end", kMicro, now_ns));
  // Microseconds name the whole microsecond.
  if (out.window.until_ns != now_ns && out.window.until_ns < store::kTimeMax - kMicro)
    out.window.until_ns += kMicro - 1;
  ASSIGN_OR_RETURN(out.limit, LimitParam(request));
  ASSIGN_OR_RETURN(out.search.duration_min_ns, DurationParam(request, "minDuration"));
  ASSIGN_OR_RETURN(out.search.duration_max_ns, DurationParam(request, "maxDuration"));
  if (out.search.duration_min_ns.has_value() && out.search.duration_max_ns.has_value() &&
      *out.search.duration_max_ns < *out.search.duration_min_ns) {
    return base::InvalidArgument("'maxDuration' should be greater than 'minDuration'");
  }
  return out;
}

}  // namespace awry::api
