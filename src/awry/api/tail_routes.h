// GET /api/v1/tail: matching traces as they arrive, as server-sent events.
#pragma once

#include "awry/api/context.h"

namespace awry::api {

void AddTail(const ContextPtr& context, const AddRoute& add);

}  // namespace awry::api
