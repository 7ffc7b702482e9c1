#include "finance/delivery/message.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "codec/base64.h"
#include "finance/ledger/date.h"

namespace finance::delivery {
namespace {

constexpr size_t kEncodedWordBytes = 42;  // 56 letters of Base64: a word stays under 75 (RFC 2047)
constexpr size_t kLineLetters = 76;

// Cuts `text` into pieces of at most `bytes_max` that do not split a character.
std::vector<std::string_view> Pieces(std::string_view text, size_t bytes_max) {
  std::vector<std::string_view> pieces;
  while (!text.empty()) {
    size_t length = std::min(bytes_max, text.size());
    while (length > 1 && length < text.size() && (static_cast<unsigned char>(text[length]) & 0xC0) == 0x80) --length;
    pieces.push_back(text.substr(0, length));
    text.remove_prefix(length);
  }
  return pieces;
}

std::string EncodedSubject(std::string_view subject) {
  std::string out;
  for (const std::string_view piece : Pieces(subject, kEncodedWordBytes)) {
    out += fmt::format("{}=?UTF-8?B?{}?=", out.empty() ? "" : "\r\n ", awry::codec::Base64Encode(piece));
  }
  return out;
}

// "Mon, 23 Nov 2026 12:00:00 +0000"
std::string MailDate(int64_t unix_s) {
  static constexpr std::array<const char*, 7> kDays = {"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};
  static constexpr std::array<const char*, 12> kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const auto date = ledger::Date::FromDays(static_cast<int32_t>(unix_s / 86'400));
  const int64_t second = unix_s % 86'400;
  return fmt::format("{}, {:02} {} {:04} {:02}:{:02}:{:02} +0000", kDays[static_cast<size_t>(date.weekday() - 1)], date.day(),
                     kMonths[static_cast<size_t>(date.month() - 1)], date.year(), second / 3600, second / 60 % 60, second % 60);
}

void AppendPart(std::string_view type, std::string_view text, std::string& out) {
  out += fmt::format("Content-Type: {}; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n", type);
  const std::string body = awry::codec::Base64Encode(text);
  for (size_t at = 0; at < body.size(); at += kLineLetters) out += body.substr(at, kLineLetters) + "\r\n";
}

}  // namespace

std::string MailBytes(const Mail& mail) {
  const std::string host = mail.from.substr(std::min(mail.from.find('@'), mail.from.size() - 1) + 1);
  std::string out = fmt::format(
      "From: <{}>\r\nTo: <{}>\r\nSubject: {}\r\nDate: {}\r\nMessage-ID: <{}@{}>\r\nMIME-Version: 1.0\r\n"
      "Auto-Submitted: auto-generated\r\nContent-Language: {}\r\n",
      mail.from, mail.to, EncodedSubject(mail.subject), MailDate(mail.unix_s), mail.id, host, mail.language);
  if (mail.html.empty()) {
    AppendPart("text/plain", mail.text, out);
    return out;
  }
  // No line of Base64 has the '_' of the boundary. The last part is what the sender likes best (RFC 2046).
  const std::string boundary = "=_" + mail.id;
  out += fmt::format("Content-Type: multipart/alternative; boundary=\"{0}\"\r\n\r\n--{0}\r\n", boundary);
  AppendPart("text/plain", mail.text, out);
  out += fmt::format("\r\n--{}\r\n", boundary);
  AppendPart("text/html", mail.html, out);
  return out + fmt::format("\r\n--{}--\r\n", boundary);
}

}  // namespace finance::delivery
