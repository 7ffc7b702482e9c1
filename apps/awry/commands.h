// The commands of the program. Each returns its exit code; what went wrong is said on standard
// error.
#pragma once

#include "options.h"

namespace awry::app {

int RunServe(const ServeOptions& options);
int RunImport(const ImportOptions& options);
int RunExport(const ExportOptions& options);
int RunBackup(const BackupOptions& options);
int RunLabel(const LabelOptions& options);
int RunSearch(const SearchOptions& options);
int RunTrace(const TraceOptions& options);
int RunWhy(const WhyOptions& options);
// 0: all checks hold, 1: one is violated, 2: it could not be checked.
int RunCheck(const CheckOptions& options);
int RunInvariants(const InvariantsOptions& options);
int RunStats(const StatsOptions& options);
int RunDrift(const DriftOptions& options);

}  // namespace awry::app
