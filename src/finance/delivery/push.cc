#include "finance/delivery/push.h"

#include <algorithm>

#include "codec/json.h"

namespace finance::delivery {
namespace {

using awry::codec::JsonWriter;

constexpr size_t kTopicBytesMax = 64;
constexpr size_t kTitleBytesMax = 250;
constexpr size_t kTextBytesMax = 4'000;  // ntfy makes an attachment of what is longer than 4,096

// At most `bytes_max` bytes of whole characters, with an ellipsis when it was longer.
std::string Cut(std::string_view text, size_t bytes_max) {
  if (text.size() <= bytes_max) return std::string(text);
  size_t end = bytes_max;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  return std::string(text.substr(0, end)) + "…";
}

bool IsTopicByte(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-'; }

}  // namespace

base::Result<NtfyTopic> NtfyTopicOf(const std::string& url) {
  ASSIGN_OR_RETURN(const outbound::Url parsed, outbound::ParseUrl(url));
  const size_t slash = parsed.rest.rfind('/');
  const std::string topic = slash == std::string::npos ? std::string() : parsed.rest.substr(slash + 1);
  if (topic.empty() || topic.size() > kTopicBytesMax || !std::all_of(topic.begin(), topic.end(), IsTopicByte)) {
    return base::InvalidArgument("push address must end in a topic: https://ntfy.example/my-topic");
  }
  return NtfyTopic{url.substr(0, url.size() - topic.size()), topic};
}

base::Result<outbound::Request> PushRequest(const Push& push) {
  outbound::Request request{.method = "POST", .url = push.url, .headers = {{"Content-Type", "application/json"}}};
  JsonWriter json(request.body);
  json.BeginObject().Key("title").String(Cut(push.title, kTitleBytesMax)).Key("message").String(Cut(push.text, kTextBytesMax));
  if (push.service == "gotify") {
    while (request.url.ends_with('/')) request.url.pop_back();
    request.url += "/message";
    request.headers.emplace_back("X-Gotify-Key", push.token);
    json.Key("priority").Int(push.urgent ? 8 : 5).EndObject();
    return request;
  }
  ASSIGN_OR_RETURN(const NtfyTopic topic, NtfyTopicOf(push.url));
  request.url = topic.server;
  if (!push.token.empty()) request.headers.emplace_back("Authorization", "Bearer " + push.token);
  json.Key("topic").String(topic.topic).Key("priority").Int(push.urgent ? 4 : 3).EndObject();
  return request;
}

}  // namespace finance::delivery
