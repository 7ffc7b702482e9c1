// Requests to push servers: ntfy (publishing as JSON) and Gotify (POST /message). Pure.
#pragma once

#include <string>
#include <string_view>

#include "base/status.h"
#include "finance/outbound/outbound.h"

namespace finance::delivery {

namespace base = awry::base;

struct NtfyTopic {
  std::string server;  // "https://ntfy.example/", or with the path that stands before the topic
  std::string topic;
};
// kInvalidArgument when the address does not end in a topic: 1 to 64 of A-Z a-z 0-9 _ -.
base::Result<NtfyTopic> NtfyTopicOf(const std::string& url);

struct Push {
  std::string service;  // "ntfy", "gotify"
  std::string url;
  std::string token;
  std::string title;
  std::string text;  // cut to what the servers take
  bool urgent = false;
};
base::Result<outbound::Request> PushRequest(const Push& push);

}  // namespace finance::delivery
