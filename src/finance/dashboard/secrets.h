// Passwords, tokens, their digests, and the sealing of what must be read again.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/status.h"

namespace finance::dashboard {

// What Argon2id spends on one password. Raising it re-hashes each password at its next log-in.
struct PasswordCost {
  uint64_t passes = 3;
  size_t memory_bytes = 64 << 20;
};

// Returns the hash with its salt and cost, as text. kResourceExhausted when the memory is not to be
// had.
awry::base::Result<std::string> HashPassword(std::string_view password, const PasswordCost& cost);

// Takes as long as the hash's own cost says, whether it fits or not.
bool PasswordFits(const std::string& hash, std::string_view password);

// True when `hash` was made with another cost than `cost`.
bool NeedsRehash(const std::string& hash, const PasswordCost& cost);

// 256 random bits as text that is fit for a cookie and a URL.
std::string RandomToken();
// 60 random bits, lower-case: for ids that people may see.
std::string RandomId(std::string_view prefix);

// What is stored in a secret's place: it cannot be turned back. The same text gives another digest
// for each purpose. Only for secrets of 60 random bits and more.
std::string Digest(std::string_view secret, std::string_view purpose);
// The token that a page sends back with every change; known only to who holds the session's token.
std::string CsrfOf(std::string_view session_token);

// Takes the same time wherever the two differ.
bool EqualSecrets(std::string_view a, std::string_view b);

inline constexpr size_t kSealKeyBytes = 32;

// Encrypts and authenticates (XChaCha20-Poly1305) with a key of kSealKeyBytes; opens only with the
// same `context`, so that a sealed text cannot be moved to another's row. Text in Base64.
std::string Seal(std::string_view key, std::string_view context, std::string_view text);
// kDataLoss when it was sealed with another key or context, or was changed.
awry::base::Result<std::string> Unseal(std::string_view key, std::string_view context,
                                       std::string_view sealed);

}  // namespace finance::dashboard
