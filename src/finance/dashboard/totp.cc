#include "finance/dashboard/totp.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>
#include <array>

#include "base/check.h"
#include "finance/dashboard/secrets.h"
#include "net/http.h"

namespace finance::dashboard {

std::string TotpCode(std::string_view secret, int64_t step, int digits) {
  std::array<unsigned char, 8> counter;
  for (size_t i = 0; i < counter.size(); ++i)
    counter[i] = static_cast<unsigned char>(static_cast<uint64_t>(step) >> (8 * (7 - i)));
  std::array<unsigned char, EVP_MAX_MD_SIZE> mac;
  unsigned int mac_bytes = 0;
  CHECK(HMAC(EVP_sha1(), secret.data(), static_cast<int>(secret.size()), counter.data(),
             counter.size(), mac.data(), &mac_bytes) != nullptr);
  const size_t offset = mac[mac_bytes - 1] & 0xfu;
  uint32_t number = 0;
  for (size_t i = 0; i < 4; ++i) number = number << 8 | mac[offset + i];
  number &= 0x7fffffffu;
  std::string code(static_cast<size_t>(digits), '0');
  for (auto digit = code.rbegin(); digit != code.rend(); ++digit) {
    *digit = static_cast<char>('0' + number % 10);
    number /= 10;
  }
  return code;
}

std::optional<int64_t> MatchTotp(std::string_view secret, std::string_view code, int64_t unix_s,
                                 int64_t last_step) {
  const int64_t now = unix_s / kTotpStepSeconds;
  for (int64_t step = std::max(now - kTotpStepsOff, last_step + 1); step <= now + kTotpStepsOff;
       ++step) {
    if (EqualSecrets(TotpCode(secret, step), code)) return step;
  }
  return std::nullopt;
}

std::string Base32Encode(std::string_view bytes) {
  constexpr std::string_view kLetters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
  std::string text;
  uint32_t bits = 0;
  int held = 0;
  for (const char byte : bytes) {
    bits = bits << 8 | static_cast<unsigned char>(byte);
    held += 8;
    while (held >= 5) text.push_back(kLetters[bits >> (held -= 5) & 31]);
    bits &= (1u << held) - 1;
  }
  if (held > 0) text.push_back(kLetters[bits << (5 - held) & 31]);
  return text;
}

std::string TotpUri(std::string_view issuer, std::string_view name, std::string_view secret) {
  using awry::net::UrlEncode;
  return "otpauth://totp/" + UrlEncode(issuer) + ":" + UrlEncode(name) +
         "?secret=" + Base32Encode(secret) + "&issuer=" + UrlEncode(issuer) +
         "&algorithm=SHA1&digits=6&period=" + std::to_string(kTotpStepSeconds);
}

}  // namespace finance::dashboard
