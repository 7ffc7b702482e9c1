// What a build without AWRY_PARQUET answers.
#include "awry/parquet/span_file.h"

namespace awry::parquet {

base::Status CanWriteSpanFiles() {
  return base::Unimplemented(
      "this program was built without Parquet: build it with cmake -DAWRY_PARQUET=ON (docs/export.md), or "
      "use --format otlp-json, otlp-proto or jaeger-json");
}

base::Result<std::unique_ptr<SpanFile>> SpanFile::Create(base::FileSystem&, const std::string&,
                                                         const SpanFileOptions&) {
  return CanWriteSpanFiles();
}

}  // namespace awry::parquet
