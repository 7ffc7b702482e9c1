#include "base/log.h"

#include <unistd.h>

#include <array>
#include <ctime>

#include "base/clock.h"

namespace awry::base {
namespace {

struct LogSettings {
  std::string program = "awry";
  LogLevel lowest = LogLevel::kInfo;
};

LogSettings& Settings() {
  static auto* const settings = new LogSettings();  // never destroyed: threads may outlive main
  return *settings;
}

constexpr std::array<std::string_view, 4> kLevelNames{"debug", "info", "warning", "error"};

}  // namespace

void SetUpLog(std::string program, LogLevel lowest) {
  Settings().program = std::move(program);
  Settings().lowest = lowest;
}

void LogLine(LogLevel level, std::string_view message) {
  if (level < Settings().lowest) return;
  const int64_t now_ns = SystemClock().NowUnixNs();
  const std::time_t seconds = now_ns / 1'000'000'000;
  std::tm utc{};
  gmtime_r(&seconds, &utc);
  std::string line = fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z {} {}: ", utc.tm_year + 1900,
                                 utc.tm_mon + 1, utc.tm_mday, utc.tm_hour, utc.tm_min, utc.tm_sec,
                                 now_ns / 1'000'000 % 1000,
                                 kLevelNames[static_cast<size_t>(level)], Settings().program);
  for (const char c : message) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) {
      line += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
    } else {
      line += c;
    }
  }
  line += '\n';
  // One write, so that lines of several threads and processes do not mix.
  [[maybe_unused]] const ssize_t written = write(STDERR_FILENO, line.data(), line.size());
}

}  // namespace awry::base
