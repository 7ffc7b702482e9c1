// Reads the bodies of our own routes, and says what is wrong with them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "awry/query/plan.h"
#include "awry/query/query.h"
#include "base/status.h"
#include "codec/json.h"
#include "net/http.h"

namespace awry::api {

inline constexpr size_t kRequestBytesMax = 16 << 20;

// Any JSON value; an empty body is {}.
base::Result<codec::JsonDocument> ParseBody(const net::HttpRequest& request);

// The member's text; "" when it is missing or null. kInvalidArgument when it is no string.
base::Result<std::string> TextMember(codec::JsonValue object, std::string_view key);

// A time, as RFC 3339 text or as Unix ns under `key` with "_ns" at its end; nothing when missing.
base::Result<std::optional<int64_t>> TimeMember(codec::JsonValue object, std::string_view key);

// `start` and `end`.
base::Result<query::Window> WindowMembers(codec::JsonValue object);

// `fallback` when missing.
base::Result<size_t> LimitMember(codec::JsonValue object, size_t fallback, size_t limit_max);

// {"error":{"code","message","details":[{"column","expected","found"}]}} for a query that does not
// parse; other statuses without details.
net::HttpResponse QueryFailure(const base::Status& status, const query::ParseError& error);

}  // namespace awry::api
