// The file in an upload.
#pragma once

#include <string_view>

#include "base/status.h"
#include "net/http.h"

namespace finance::transaction_processor {

// The body; of multipart/form-data the first part that has a file name, else the first part. Valid as
// long as the request. kInvalidArgument when the form is broken.
awry::base::Result<std::string_view> FileOfRequest(const awry::net::HttpRequest& request);

}  // namespace finance::transaction_processor
