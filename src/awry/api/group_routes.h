// POST /api/v1/search/groups: the traces that match a query, by the value of a field.
#pragma once

#include "awry/api/context.h"

namespace awry::api {

void AddGroups(const ContextPtr& context, const AddRoute& add);

}  // namespace awry::api
