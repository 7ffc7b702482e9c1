// Mails as bytes (RFC 5322, MIME). Pure.
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
  std::string html;  // the same as HTML; "" for none
  std::string_view language = "en";
  std::string id;    // before the '@' of Message-ID: the same for each attempt
  int64_t unix_s = 0;
};
// Lines end with CR LF. Subject and text may hold anything: nothing of them can become a header.
std::string MailBytes(const Mail& mail);

}  // namespace finance::delivery
