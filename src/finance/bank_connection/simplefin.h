// The SimpleFIN protocol, client side (protocol.md of simplefin.github.com, 1.0 and the 2.0 draft). Read-only.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "finance/outbound/outbound.h"

namespace finance::bank_connection {

namespace base = awry::base;

// The claim URL inside a setup token (Base64). kInvalidArgument when it is none, not https (unless
// `allow_local`) or holds a user.
base::Result<std::string> ParseSetupToken(std::string_view token, bool allow_local);

// Claims the token: POST with an empty body. Returns the access URL, which is a secret and works for
// good, while the token works once: store it before anything else. kPermissionDenied: the token is unknown or
// was claimed before, perhaps by a stranger.
base::Result<std::string> Claim(const std::string& claim_url, const outbound::Policy& policy);

struct BankAccount {
  std::string id;
  std::string name;
  std::string org;
  std::string currency;
  std::string balance;  // decimal text
  int64_t balance_date_s = 0;
  size_t transactions = 0;
  std::string json;  // the account as the server gave it
};

struct AccountSet {
  std::vector<std::string> messages;  // the server's errors, for the user: one line, no control characters
  std::vector<BankAccount> accounts;
  base::Status later;  // why rows of an account are missing that may be had at another time; OK when none are

  size_t transactions() const;
};

inline constexpr size_t kAccountsMax = 200;

// kInvalidArgument when it is no account set, kResourceExhausted above kAccountsMax.
base::Result<AccountSet> ParseAccountSet(std::string_view json);

// Asks the URLs that accounts name instead of a currency for {"name", "abbr"}, at most kCurrencyUrlsMax of them. An
// abbreviation of ISO 4217 becomes the account's currency. The transactions of any other account are taken out, and
// a message says so; `later` says it as well when the address may answer at another time.
void ResolveCurrencies(const outbound::Policy& policy, AccountSet& set);
inline constexpr size_t kCurrencyUrlsMax = 8;

struct Window {
  int64_t from_s = 0;   // on or after
  int64_t until_s = 0;  // before
  bool pending = false;
};

// kPermissionDenied: access was revoked (403). kFailedPrecondition: the server wants to be paid (402).
// kUnavailable, kResourceExhausted (429), kDeadlineExceeded: try again later.
base::Result<AccountSet> Fetch(const std::string& access_url, const Window& window, const outbound::Policy& policy);

}  // namespace finance::bank_connection
