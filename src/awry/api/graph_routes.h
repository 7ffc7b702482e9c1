// GET /api/v1/graph: services, the calls between them, and how they fare.
#pragma once

#include "awry/api/context.h"

namespace awry::api {

void AddGraph(const ContextPtr& context, const AddRoute& add);

}  // namespace awry::api
