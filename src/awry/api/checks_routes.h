// GET and PUT /api/v1/checks, GET /api/v1/violations, GET /api/v1/instrumentation.
#pragma once

#include "awry/api/context.h"

namespace awry::api {

void AddChecks(const ContextPtr& context, const AddRoute& add);
void AddInstrumentation(const ContextPtr& context, const AddRoute& add);

// `window_s`; `fallback` when missing.
base::Result<int64_t> WindowSecondsParam(const net::HttpRequest& request, int64_t fallback, int64_t least,
                                         int64_t most);

}  // namespace awry::api
