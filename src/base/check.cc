#include "base/check.h"

#include <cstdio>
#include <cstdlib>

namespace awry::base {

void CheckFailed(const char* file, int line, const char* condition) {
  std::fprintf(stderr, "CHECK failed: %s, %s:%d\n", condition, file, line);
  std::abort();
}

}  // namespace awry::base
