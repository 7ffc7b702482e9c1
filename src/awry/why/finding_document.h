// Findings as the document that the store keeps.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "awry/why/findings.h"
#include "base/status.h"

namespace awry::why {

std::string WriteFindings(const std::vector<Finding>& findings);
// kDataLoss when the text is no such document.
base::Result<std::vector<Finding>> ReadFindings(std::string_view text);

// Stands for what a cause is about: span and first attribute.
std::string FindingId(const Cause& cause);
// Of a finding that a check reports.
std::string CheckFindingId(std::string_view check);
// The same span, and an attribute in common (or none on either side).
bool SameSubject(const Cause& x, const Cause& y);

}  // namespace awry::why
