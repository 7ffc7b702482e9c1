// Checks as YAML: a list, or a map with the one key `checks`. Format: docs/checks.md.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "awry/check/check.h"
#include "base/status.h"

namespace awry::check {

inline constexpr size_t kYamlBytesMax = 256 << 10;

// kInvalidArgument with line and column: no YAML, an unknown or repeated key, a value of the wrong
// kind, anchors, aliases, tags, a second document. kResourceExhausted: more than kYamlBytesMax or
// kChecksMax. An empty text holds no checks. `problem` is filled on failure when given. Queries are not
// looked at: RuleSet::Make does.
base::Result<std::vector<PlacedCheck>> ReadYaml(std::string_view text, Problem* problem = nullptr);

// Text that ReadYaml reads back as the same checks.
std::string WriteYaml(const std::vector<Check>& checks);
// `text` as a YAML scalar on one line.
std::string YamlScalar(std::string_view text);

}  // namespace awry::check
