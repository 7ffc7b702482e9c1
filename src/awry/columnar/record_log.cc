// log    := header record*
// header := magic 8 | version u32 | kind u32 | number u64 | crc32c of the 24 bytes before u32
// record := marker u32 | crc32c of the rest u32 | payload bytes u32 | type u8 | sequence u64 |
// payload
#include "awry/columnar/record_log.h"

#include <fmt/format.h>

#include <algorithm>

#include "codec/crc32c.h"
#include "codec/varint.h"

namespace awry::columnar {

using base::Result;
using base::Status;
using codec::PutFixed;
using codec::ReadFixed;

namespace {

constexpr size_t kCopiedBytesMax = size_t{64} << 10;

std::string Header(LogKind kind, uint64_t number) {
  std::string header(kLogMagic);
  PutFixed(header, kLogVersion);
  PutFixed(header, static_cast<uint32_t>(kind));
  PutFixed(header, number);
  PutFixed(header, codec::Crc32c(header));
  return header;
}

// All of a record but its payload.
void AppendRecordHead(const LogRecord& record, uint64_t sequence, std::string& out) {
  std::string head;
  PutFixed(head, static_cast<uint32_t>(record.payload.size()));
  PutFixed(head, record.type);
  PutFixed(head, sequence);
  PutFixed(out, kRecordMarker);
  PutFixed(out, codec::Crc32c(record.payload, codec::Crc32c(head)));
  out.append(head);
}

struct Parsed {
  LogRecord record;
  uint64_t sequence = 0;
  size_t bytes = 0;  // 0: no valid record here
};

Parsed ParseRecord(std::string_view bytes) {
  if (bytes.size() < kRecordHeaderBytes) return {};
  if (ReadFixed<uint32_t>(bytes.data()) != kRecordMarker) return {};
  const auto crc = ReadFixed<uint32_t>(bytes.data() + 4);
  const auto length = ReadFixed<uint32_t>(bytes.data() + 8);
  if (length > kRecordPayloadBytesMax || length > bytes.size() - kRecordHeaderBytes) return {};
  if (codec::Crc32c(bytes.substr(8, kRecordHeaderBytes - 8 + length)) != crc) return {};
  return {.record = {.type = static_cast<uint8_t>(bytes[12]),
                     .payload = bytes.substr(kRecordHeaderBytes, length)},
          .sequence = ReadFixed<uint64_t>(bytes.data() + 13),
          .bytes = kRecordHeaderBytes + length};
}

enum class Behind { kNothing, kValidRecord, kTooMuchToTell };

// Looks for a valid record anywhere in `bytes`. A payload may be full of markers, so the work is
// limited.
Behind LookForRecord(std::string_view bytes) {
  constexpr std::string_view kMarker = "AWRY";
  uint64_t budget_bytes = uint64_t{4} << 30;
  for (size_t at = bytes.find(kMarker); at != std::string_view::npos;
       at = bytes.find(kMarker, at + 1)) {
    const std::string_view here = bytes.substr(at);
    if (ParseRecord(here).bytes != 0) return Behind::kValidRecord;
    const uint64_t cost =
        here.size() < kRecordHeaderBytes
            ? 1
            : std::min<uint64_t>(here.size(), ReadFixed<uint32_t>(here.data() + 8));
    if (cost > budget_bytes) return Behind::kTooMuchToTell;
    budget_bytes -= cost;
  }
  return Behind::kNothing;
}

Status Corrupt(std::string_view what, const std::string& path, size_t offset) {
  return base::DataLoss(fmt::format("{}: {}, offset {}", what, path, offset));
}

// kOk with true: the header is good. With false: it is torn.
Result<bool> CheckHeader(std::string_view bytes, const std::string& path, LogKind kind,
                         uint64_t number) {
  const std::string expected = Header(kind, number);
  if (bytes.substr(0, kLogHeaderBytes) == expected) return true;
  if (bytes.size() >= kLogHeaderBytes && bytes.starts_with(kLogMagic) &&
      codec::Crc32c(bytes.substr(0, 24)) == ReadFixed<uint32_t>(bytes.data() + 24)) {
    const auto version = ReadFixed<uint32_t>(bytes.data() + 8);
    if (version > kLogVersion) {
      return base::Unimplemented(fmt::format(
          "written by a newer Awry: log version {}, this one reads up to {}: {}", version, kLogVersion,
          path));
    }
    return Corrupt("log header names another log", path, 8);
  }
  const Behind behind = LookForRecord(bytes);
  if (behind == Behind::kNothing) return false;
  return Corrupt("log header is corrupt", path, 0);
}

}  // namespace

Result<std::unique_ptr<LogWriter>> LogWriter::Create(base::FileSystem& files,
                                                     const std::string& path, LogKind kind,
                                                     uint64_t number) {
  std::unique_ptr<LogWriter> writer(new LogWriter(files, path));
  ASSIGN_OR_RETURN(writer->file_, files.OpenForAppend(path, true));
  const std::string header = Header(kind, number);
  RETURN_IF_ERROR(writer->file_->Append(header));
  RETURN_IF_ERROR(writer->file_->Sync());
  const size_t slash = path.rfind('/');
  RETURN_IF_ERROR(files.SyncDir(slash == std::string::npos ? "." : path.substr(0, slash)));
  writer->size_bytes_ = header.size();
  return writer;
}

Result<std::unique_ptr<LogWriter>> LogWriter::Continue(base::FileSystem& files,
                                                       const std::string& path, uint64_t size_bytes,
                                                       uint64_t next_sequence) {
  std::unique_ptr<LogWriter> writer(new LogWriter(files, path));
  ASSIGN_OR_RETURN(writer->file_, files.OpenForAppend(path, false));
  writer->size_bytes_ = size_bytes;
  writer->sequence_ = next_sequence;
  return writer;
}

Status LogWriter::Append(std::span<const LogRecord> records, bool sync) {
  RETURN_IF_ERROR(Repair());
  for (const LogRecord& record : records) {
    if (record.payload.size() > kRecordPayloadBytesMax)
      return base::InvalidArgument("batch over the limit of 1 GiB, send less at once");
  }
  // Small records share a write; a large one is written from where it is.
  buffer_.clear();
  uint64_t bytes = 0;
  Status status;
  for (size_t i = 0; i < records.size() && status.ok(); ++i) {
    AppendRecordHead(records[i], sequence_ + i, buffer_);
    bytes += kRecordHeaderBytes + records[i].payload.size();
    if (records[i].payload.size() <= kCopiedBytesMax) {
      buffer_.append(records[i].payload);
      if (buffer_.size() > kCopiedBytesMax) status = WriteOut();
    } else {
      status = WriteOut();
      if (status.ok()) status = file_->Append(records[i].payload);
    }
  }
  if (status.ok()) status = WriteOut();
  if (status.ok() && sync) status = file_->Sync();
  if (!status.ok()) {
    torn_ = true;
    (void)Repair().ok();  // when it fails, the next Append tries again
    return status;
  }
  size_bytes_ += bytes;
  sequence_ += records.size();
  return base::OkStatus();
}

Status LogWriter::WriteOut() {
  if (buffer_.empty()) return base::OkStatus();
  RETURN_IF_ERROR(file_->Append(buffer_));
  buffer_.clear();
  return base::OkStatus();
}

Status LogWriter::Repair() {
  if (!torn_) return base::OkStatus();
  RETURN_IF_ERROR(files_.Truncate(path_, size_bytes_));
  RETURN_IF_ERROR(file_->Sync());
  torn_ = false;
  return base::OkStatus();
}

Status LogWriter::Sync() { return file_->Sync(); }

Result<LogTail> ReplayLogBytes(std::string_view bytes, const std::string& path, LogKind kind,
                               uint64_t number,
                               const std::function<Status(const LogRecord& record)>& visit) {
  LogTail tail{.torn_bytes = bytes.size()};
  ASSIGN_OR_RETURN(const bool whole, CheckHeader(bytes, path, kind, number));
  if (!whole) return tail;
  size_t offset = kLogHeaderBytes;
  while (offset < bytes.size()) {
    const Parsed parsed = ParseRecord(bytes.substr(offset));
    if (parsed.bytes == 0) {
      if (LookForRecord(bytes.substr(offset + 1)) != Behind::kNothing) {
        return Corrupt("log record is corrupt, valid ones follow", path, offset);
      }
      break;
    }
    if (parsed.sequence != tail.records)
      return Corrupt("log has a gap before the record", path, offset);
    RETURN_IF_ERROR(visit(parsed.record).WithContext(fmt::format("{}, offset {}", path, offset)));
    ++tail.records;
    offset += parsed.bytes;
  }
  tail.good_bytes = offset;
  tail.torn_bytes = bytes.size() - offset;
  return tail;
}

Result<LogTail> ReplayLog(base::FileSystem& files, const std::string& path, LogKind kind,
                          uint64_t number,
                          const std::function<Status(const LogRecord& record)>& visit) {
  ASSIGN_OR_RETURN(const std::string bytes, files.ReadAll(path));
  return ReplayLogBytes(bytes, path, kind, number, visit);
}

}  // namespace awry::columnar
