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

std::string Digest(std::string_view secret, std::string_view purpose) {
  return Keyed(secret, purpose);
}
std::string CsrfOf(std::string_view session_token) { return Keyed(session_token, "csrf"); }

namespace {

constexpr size_t kNonceBytes = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES;
constexpr size_t kTagBytes = crypto_aead_xchacha20poly1305_ietf_ABYTES;

const unsigned char* Bytes(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

}  // namespace

std::string Seal(std::string_view key, std::string_view context, std::string_view text) {
  StartSodium();
  CHECK(key.size() == kSealKeyBytes);
  std::array<unsigned char, kNonceBytes> nonce;
  awry::base::FillEntropy(nonce);
  std::string sealed(reinterpret_cast<const char*>(nonce.data()), nonce.size());
  sealed.resize(nonce.size() + text.size() + kTagBytes);
  crypto_aead_xchacha20poly1305_ietf_encrypt(
      reinterpret_cast<unsigned char*>(sealed.data()) + nonce.size(), nullptr, Bytes(text),
      text.size(), Bytes(context), context.size(), nullptr, nonce.data(), Bytes(key));
  return awry::codec::Base64UrlEncode(sealed);
}

Result<std::string> Unseal(std::string_view key, std::string_view context,
                           std::string_view sealed) {
  StartSodium();
  CHECK(key.size() == kSealKeyBytes);
  const awry::base::Status broken = awry::base::DataLoss(
      "a sealed secret cannot be opened: is the key file the one it was sealed with?");
  const auto bytes = awry::codec::Base64Decode(sealed);
  if (!bytes.ok() || bytes->size() < kNonceBytes + kTagBytes) return broken;
  const std::string_view body = std::string_view(*bytes).substr(kNonceBytes);
  std::string text(body.size() - kTagBytes, '\0');
  if (crypto_aead_xchacha20poly1305_ietf_decrypt(
          reinterpret_cast<unsigned char*>(text.data()), nullptr, nullptr, Bytes(body), body.size(),
          Bytes(context), context.size(), Bytes(*bytes), Bytes(key)) != 0) {
    return broken;
  }
  return text;
}

bool EqualSecrets(std::string_view a, std::string_view b) {
  return a.size() == b.size() && sodium_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace finance::dashboard
