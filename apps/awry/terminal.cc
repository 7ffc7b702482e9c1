#include "terminal.h"

#include <fmt/format.h>

#include "awry/query/time_text.h"
#include "base/clock.h"

namespace awry::app {

std::string Visible(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7f) {
      out += fmt::format("\\x{:02x}", byte);
    } else {
      out += c;
    }
  }
  return out;
}

base::Status AppendWindow(const std::string& since, const std::string& until,
                          codec::JsonWriter& json) {
  const int64_t now_ns = base::SystemClock().NowUnixNs();
  const auto add = [&](const char* key, const char* flag, const std::string& text) -> base::Status {
    if (text.empty()) return base::OkStatus();
    const auto time = query::ParseTime(text, now_ns);
    if (!time.ok()) return time.status().WithContext(flag);
    json.Key(key).String(query::TimeToText(*time));
    return base::OkStatus();
  };
  RETURN_IF_ERROR(add("start", "--since", since));
  return add("end", "--until", until);
}

std::string Grouped(uint64_t number) {
  std::string out = std::to_string(number);
  for (size_t at = out.size(); at > 3; at -= 3) out.insert(at - 3, ",");
  return out;
}

}  // namespace awry::app
