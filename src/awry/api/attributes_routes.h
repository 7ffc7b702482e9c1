// Completion of keys and values, from the newest traces.
#pragma once

#include "awry/api/context.h"

namespace awry::api {

void AddAttributes(const ContextPtr& context, const AddRoute& add);

}  // namespace awry::api
