// CHECK: what only a bug can break, tested in release builds as well.
#pragma once

namespace awry::base {

// Prints file, line and the condition to standard error, then aborts.
[[noreturn]] void CheckFailed(const char* file, int line, const char* condition);

}  // namespace awry::base

#define CHECK(condition)                                                              \
  do {                                                                                \
    if (!(condition)) [[unlikely]]                                                    \
      ::awry::base::CheckFailed(__FILE__, __LINE__, #condition);                      \
  } while (false)
