// Settings of Jaeger's all-in-one, so that its command line and environment start Awry in its
// place.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "base/status.h"

namespace awry::app {

struct JaegerSettings {
  std::map<std::string, std::vector<std::string>> values;  // by the name of awry serve's setting
  std::vector<std::pair<std::string, std::string>>
      hosts;                       // Jaeger's setting, the address it asks for
  std::vector<std::string> notes;  // what is not taken and why, a line each
};

// Takes Jaeger's flags (`--query.base-path=/x`, `--query.base-path /x`) out of `words`, which
// follow `awry serve`, and leaves all others. kFailedPrecondition: one asks for what must not be
// left out in silence, as TLS.
base::Result<JaegerSettings> TakeJaegerFlags(std::vector<std::string>& words);

// The same from the environment: `get(NAME)` is getenv. Only names that are Jaeger's alone are
// looked at.
base::Result<JaegerSettings> JaegerEnvironment(const std::function<const char*(const char*)>& get);

// "0.0.0.0" of "0.0.0.0:9411"; "" of ":9411".
std::string HostOf(const std::string& host_port);

}  // namespace awry::app
