// segment := header | run* | attribute page* | attribute directory | footer | trailer
#include "awry/columnar/segment_file_writer.h"

#include "codec/crc32c.h"
#include "codec/varint.h"

namespace awry::columnar {

using base::Result;
using base::Status;
using codec::PutFixed;

Result<std::unique_ptr<SegmentFileWriter>> SegmentFileWriter::Create(base::FileSystem& files,
                                                                     std::string path,
                                                                     int zstd_level) {
  std::unique_ptr<SegmentFileWriter> writer(
      new SegmentFileWriter(files, std::move(path), zstd_level));
  ASSIGN_OR_RETURN(writer->file_, files.OpenForAppend(writer->path_ + ".tmp", true));
  writer->is_unfinished_ = true;
  writer->buffer_.append(kSegmentMagic);
  PutFixed(writer->buffer_, kSegmentVersion);
  PutFixed(writer->buffer_, uint32_t{0});
  return writer;
}

// On a full disk what could not be finished must not keep the room.
SegmentFileWriter::~SegmentFileWriter() {
  file_.reset();
  if (is_unfinished_) (void)files_.Remove(path_ + ".tmp").ok();
}

Status SegmentFileWriter::WriteOut() {
  constexpr size_t kWriteBytes = 256 << 10;
  return buffer_.size() < kWriteBytes ? base::OkStatus() : WriteAll();
}

Status SegmentFileWriter::WriteAll() {
  RETURN_IF_ERROR(file_->Append(buffer_));
  written_bytes_ += buffer_.size();
  buffer_.clear();
  return base::OkStatus();
}

Result<BlockRef> SegmentFileWriter::AddBlock(std::string_view raw, bool compress) {
  const size_t before = buffer_.size();
  encoder_.Append(raw, compress, buffer_);
  const BlockRef ref{written_bytes_ + before, static_cast<uint32_t>(buffer_.size() - before)};
  RETURN_IF_ERROR(WriteOut());
  return ref;
}

Status SegmentFileWriter::Finish(const MakeIndex& make_index, SegmentFooter& footer) {
  AttributeDirectory directory;
  RETURN_IF_ERROR(make_index(
      [this](std::string_view page, uint64_t& offset, uint32_t& bytes) -> Status {
        ASSIGN_OR_RETURN(const BlockRef ref, AddBlock(page, false));
        offset = ref.offset;
        bytes = ref.bytes;
        return base::OkStatus();
      },
      directory));
  ASSIGN_OR_RETURN(footer.attribute_directory, AddBlock(EncodeDirectory(directory), true));
  const std::string bytes = EncodeFooter(footer);
  std::string trailer;
  PutFixed(trailer, offset());
  PutFixed(trailer, static_cast<uint32_t>(bytes.size()));
  PutFixed(trailer, codec::Crc32c(trailer, codec::Crc32c(bytes)));
  PutFixed(trailer, kSegmentVersion);
  trailer.append(kSegmentMagic);
  buffer_.append(bytes).append(trailer);
  RETURN_IF_ERROR(WriteAll());
  RETURN_IF_ERROR(file_->Sync());
  file_.reset();
  RETURN_IF_ERROR(files_.Rename(path_ + ".tmp", path_));
  is_unfinished_ = false;
  return base::OkStatus();
}

}  // namespace awry::columnar
