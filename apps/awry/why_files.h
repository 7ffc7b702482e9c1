// `awry why --traces FILE`: the question asked of files, without a store.
#pragma once

#include <string>

#include "base/status.h"
#include "options.h"

namespace awry::app {

// The answer's JSON.
base::Result<std::string> WhyOverFiles(const WhyOptions& options);

}  // namespace awry::app
