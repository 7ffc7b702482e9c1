// Where a setting's value comes from. Private to the frame.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "apps/service_frame/service_frame.h"
#include "base/status.h"

namespace service_frame {

// The options that every program has, then its own.
std::vector<Option> AllOptions(const ServiceSpec& spec);

struct Parsed {
  std::optional<int> exit_code;  // --help, or wrong flags: said already
  bool print_config = false;
  std::map<std::string, std::string> flags;  // those that were given
  std::string config_path;
};
Parsed ParseFlags(int argc, char** argv, const ServiceSpec& spec, const std::vector<Option>& options);

// Flag, environment, file, default. kInvalidArgument on a file that is no TOML or has unknown keys.
awry::base::Result<Settings> Resolve(const Parsed& parsed, const std::vector<Option>& options);

// TOML that --config reads; secrets as "***".
std::string PrintConfig(const Settings& settings, const std::vector<Option>& options);

}  // namespace service_frame
