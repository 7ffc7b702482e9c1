// A consistent copy of a store and of its archive, as one folder that opens as a store.
#pragma once

#include <string>

#include "awry/store/trace_store.h"

namespace awry::store {

// `archive` may be null. A copy that fails leaves no folder behind: the same `folder` can be asked for again.
base::Status BackupWithArchive(TraceStore& store, TraceStore* archive, const std::string& folder);

}  // namespace awry::store
