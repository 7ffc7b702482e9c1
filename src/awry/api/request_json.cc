#include "awry/api/request_json.h"

#include <fmt/format.h>

#include "awry/query/time_text.h"

namespace awry::api {

base::Result<codec::JsonDocument> ParseBody(const net::HttpRequest& request) {
  auto json =
      codec::JsonDocument::Parse(request.body.empty() ? "{}" : std::string_view(request.body),
                                 {.bytes_max = kRequestBytesMax});
  if (!json.ok()) return json.status().WithContext("request body is no JSON");
  return json;
}

base::Result<std::string> TextMember(codec::JsonValue object, std::string_view key) {
  const codec::JsonValue value = object.Find(key);
  if (value.is_null()) return std::string();
  const auto text = value.AsString();
  if (!text.has_value()) return base::InvalidArgument(fmt::format("'{}' must be a string", key));
  return std::string(*text);
}

base::Result<std::optional<int64_t>> TimeMember(codec::JsonValue object, std::string_view key) {
  const codec::JsonValue exact = object.Find(fmt::format("{}_ns", key));
  if (!exact.is_null()) {
    if (const auto ns = exact.AsInt64()) return ns;
    if (const auto text = exact.AsString()) {
      if (const auto parsed = query::ParseTime(*text, 0); parsed.ok() && text->size() >= 18)
        return std::optional(*parsed);
    }
    return base::InvalidArgument(fmt::format("'{}_ns' must be Unix nanoseconds", key));
  }
  const codec::JsonValue value = object.Find(key);
  if (value.is_null()) return std::optional<int64_t>();
  const auto text = value.AsString();
  if (!text.has_value())
    return base::InvalidArgument(
        fmt::format("'{}' must be a time in RFC 3339, such as 2026-01-31T12:00:00Z", key));
  const auto parsed = query::ParseRfc3339(*text);
  if (!parsed.ok()) return parsed.status().WithContext(key);
  return std::optional(*parsed);
}

base::Result<query::Window> WindowMembers(codec::JsonValue object) {
  query::Window window;
  ASSIGN_OR_RETURN(const auto start, TimeMember(object, "start"));
  ASSIGN_OR_RETURN(const auto end, TimeMember(object, "end"));
  if (start.has_value()) window.from_ns = *start;
  if (end.has_value()) window.until_ns = *end;
  if (window.from_ns > window.until_ns)
    return base::InvalidArgument("'start' must not be after 'end'");
  return window;
}

base::Result<size_t> LimitMember(codec::JsonValue object, size_t fallback, size_t limit_max) {
  const codec::JsonValue value = object.Find("limit");
  if (value.is_null()) return fallback;
  const auto limit = value.AsInt64();
  if (!limit.has_value() || *limit < 1 || static_cast<uint64_t>(*limit) > limit_max) {
    return base::InvalidArgument(fmt::format("'limit' must be 1 to {}", limit_max));
  }
  return static_cast<size_t>(*limit);
}

net::HttpResponse QueryFailure(const base::Status& status, const query::ParseError& error) {
  if (error.column == 0) return net::ErrorResponse(status);
  std::string out;
  codec::JsonWriter json(out);
  json.BeginObject().Key("error").BeginObject();
  json.Key("code")
      .String(base::StatusCodeName(status.code()))
      .Key("message")
      .String(status.message());
  json.Key("details").BeginArray().BeginObject();
  json.Key("column")
      .UInt(error.column)
      .Key("expected")
      .String(error.expected)
      .Key("found")
      .String(error.found);
  json.EndObject().EndArray().EndObject().EndObject();
  return net::JsonResponse(base::HttpStatusOf(status.code()), std::move(out));
}

}  // namespace awry::api
