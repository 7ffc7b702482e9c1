// One-time codes by time (RFC 6238: HMAC-SHA-1, 30 seconds, 6 digits), as every authenticator app
// makes them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace finance::dashboard {

inline constexpr int64_t kTotpStepSeconds = 30;
inline constexpr int kTotpStepsOff = 1;  // a clock may be so many steps wrong, either way
inline constexpr size_t kTotpSecretBytes = 20;

// The code of one step, `digits` digits with leading zeros (RFC 4226, 5.3). `secret` is bytes.
std::string TotpCode(std::string_view secret, int64_t step, int digits = 6);

// The step whose code this is: near `unix_s` and after `last_step`, so that no code is taken twice.
std::optional<int64_t> MatchTotp(std::string_view secret, std::string_view code, int64_t unix_s,
                                 int64_t last_step);

// RFC 4648 without padding: what a person types into the app.
std::string Base32Encode(std::string_view bytes);

// otpauth://totp/ISSUER:NAME?secret=…: what the app reads from a picture.
std::string TotpUri(std::string_view issuer, std::string_view name, std::string_view secret);

}  // namespace finance::dashboard
