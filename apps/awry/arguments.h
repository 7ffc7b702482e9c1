// Reads the command line, the environment and the settings file.
#pragma once

#include <optional>

#include "options.h"

namespace awry::app {

// Nothing when the program should end at once with `exit_code`: --help was printed (0), or what is
// wrong was said on standard error (2).
std::optional<Arguments> ParseArguments(int argc, const char* const* argv, int& exit_code);

}  // namespace awry::app
