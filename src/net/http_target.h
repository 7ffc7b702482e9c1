// What the server, its router and the client share about requests; not for other rooms.
#pragma once

#include <string_view>

#include "base/status.h"
#include "net/http.h"

namespace awry::net {

// ASCII letters only.
bool EqualsIgnoringCase(std::string_view a, std::string_view b);

// Fills `path` and `query_params` from `target`. kInvalidArgument on a bad escape.
base::Status ReadTarget(HttpRequest& request);

}  // namespace awry::net
