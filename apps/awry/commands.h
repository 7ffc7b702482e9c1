// The commands of the program. Each returns its exit code; what went wrong is said on standard
// error.
#pragma once

#include "options.h"

namespace awry::app {

int RunServe(const ServeOptions& options);
int RunImport(const ImportOptions& options);
int RunLabel(const LabelOptions& options);
int RunSearch(const SearchOptions& options);
int RunTrace(const TraceOptions& options);
int RunWhy(const WhyOptions& options);
int RunInvariants(const InvariantsOptions& options);
int RunStats(const StatsOptions& options);

}  // namespace awry::app
