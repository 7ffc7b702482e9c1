// Jaeger's RED metrics (wire-contract 5.4) and our monitor.
#pragma once

#include "awry/api/context.h"

namespace awry::api {

void AddMetrics(const ContextPtr& context, const AddRoute& add);

}  // namespace awry::api
