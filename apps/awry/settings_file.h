// A TOML file of settings: flat keys, named as the flags without their dashes.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/status.h"

namespace awry::app {

// Values as text; a list has several. Keys of a [serve] table count as well. kInvalidArgument names
// line and column; kNotFound a missing file.
base::Result<std::map<std::string, std::vector<std::string>>> ReadSettings(const std::string& path);

}  // namespace awry::app
