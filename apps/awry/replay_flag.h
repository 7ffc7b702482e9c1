// `--replay SERVICE=URL`, as often as there are services.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/status.h"

namespace awry::app {

base::Result<std::map<std::string, std::string>> ParseReplay(const std::vector<std::string>& flags);

}  // namespace awry::app
