// What violated checks say among the findings.
#pragma once

#include <vector>

#include "awry/check/watcher.h"
#include "awry/why/findings.h"

namespace awry::api {

// One a check of severity warning or error that was violated in the time of the ledger's counts, most
// severe first. A check has ended when it was held so often since that a violation was overdue.
std::vector<why::ReportedCause> ViolatedChecks(check::Watcher& watcher);

// The name of an attribute as causes give it; "" for what they have no name for.
std::string CauseAttribute(const query::Field& field);

}  // namespace awry::api
