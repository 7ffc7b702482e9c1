// Pieces are compressed one by one: gzip members and zstd frames in a row are one stream, and so are
// protobuf messages of one type.
#include "export_writer.h"

#include <cerrno>
#include <utility>

#include "wire/jaeger_json.h"
#include "wire/otlp_json.h"
#include "wire/otlp_proto.h"

namespace awry::app {

using base::Status;

namespace {

constexpr size_t kPieceBytes = size_t{4} << 20;

}  // namespace

base::Result<ExportFormat> ParseExportFormat(const std::string& text) {
  if (text == "otlp-json") return ExportFormat::kOtlpJson;
  if (text == "otlp-proto") return ExportFormat::kOtlpProto;
  if (text == "jaeger-json") return ExportFormat::kJaegerJson;
  if (text == "parquet") {
    RETURN_IF_ERROR(parquet::CanWriteSpanFiles());
    return ExportFormat::kParquet;
  }
  return base::InvalidArgument("--format must be otlp-json, otlp-proto, jaeger-json or parquet: '" + text + "'");
}

base::Result<std::unique_ptr<ExportWriter>> ExportWriter::Create(const std::string& path,
                                                                 ExportFormat format) {
  const bool standard = path.empty() || path == "-";
  std::unique_ptr<ExportWriter> writer(
      new ExportWriter(format, standard ? "standard output" : path));
  if (path.ends_with(".gz")) writer->compression_ = codec::Compression::kGzip;
  if (path.ends_with(".zst")) writer->compression_ = codec::Compression::kZstd;
  if (format == ExportFormat::kParquet) {
    if (writer->compression_.has_value())
      return base::InvalidArgument("--format parquet is compressed inside: choose a name without .gz or .zst: " + path);
    ASSIGN_OR_RETURN(writer->table_, parquet::SpanFile::Create(base::RealFileSystem(), path));
    return writer;
  }
  writer->file_ = standard ? stdout : std::fopen(path.c_str(), "wb");
  if (writer->file_ == nullptr) return base::ErrnoStatus(errno, "cannot write " + path);
  if (format == ExportFormat::kJaegerJson) writer->buffer_ = "{\"data\":[";
  return writer;
}

ExportWriter::~ExportWriter() {
  if (file_ != nullptr && file_ != stdout) (void)std::fclose(file_);
}

Status ExportWriter::Add(const trace::Trace& trace, std::span<const trace::Label> labels) {
  switch (format_) {
    case ExportFormat::kOtlpJson:
      wire::AppendOtlpJson(trace.spans, buffer_);
      buffer_ += '\n';
      break;
    case ExportFormat::kOtlpProto:
      buffer_ += wire::EncodeOtlpProto(trace.spans);
      break;
    case ExportFormat::kJaegerJson:
      buffer_ += traces_ == 0 ? "\n" : ",\n";
      wire::AppendJaegerTraceJson(trace, buffer_);
      break;
    case ExportFormat::kParquet:
      RETURN_IF_ERROR(table_->Add(trace, labels));
      break;
  }
  ++traces_;
  spans_ += trace.spans.size();
  return buffer_.size() < kPieceBytes ? base::OkStatus() : WriteOut();
}

Status ExportWriter::WriteOut() {
  std::string compressed;
  if (compression_.has_value()) {
    ASSIGN_OR_RETURN(compressed, codec::Compress(*compression_, buffer_));
  }
  const std::string& bytes = compression_.has_value() ? compressed : buffer_;
  if (std::fwrite(bytes.data(), 1, bytes.size(), file_) != bytes.size())
    return base::ErrnoStatus(errno, "cannot write " + path_);
  buffer_.clear();
  return base::OkStatus();
}

Status ExportWriter::Finish() {
  if (table_ != nullptr) return table_->Finish();
  if (format_ == ExportFormat::kJaegerJson) buffer_ += "\n]}\n";
  RETURN_IF_ERROR(WriteOut());
  if (std::fflush(file_) != 0) return base::ErrnoStatus(errno, "cannot write " + path_);
  FILE* file = std::exchange(file_, nullptr);
  if (file != stdout && std::fclose(file) != 0)
    return base::ErrnoStatus(errno, "cannot write " + path_);
  return base::OkStatus();
}

}  // namespace awry::app
