// Keyed hashes: what tells the receiver of a webhook who sent it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace awry::codec {

// 32 bytes (RFC 2104 over SHA-256).
std::string HmacSha256(std::string_view key, std::string_view text);

// "t=1700000000,v1=…": HMAC-SHA256 in hex of "1700000000.BODY" with `secret`, so that a request that somebody kept
// cannot be sent again later. Receivers compare the time with their own.
std::string WebhookSignature(std::string_view secret, int64_t unix_s, std::string_view body);

}  // namespace awry::codec
