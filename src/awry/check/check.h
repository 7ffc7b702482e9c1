// A check: a query that no trace may match, or that every trace must. Meaning: docs/checks.md.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"

namespace awry::check {

inline constexpr size_t kChecksMax = 200;
inline constexpr size_t kNameBytesMax = 100;
inline constexpr size_t kDescriptionBytesMax = 2'048;

enum class Severity { kInfo, kWarning, kError };
std::string_view SeverityName(Severity severity);  // "info", "warning", "error"
std::optional<Severity> SeverityFromName(std::string_view name);

struct Check {
  std::string name;  // 1 to kNameBytesMax bytes without control characters
  bool always = false;  // false: never
  std::string query;
  Severity severity = Severity::kError;
  std::string description;
  bool operator==(const Check&) const = default;
};

// Where and why a text holds no checks.
struct Problem {
  size_t line = 0;    // of the YAML text, from 1; 0: not known
  size_t column = 0;  // from 1
  std::string check;  // the check's name, when it is the check that is wrong
  size_t query_column = 0;  // in the query's text, from 1; 0: the query is not what is wrong
  std::string expected;     // of a query that does not parse
  std::string found;
};

// A check and where it stands in a text, for messages.
struct PlacedCheck {
  Check check;
  size_t line = 0;  // of its name; 0: not known
  size_t column = 0;
};

}  // namespace awry::check
