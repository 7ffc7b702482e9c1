// POST /api/v1/backup.
#pragma once

#include "awry/api/context.h"

namespace awry::api {

void AddBackup(const ContextPtr& context, const AddRoute& add);

}  // namespace awry::api
