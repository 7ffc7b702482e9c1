#include "codec/signature.h"

#include <fmt/format.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "base/check.h"
#include "codec/base64.h"

namespace awry::codec {

std::string HmacSha256(std::string_view key, std::string_view text) {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int length = 0;
  CHECK(HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), reinterpret_cast<const unsigned char*>(text.data()),
             text.size(), digest, &length) != nullptr);
  return {reinterpret_cast<const char*>(digest), length};
}

std::string WebhookSignature(std::string_view secret, int64_t unix_s, std::string_view body) {
  return fmt::format("t={},v1={}", unix_s, HexEncode(HmacSha256(secret, fmt::format("{}.{}", unix_s, body))));
}

}  // namespace awry::codec
