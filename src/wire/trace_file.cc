// File bytes → (decompressor) → text → documents. Lines are cut out of a window that slides over
// the text; a format without lines lets the window grow to the whole file.
#include "wire/trace_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <memory>
#include <optional>

#include "codec/compress.h"
#include "wire/jaeger_json.h"
#include "wire/otlp_json.h"
#include "wire/otlp_proto.h"

namespace awry::wire {
namespace {

using base::InvalidArgument;
using base::OkStatus;
using base::Status;

constexpr size_t kPieceBytes = 4 << 20;
constexpr size_t kPadding = OtlpJsonDecoder::kPaddingBytes;

class InputFile {
 public:
  ~InputFile() {
    if (fd_ > 0) ::close(fd_);
  }
  Status Open(const std::string& path) {
    if (path == "-") {
      fd_ = 0;
      return OkStatus();
    }
    fd_ = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (fd_ < 0) return base::ErrnoStatus(errno, "cannot open trace file: " + path);
    struct stat info{};
    if (::fstat(fd_, &info) == 0 && S_ISREG(info.st_mode))
      total_ = static_cast<uint64_t>(info.st_size);
    return OkStatus();
  }
  // Appends up to `bytes`; nothing at the end.
  Status Read(size_t bytes, std::string& out) {
    const size_t before = out.size();
    out.resize(before + bytes);
    ssize_t got = 0;
    do {
      got = ::read(fd_, out.data() + before, bytes);
    } while (got < 0 && errno == EINTR);
    out.resize(before + (got > 0 ? static_cast<size_t>(got) : 0));
    if (got < 0) return base::ErrnoStatus(errno, "cannot read trace file");
    read_ += static_cast<uint64_t>(got);
    return OkStatus();
  }
  uint64_t bytes_read() const { return read_; }
  uint64_t bytes_total() const { return total_; }

 private:
  int fd_ = -1;
  uint64_t read_ = 0;
  uint64_t total_ = 0;
};

// The file's content after decompression.
class Content {
 public:
  Status Open(const std::string& path) {
    RETURN_IF_ERROR(file_.Open(path));
    RETURN_IF_ERROR(file_.Read(kPieceBytes, raw_));
    rest_ = raw_;
    if (const auto compression = codec::DetectCompression(raw_)) {
      ASSIGN_OR_RETURN(decompressor_, codec::Decompressor::Create(*compression));
    }
    return OkStatus();
  }
  // Appends about kPieceBytes; `is_end` when there is no more.
  Status Read(std::string& out, bool& is_end) {
    if (rest_.empty() && !full_) {
      raw_.clear();
      RETURN_IF_ERROR(file_.Read(kPieceBytes, raw_));
      rest_ = raw_;
      if (raw_.empty()) {
        is_end = true;
        return decompressor_ ? decompressor_->Finish() : OkStatus();
      }
    }
    if (!decompressor_) {
      out += rest_;
      rest_ = {};
      return OkStatus();
    }
    const size_t before = out.size();
    RETURN_IF_ERROR(decompressor_->Push(rest_, out, kPieceBytes));
    full_ = out.size() - before >= kPieceBytes;
    return OkStatus();
  }
  const InputFile& file() const { return file_; }

 private:
  InputFile file_;
  std::string raw_;
  std::string_view rest_;
  std::unique_ptr<codec::Decompressor> decompressor_;
  bool full_ = false;  // the decompressor may hold more output
};

bool IsBlank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

std::string_view TrimLeft(std::string_view text) {
  while (!text.empty() && IsBlank(text.front())) text.remove_prefix(1);
  return text;
}

// The first key of a JSON object, without undoing escapes.
std::string_view FirstKey(std::string_view json) {
  json = TrimLeft(json);
  if (json.empty() || json.front() != '{') return {};
  json = TrimLeft(json.substr(1));
  if (json.empty() || json.front() != '"') return {};
  const size_t end = json.find('"', 1);
  return end == std::string_view::npos ? std::string_view() : json.substr(1, end - 1);
}

bool IsJaegerJson(std::string_view json) {
  if (TrimLeft(json).starts_with('[')) return true;
  const std::string_view key = FirstKey(json);
  for (const std::string_view name : {"data", "traceID", "spans", "processes", "total", "limit",
                                      "offset", "errors", "warnings"}) {
    if (key == name) return true;
  }
  return false;
}

// Follows a JSON text until its first value is complete.
class DepthScanner {
 public:
  // Returns true once the value has ended within `text`.
  bool Feed(std::string_view text) {
    for (const char c : text) {
      if (in_string_) {
        if (escaped_) {
          escaped_ = false;
        } else if (c == '\\') {
          escaped_ = true;
        } else if (c == '"') {
          in_string_ = false;
        }
      } else if (c == '"') {
        in_string_ = true;
      } else if (c == '{' || c == '[') {
        ++depth_;
      } else if ((c == '}' || c == ']') && --depth_ == 0) {
        return true;
      }
    }
    return false;
  }

 private:
  int64_t depth_ = 0;
  bool in_string_ = false;
  bool escaped_ = false;
};

class Reader {
 public:
  Reader(const std::string& path, trace::SpanSink& sink, DecodeReport& report,
         const TraceFileOptions& options)
      : path_(path), sink_(sink), report_(report), options_(options) {}

  Status Run() {
    RETURN_IF_ERROR(Named(content_.Open(path_)));
    bool is_end = false;
    while (!is_end && TrimLeft(text_).empty()) RETURN_IF_ERROR(Fill(is_end));
    const std::string_view start = TrimLeft(text_);
    if (start.empty()) return Progress();
    if (start.front() != '{' && start.front() != '[') return Whole(is_end, true);
    ASSIGN_OR_RETURN(const bool has_lines, HasLines(is_end));
    return has_lines ? Lines(is_end) : Whole(is_end, false);
  }

 private:
  Status Named(const Status& status) const {
    return status.ok() ? status : status.WithContext("trace file " + path_);
  }

  Status Fill(bool& is_end) {
    const size_t before = text_.size();
    RETURN_IF_ERROR(Named(content_.Read(text_, is_end)));
    if (text_.size() > options_.document_bytes_max) {
      return base::ResourceExhausted("trace file has a document over the limit: " + path_ + ", " +
                                     std::to_string(options_.document_bytes_max) + " bytes");
    }
    return text_.size() == before ? OkStatus() : Progress();
  }

  Status Progress() {
    if (!options_.on_progress) return OkStatus();
    const TraceFileProgress progress{.bytes_read = content_.file().bytes_read(),
                                     .bytes_total = content_.file().bytes_total(),
                                     .spans = report_.accepted};
    if (options_.on_progress(progress)) return OkStatus();
    return {base::StatusCode::kCancelled, "reading was stopped: " + path_};
  }

  // True when the first value ends on the line on which it begins, and more follows.
  base::Result<bool> HasLines(bool& is_end) {
    DepthScanner scanner;
    const size_t start = text_.size() - TrimLeft(text_).size();
    for (size_t at = start;;) {
      const size_t newline = text_.find('\n', at);
      const size_t end = newline == std::string::npos ? text_.size() : newline;
      const bool is_complete = scanner.Feed(std::string_view(text_).substr(at, end - at));
      if (is_complete || newline != std::string::npos) return is_complete;
      if (is_end) return false;
      at = end;
      if (const Status status = Fill(is_end); !status.ok()) return status;
    }
  }

  Status Lines(bool& is_end) {
    for (uint64_t line = 1;;) {
      size_t done = 0;
      for (size_t newline; (newline = text_.find('\n', done)) != std::string::npos;
           done = newline + 1) {
        RETURN_IF_ERROR(Line(std::string_view(text_).substr(done, newline - done), line++));
      }
      if (is_end) {
        RETURN_IF_ERROR(Line(std::string_view(text_).substr(done), line));
        return Progress();
      }
      text_.erase(0, done);
      RETURN_IF_ERROR(Fill(is_end));
    }
  }

  Status Line(std::string_view line, uint64_t number) {
    if (TrimLeft(line).empty()) return OkStatus();
    const Status status = IsJaegerJson(line) ? DecodeJaegerJson(line, sink_, report_) : Otlp(line);
    if (!status.ok())
      return status.WithContext("trace file " + path_ + ", line " + std::to_string(number));
    return options_.on_document ? options_.on_document() : OkStatus();
  }

  Status Otlp(std::string_view json) {
    const size_t behind =
        static_cast<size_t>(text_.data() + text_.size() - (json.data() + json.size()));
    // Without enough text behind the line, the decoder copies it.
    return behind >= kPadding ? json_.DecodePadded(json, sink_, report_)
                              : json_.Decode(json, sink_, report_);
  }

  Status Whole(bool& is_end, bool is_proto) {
    while (!is_end) RETURN_IF_ERROR(Fill(is_end));
    const Status status = is_proto ? Proto(text_) : Json();
    RETURN_IF_ERROR(Named(status));
    if (options_.on_document) RETURN_IF_ERROR(options_.on_document());
    return Progress();
  }

  Status Json() {
    if (IsJaegerJson(text_)) return DecodeJaegerJson(text_, sink_, report_);
    const size_t size = text_.size();
    text_.append(kPadding, ' ');
    return json_.DecodePadded(std::string_view(text_).substr(0, size), sink_, report_);
  }

  // TracesData, or any number of them after 4 bytes of big-endian length each (the Collector's file
  // exporter).
  Status Proto(std::string_view bytes) {
    if (bytes.front() != '\0') return DecodeOtlpProto(bytes, sink_, report_);
    while (!bytes.empty()) {
      if (bytes.size() < 4) return InvalidArgument("a message length is cut short");
      uint32_t length = 0;
      for (int i = 0; i < 4; ++i)
        length = length << 8 | static_cast<unsigned char>(bytes[static_cast<size_t>(i)]);
      bytes.remove_prefix(4);
      if (length > bytes.size()) return InvalidArgument("a message is cut short");
      RETURN_IF_ERROR(DecodeOtlpProto(bytes.substr(0, length), sink_, report_));
      bytes.remove_prefix(length);
    }
    return OkStatus();
  }

  const std::string& path_;
  trace::SpanSink& sink_;
  DecodeReport& report_;
  const TraceFileOptions& options_;
  Content content_;
  std::string text_;
  OtlpJsonDecoder json_;
};

}  // namespace

Status ReadTraceFile(const std::string& path, trace::SpanSink& sink, DecodeReport& report,
                     const TraceFileOptions& options) {
  return Reader(path, sink, report, options).Run();
}

}  // namespace awry::wire
