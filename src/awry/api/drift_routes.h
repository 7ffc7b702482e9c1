// GET /api/v1/drift. Method: docs/drift.md.
#pragma once

#include "awry/api/context.h"

namespace awry::api {

void AddDrift(const ContextPtr& context, const AddRoute& add);

}  // namespace awry::api
