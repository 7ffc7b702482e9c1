// What is sent, as bytes: mails (RFC 5322, MIME) and webhook bodies with their signature. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace finance::delivery {

struct Mail {
  std::string from;
  std::string to;
  std::string subject;
  std::string text;  // UTF-8
  std::string id;    // before the '@' of Message-ID: the same for each attempt
  int64_t unix_s = 0;
};
// Lines end with CR LF. Subject and text may hold anything: nothing of them can become a header.
std::string MailBytes(const Mail& mail);

// 64 hex digits (RFC 2104 over SHA-256).
std::string HmacSha256Hex(std::string_view key, std::string_view text);

// "t=UNIX,v1=HMAC": over "UNIX.BODY", so that an old request cannot be sent again later.
std::string WebhookSignature(std::string_view secret, int64_t unix_s, std::string_view body);

}  // namespace finance::delivery
