// Reads a file of labels: JSON lines, or CSV with a header line.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "trace/label.h"

namespace awry::app {

inline constexpr size_t kLabelFileBytesMax = 256 << 20;

// "-" is standard input. kInvalidArgument names file and line.
base::Result<std::vector<trace::Label>> ReadLabelFile(const std::string& path);

// The text of such a file.
base::Result<std::vector<trace::Label>> ParseLabels(std::string_view text);

}  // namespace awry::app
