// Writes traces one after the other in a format that other programs read.
#pragma once

#include <cstdint>
#include <cstdio>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "awry/parquet/span_file.h"
#include "base/status.h"
#include "codec/compress.h"
#include "trace/label.h"
#include "trace/span.h"

namespace awry::app {

enum class ExportFormat {
  kOtlpJson,   // JSON lines, one trace a line
  kOtlpProto,  // one TracesData
  kJaegerJson,  // {"data": [trace, …]}
  kParquet      // one row a span (docs/export.md)
};

// kInvalidArgument lists the formats; kUnimplemented: this program was built without Parquet.
base::Result<ExportFormat> ParseExportFormat(const std::string& text);

// Keeps at most a few MiB (Parquet: some dozen). Used by one thread.
class ExportWriter {
 public:
  // `path` "-" or "" is standard output; names that end in .gz or .zst are compressed, but not
  // Parquet, which is compressed inside.
  static base::Result<std::unique_ptr<ExportWriter>> Create(const std::string& path,
                                                            ExportFormat format);
  ~ExportWriter();

  // Whether Add wants the labels of a trace.
  bool takes_labels() const { return format_ == ExportFormat::kParquet; }
  base::Status Add(const trace::Trace& trace, std::span<const trace::Label> labels);
  // Writes what is left; call once, at the end.
  base::Status Finish();
  uint64_t traces() const { return traces_; }
  uint64_t spans() const { return spans_; }

 private:
  ExportWriter(ExportFormat format, std::string path) : format_(format), path_(std::move(path)) {}
  base::Status WriteOut();

  const ExportFormat format_;
  const std::string path_;
  std::optional<codec::Compression> compression_;
  FILE* file_ = nullptr;                       // null for Parquet
  std::unique_ptr<parquet::SpanFile> table_;  // for Parquet alone
  std::string buffer_;
  uint64_t traces_ = 0, spans_ = 0;
};

}  // namespace awry::app
