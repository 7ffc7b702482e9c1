#include "finance/delivery/channel_settings.h"

#include <fmt/format.h>

#include <algorithm>

#include "codec/json.h"
#include "finance/delivery/push.h"
#include "finance/ledger/date.h"
#include "finance/outbound/outbound.h"

namespace finance::delivery {
namespace {

using awry::codec::JsonDocument;
using awry::codec::JsonValue;
using awry::codec::JsonWriter;

constexpr int64_t kNsPerMinute = 60'000'000'000;
constexpr int kMinutesPerDay = 1'440;
constexpr size_t kSecretBytesMin = 16;
constexpr size_t kSecretBytesMax = 256;

// "07:30" as a minute of the day.
base::Result<int> ParseMinute(std::string_view text) {
  const auto digit = [&](size_t i) { return text[i] >= '0' && text[i] <= '9' ? text[i] - '0' : 100; };
  if (text.size() == 5 && text[2] == ':') {
    const int hour = digit(0) * 10 + digit(1);
    const int minute = digit(3) * 10 + digit(4);
    if (hour < 24 && minute < 60) return hour * 60 + minute;
  }
  return base::InvalidArgument(fmt::format("time of day is not HH:MM: {}", text.substr(0, 20)));
}

std::string MinuteText(const std::optional<int>& minute) {
  return minute ? fmt::format("{:02}:{:02}", *minute / 60, *minute % 60) : std::string();
}

base::Status ReadQuiet(JsonValue quiet, ChannelSettings& settings) {
  settings.quiet_from_minute.reset();
  settings.quiet_until_minute.reset();
  const auto from = quiet.Find("from").AsString().value_or("");
  const auto until = quiet.Find("until").AsString().value_or("");
  if (from.empty() && until.empty()) return {};
  ASSIGN_OR_RETURN(settings.quiet_from_minute, ParseMinute(from));
  ASSIGN_OR_RETURN(settings.quiet_until_minute, ParseMinute(until));
  return {};
}

base::Status ReadKinds(JsonValue kinds, ChannelSettings& settings) {
  settings.kinds.clear();
  for (const auto& [name, value] : kinds.members()) {
    if (std::find(std::begin(kKinds), std::end(kKinds), name) == std::end(kKinds)) {
      return base::InvalidArgument(fmt::format("kind of alert is unknown: {}", name.substr(0, 40)));
    }
    settings.kinds[std::string(name)] = value.AsBool().value_or(true);
  }
  return {};
}

base::Result<int> Bounded(JsonValue object, std::string_view name, int fallback, int low, int high) {
  const JsonValue value = object.Find(name);
  if (!value.exists()) return fallback;
  const auto number = value.AsInt64();
  if (!number || *number < low || *number > high) return base::InvalidArgument(fmt::format("{} must be {} to {}", name, low, high));
  return static_cast<int>(*number);
}

base::Result<ChannelSettings> ReadSettings(JsonValue root) {
  ChannelSettings settings;
  settings.email_on = root.Find("email").Find("enabled").AsBool().value_or(false);
  settings.email_address = std::string(root.Find("email").Find("address").AsString().value_or(""));
  settings.webhook_on = root.Find("webhook").Find("enabled").AsBool().value_or(false);
  settings.webhook_url = std::string(root.Find("webhook").Find("url").AsString().value_or(""));
  const JsonValue push = root.Find("push");
  settings.push_on = push.Find("enabled").AsBool().value_or(false);
  settings.push_url = std::string(push.Find("url").AsString().value_or(""));
  settings.push_service = std::string(push.Find("service").AsString().value_or("ntfy"));
  const auto language = LanguageFromTag(root.Find("language").AsString().value_or("en"));
  if (!language) return base::InvalidArgument("language is neither en nor de");
  settings.language = *language;
  RETURN_IF_ERROR(ReadKinds(root.Find("kinds"), settings));
  RETURN_IF_ERROR(ReadQuiet(root.Find("quiet"), settings));
  ASSIGN_OR_RETURN(settings.utc_offset_minutes, Bounded(root, "utc_offset_minutes", 0, -12 * 60, 14 * 60));
  const JsonValue weekly = root.Find("weekly");
  settings.weekly_on = weekly.Find("enabled").AsBool().value_or(false);
  ASSIGN_OR_RETURN(settings.weekly_weekday, Bounded(weekly, "weekday", 1, 1, 7));
  ASSIGN_OR_RETURN(settings.weekly_hour, Bounded(weekly, "hour", 8, 0, 23));
  return settings;
}

// `what` begins the sentence.
base::Status CheckUrl(std::string_view what, bool on, const std::string& text, bool allow_local) {
  if (on && text.empty()) return base::InvalidArgument(fmt::format("{} is enabled without an url", what));
  if (text.empty()) return {};
  ASSIGN_OR_RETURN(const outbound::Url url, outbound::ParseUrl(text));
  if (url.scheme != "https" && !allow_local) return base::InvalidArgument(fmt::format("{} address must begin with https://", what));
  if (url.user.empty() && url.password.empty()) return {};
  return base::InvalidArgument(fmt::format("{} address must not hold a user or password", what));
}

base::Status CheckAddresses(const ChannelSettings& settings, bool allow_local) {
  if (!settings.email_address.empty() && !outbound::IsMailAddress(settings.email_address)) {
    return base::InvalidArgument("email address is none: write name@host");
  }
  if (settings.email_on && settings.email_address.empty()) return base::InvalidArgument("email is enabled without an address");
  RETURN_IF_ERROR(CheckUrl("webhook", settings.webhook_on, settings.webhook_url, allow_local));
  RETURN_IF_ERROR(CheckUrl("push", settings.push_on, settings.push_url, allow_local));
  if (settings.push_service != "ntfy" && settings.push_service != "gotify") return base::InvalidArgument("push service is neither ntfy nor gotify");
  if (settings.push_service != "ntfy" || settings.push_url.empty()) return {};
  return NtfyTopicOf(settings.push_url).status();
}

int64_t LocalMinutes(const ChannelSettings& settings, int64_t now_ns) { return now_ns / kNsPerMinute + settings.utc_offset_minutes; }

}  // namespace

bool ChannelSettings::Wants(std::string_view kind) const {
  const auto found = kinds.find(std::string(kind));
  return found == kinds.end() || found->second;
}

base::Result<ChannelSettings> ParseSettings(std::string_view json, const ChannelSettings& former, bool allow_local) {
  ASSIGN_OR_RETURN(const JsonDocument document, JsonDocument::Parse(json));
  if (!document.root().is_object()) return base::InvalidArgument("send an object with email, webhook, quiet and weekly");
  ASSIGN_OR_RETURN(ChannelSettings settings, ReadSettings(document.root()));
  RETURN_IF_ERROR(CheckAddresses(settings, allow_local));
  settings.webhook_secret = former.webhook_secret;
  // A token is for one server only.
  if (settings.push_url == former.push_url) settings.push_token = former.push_token;
  if (const auto token = document.root().Find("push").Find("token").AsString()) {
    if (token->size() > kSecretBytesMax || std::any_of(token->begin(), token->end(), [](char c) { return c <= ' ' || c > '~'; })) {
      return base::InvalidArgument(fmt::format("push token is none: at most {} printable letters", kSecretBytesMax));
    }
    settings.push_token = std::string(*token);
  }
  if (settings.push_on && settings.push_service == "gotify" && settings.push_token.empty()) {
    return base::InvalidArgument("push by gotify is enabled without a token: make an application there");
  }
  if (const auto secret = document.root().Find("webhook").Find("secret").AsString()) {
    if (secret->size() < kSecretBytesMin || secret->size() > kSecretBytesMax) {
      return base::InvalidArgument(fmt::format("webhook secret must have {} to {} bytes", kSecretBytesMin, kSecretBytesMax));
    }
    settings.webhook_secret = std::string(*secret);
  }
  if (settings.webhook_on && settings.webhook_secret.empty()) {
    return base::InvalidArgument("webhook is enabled without a secret: its receiver could not know who sends");
  }
  return settings;
}

std::string SettingsJson(const ChannelSettings& settings, bool email_available) {
  std::string out;
  JsonWriter json(out);
  json.BeginObject().Key("email").BeginObject().Key("enabled").Bool(settings.email_on);
  json.Key("address").String(settings.email_address).EndObject();
  json.Key("webhook").BeginObject().Key("enabled").Bool(settings.webhook_on).Key("url").String(settings.webhook_url);
  json.Key("secret_set").Bool(!settings.webhook_secret.empty()).EndObject();
  json.Key("push").BeginObject().Key("enabled").Bool(settings.push_on).Key("service").String(settings.push_service);
  json.Key("url").String(settings.push_url).Key("token_set").Bool(!settings.push_token.empty()).EndObject();
  json.Key("language").String(TagOf(settings.language)).Key("kinds").BeginObject();
  for (const std::string_view kind : kKinds) json.Key(kind).Bool(settings.Wants(kind));
  json.EndObject().Key("quiet").BeginObject().Key("from").String(MinuteText(settings.quiet_from_minute));
  json.Key("until").String(MinuteText(settings.quiet_until_minute)).EndObject();
  json.Key("utc_offset_minutes").Int(settings.utc_offset_minutes).Key("weekly").BeginObject();
  json.Key("enabled").Bool(settings.weekly_on).Key("weekday").Int(settings.weekly_weekday);
  json.Key("hour").Int(settings.weekly_hour).EndObject().Key("email_available").Bool(email_available).EndObject();
  return out;
}

base::Result<ChannelSettings> ParseStored(std::string_view json, std::string secret, std::string push_token) {
  ASSIGN_OR_RETURN(const JsonDocument document, JsonDocument::Parse(json));
  ASSIGN_OR_RETURN(ChannelSettings settings, ReadSettings(document.root()));
  settings.webhook_secret = std::move(secret);
  settings.push_token = std::move(push_token);
  return settings;
}

int64_t AfterQuietHours(const ChannelSettings& settings, int64_t now_ns) {
  if (!settings.quiet_from_minute || !settings.quiet_until_minute) return now_ns;
  const int from = *settings.quiet_from_minute;
  const int until = *settings.quiet_until_minute;
  const auto minute = static_cast<int>(LocalMinutes(settings, now_ns) % kMinutesPerDay);
  const bool quiet = from <= until ? minute >= from && minute < until : minute >= from || minute < until;
  if (!quiet) return now_ns;
  const int wait = (until - minute + kMinutesPerDay) % kMinutesPerDay;
  return (now_ns / kNsPerMinute + wait) * kNsPerMinute;
}

int64_t LastWeeklyDue(const ChannelSettings& settings, int64_t now_ns) {
  const int64_t minutes = LocalMinutes(settings, now_ns);
  const auto today = ledger::Date::FromDays(static_cast<int32_t>(minutes / kMinutesPerDay));
  const int back = (today.weekday() - settings.weekly_weekday + 7) % 7;
  int64_t due = (minutes / kMinutesPerDay - back) * kMinutesPerDay + settings.weekly_hour * 60;
  if (due > minutes) due -= 7 * kMinutesPerDay;
  return (due - settings.utc_offset_minutes) * kNsPerMinute;
}

}  // namespace finance::delivery
