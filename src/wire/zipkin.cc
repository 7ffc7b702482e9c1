#include "wire/zipkin.h"

#include "wire/zipkin_decode.h"

namespace awry::wire {

base::Status DecodeZipkin(ZipkinFormat format, std::string_view bytes, trace::SpanSink& sink,
                          DecodeReport& report) {
  ZipkinEmitter emitter(sink, report);
  switch (format) {
    case ZipkinFormat::kJsonV2:
      return DecodeZipkinJson(bytes, false, emitter);
    case ZipkinFormat::kJsonV1:
      return DecodeZipkinJson(bytes, true, emitter);
    case ZipkinFormat::kProtobuf:
      return DecodeZipkinProto(bytes, emitter);
    case ZipkinFormat::kThriftV1:
      return DecodeZipkinThrift(bytes, emitter);
  }
  return base::Internal("unknown Zipkin format");
}

}  // namespace awry::wire
