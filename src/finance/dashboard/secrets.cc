#include "finance/dashboard/secrets.h"

#include <sodium.h>

#include <array>
#include <span>

#include "base/check.h"
#include "base/random.h"
#include "codec/base64.h"

namespace finance::dashboard {

using awry::base::Result;

namespace {

void StartSodium() {
  static const bool ready = sodium_init() >= 0;
  CHECK(ready);
}

std::string Keyed(std::string_view text, std::string_view purpose) {
  StartSodium();
  std::array<unsigned char, 32> digest;
  crypto_generichash_state state;
  const auto feed = [&state](std::string_view bytes) {
    crypto_generichash_update(&state, reinterpret_cast<const unsigned char*>(bytes.data()),
                              bytes.size());
  };
  crypto_generichash_init(&state, nullptr, 0, digest.size());
  feed(purpose);
  feed(std::string_view("\0", 1));
  feed(text);
  crypto_generichash_final(&state, digest.data(), digest.size());
  return awry::codec::Base64UrlEncode(
      {reinterpret_cast<const char*>(digest.data()), digest.size()});
}

}  // namespace

Result<std::string> HashPassword(std::string_view password, const PasswordCost& cost) {
  StartSodium();
  std::string hash(crypto_pwhash_STRBYTES, '\0');
  if (crypto_pwhash_str_alg(hash.data(), password.data(), password.size(), cost.passes,
                            cost.memory_bytes, crypto_pwhash_ALG_ARGON2ID13) != 0) {
    return awry::base::ResourceExhausted(
        "not enough memory to hash a password: free some and try again");
  }
  hash.resize(hash.find('\0'));
  return hash;
}

bool PasswordFits(const std::string& hash, std::string_view password) {
  StartSodium();
  return crypto_pwhash_str_verify(hash.c_str(), password.data(), password.size()) == 0;
}

bool NeedsRehash(const std::string& hash, const PasswordCost& cost) {
  StartSodium();
  return crypto_pwhash_str_needs_rehash(hash.c_str(), cost.passes, cost.memory_bytes) != 0;
}

std::string RandomToken() {
  std::array<unsigned char, 32> bytes;
  awry::base::FillEntropy(bytes);
  return awry::codec::Base64UrlEncode({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
}

std::string RandomId(std::string_view prefix) {
  constexpr std::string_view kLetters = "0123456789abcdefghjkmnpqrstvwxyz";  // 32, none alike
  std::array<unsigned char, 12> bytes;
  awry::base::FillEntropy(bytes);
  std::string id(prefix);
  for (const unsigned char byte : bytes) id.push_back(kLetters[byte % kLetters.size()]);
  return id;
}

std::string TokenDigest(std::string_view token) { return Keyed(token, "session"); }
std::string CsrfOf(std::string_view session_token) { return Keyed(session_token, "csrf"); }

bool EqualSecrets(std::string_view a, std::string_view b) {
  return a.size() == b.size() && sodium_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace finance::dashboard
