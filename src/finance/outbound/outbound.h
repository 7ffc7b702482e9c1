// Requests to addresses that users name: webhooks, banks, mail. The one room that calls libcurl.
// Answers never hold what was secret in a request: errors name no URL, user or header.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/status.h"

struct sockaddr;

namespace finance::outbound {

namespace base = awry::base;

struct Url {
  std::string scheme;
  std::string user;      // decoded
  std::string password;  // decoded
  std::string host;
  std::string port;  // "" for the scheme's
  std::string rest;  // path and query, from the first '/'

  // "https://host:port": what may be shown.
  std::string Origin() const;
};
// kInvalidArgument when it is no absolute http or https URL, or longer than 4096 bytes.
base::Result<Url> ParseUrl(const std::string& text);

// Whether the Internet routes there: no loopback, private, link-local, carrier, documentation, multicast or
// reserved address, nor one of those inside IPv6.
bool IsPublicAddress(const sockaddr* address);

struct Policy {
  // Only for tests and home servers: http, and addresses that are not public.
  bool allow_local = false;
  std::chrono::milliseconds connect_timeout{5'000};
  std::chrono::milliseconds timeout{20'000};
  size_t answer_bytes_max = 1 << 20;
};

struct Request {
  std::string method = "GET";
  std::string url;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
  std::string user;  // HTTP Basic, when not empty
  std::string password;
};

struct Answer {
  int status = 0;
  std::string body;
};

// Any HTTP status is a success. https only unless the policy allows more; certificates are verified;
// no redirect is followed, no proxy asked; the address is checked after each resolving, before the
// connection. kInvalidArgument: the URL may not be asked. kPermissionDenied: the address is not public.
// kUnavailable, kDeadlineExceeded: try again. kResourceExhausted: the answer is too long. Blocks. Thread-safe.
base::Result<Answer> Exchange(const Request& request, const Policy& policy);

struct MailServer {
  std::string url;  // "smtp://host:587" (STARTTLS when offered), "smtps://host"
  std::string user;  // no log-in when empty; then and on loopback TLS may be missing
  std::string password;
  std::string from;  // address
};

// Hands over one message (RFC 5322 bytes, CR LF). kUnavailable: try again; kInvalidArgument: the server
// refused the message or the address for good. Blocks. Thread-safe.
base::Status SendMail(const MailServer& server, const std::string& to, const std::string& message);

// One "@", no blanks, control characters, quotes, commas or brackets, at most 254 bytes.
bool IsMailAddress(std::string_view text);

}  // namespace finance::outbound
