// How a user wants to be told, and when not.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/status.h"
#include "finance/delivery/words.h"

namespace finance::delivery {

namespace base = awry::base;

enum class Channel : uint8_t { kEmail, kWebhook, kPush };
inline constexpr std::array<std::string_view, 3> kChannelNames = {"email", "webhook", "push"};

struct ChannelSettings {
  Language language = Language::kEnglish;
  bool email_on = false;
  std::string email_address;
  bool webhook_on = false;
  std::string webhook_url;
  std::string webhook_secret;  // never leaves the room but as a signature
  bool push_on = false;
  std::string push_service = "ntfy";  // or "gotify"
  std::string push_url;               // of the topic (ntfy), of the server (gotify)
  std::string push_token;             // never leaves the room but to that server; ntfy takes none, too
  std::map<std::string, bool> kinds;  // those that are switched off or on; the others are on
  std::optional<int> quiet_from_minute;  // of the local day
  std::optional<int> quiet_until_minute;
  int utc_offset_minutes = 0;
  bool weekly_on = false;
  int weekly_weekday = 1;  // Monday
  int weekly_hour = 8;     // local

  bool Wants(std::string_view kind) const;
  bool any_channel() const { return email_on || webhook_on || push_on; }
};

// The kinds that can be switched.
inline constexpr std::string_view kKinds[] = {"budget",           "budget_will_exceed", "recurring_new",   "recurring_price",
                                              "recurring_missed", "recurring_doubled",  "trial_paid",      "category_anomaly"};

// The body of PUT /channels/{user_id}. A secret or token that is not sent stays as in `former`. `allow_local`:
// webhooks and push servers may be http and on this network.
base::Result<ChannelSettings> ParseSettings(std::string_view json, const ChannelSettings& former, bool allow_local);

// The answer of GET: without secret and token.
std::string SettingsJson(const ChannelSettings& settings, bool email_available);
// As stored, without them, too: they have columns of their own.
base::Result<ChannelSettings> ParseStored(std::string_view json, std::string secret, std::string push_token);

// The first moment from `now_ns` on that is not in quiet hours.
int64_t AfterQuietHours(const ChannelSettings& settings, int64_t now_ns);

// The latest moment, at or before `now_ns`, at which a weekly summary was due.
int64_t LastWeeklyDue(const ChannelSettings& settings, int64_t now_ns);

}  // namespace finance::delivery
