// One decoder per format of zipkin.h; not for other rooms.
#pragma once

#include <string_view>

#include "base/status.h"
#include "wire/zipkin_span.h"

namespace awry::wire {

// `v1`: spans are of the first generation.
base::Status DecodeZipkinJson(std::string_view json, bool v1, ZipkinEmitter& emitter);
base::Status DecodeZipkinProto(std::string_view bytes, ZipkinEmitter& emitter);
base::Status DecodeZipkinThrift(std::string_view bytes, ZipkinEmitter& emitter);

}  // namespace awry::wire
