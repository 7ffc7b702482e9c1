// One line per event on standard error: time, level, program, message. Never pass secrets.
#pragma once

#include <fmt/format.h>

#include <string>
#include <string_view>
#include <utility>

namespace awry::base {

enum class LogLevel { kDebug, kInfo, kWarning, kError };

// The program's name in each line, and the lowest level that is written (default: info). Call once,
// before threads start.
void SetUpLog(std::string program, LogLevel lowest = LogLevel::kInfo);

// Control characters in `message` are escaped: what a stranger sent cannot forge a line. Thread-safe.
void LogLine(LogLevel level, std::string_view message);

template <typename... Args>
void LogInfo(fmt::format_string<Args...> format, Args&&... args) {
  LogLine(LogLevel::kInfo, fmt::format(format, std::forward<Args>(args)...));
}
template <typename... Args>
void LogWarning(fmt::format_string<Args...> format, Args&&... args) {
  LogLine(LogLevel::kWarning, fmt::format(format, std::forward<Args>(args)...));
}
template <typename... Args>
void LogError(fmt::format_string<Args...> format, Args&&... args) {
  LogLine(LogLevel::kError, fmt::format(format, std::forward<Args>(args)...));
}

}  // namespace awry::base
