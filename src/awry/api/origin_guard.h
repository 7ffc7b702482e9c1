// Refuses changes that a stranger's page asks for in a person's browser (CSRF, DNS rebinding).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "net/http.h"

namespace awry::api {

// OK for GET and HEAD. Others need application/json (or application/x-protobuf, which no page can
// send unasked either) when there is a body. A browser, told by its Origin or Sec-Fetch-Site, must
// also have in its address line an IP address, localhost, a name without a dot or one of
// `allowed_hosts`, and be on a page from there. kPermissionDenied or kInvalidArgument.
base::Status CheckOrigin(const net::HttpRequest& request,
                         const std::vector<std::string>& allowed_hosts);

// Whether the body of `request` says that it is JSON.
bool SaysJson(const net::HttpRequest& request);

}  // namespace awry::api
