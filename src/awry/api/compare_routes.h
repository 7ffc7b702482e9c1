// POST /api/v1/compare: two groups of traces, attribute by attribute.
#pragma once

#include "awry/api/context.h"

namespace awry::api {

void AddCompare(const ContextPtr& context, const AddRoute& add);

}  // namespace awry::api
