// The store's figures as JSON, for /api/v1/status and `awry stats`.
#pragma once

#include <string>

#include "awry/api/server.h"
#include "awry/api/status_meter.h"
#include "awry/store/trace_store.h"

namespace awry::api {

// {"spans","traces","disk_bytes","memory_bytes","bytes_per_span","segments","oldest_ns","newest_ns",
// "spans_dropped","spans_per_second","traces_per_minute","problems":[…]}. spans_dropped: by
// retention and by refusal.
std::string StatsToJson(const store::StoreStats& stats, const StatusMeter::Rates& rates,
                        const IntakeCounts& intake);

}  // namespace awry::api
