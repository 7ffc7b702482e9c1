// segment := header | group* | schema | trace index | trace filter | attribute page* |
//            attribute directory | footer | trailer
#include "awry/columnar/segment_writer.h"

#include <algorithm>

#include "base/check.h"
#include "codec/crc32c.h"
#include "codec/varint.h"

namespace awry::columnar {

using base::Result;
using base::Status;
using codec::PutFixed;

Result<std::unique_ptr<SegmentWriter>> SegmentWriter::Create(base::FileSystem& files,
                                                             std::string path, int zstd_level) {
  std::unique_ptr<SegmentWriter> writer(new SegmentWriter(files, std::move(path), zstd_level));
  ASSIGN_OR_RETURN(writer->file_, files.OpenForAppend(writer->path_ + ".tmp", true));
  writer->buffer_.append(kSegmentMagic);
  PutFixed(writer->buffer_, kSegmentVersion);
  PutFixed(writer->buffer_, uint32_t{0});
  writer->footer_.start_min_ns = INT64_MAX;
  writer->footer_.start_max_ns = INT64_MIN;
  return writer;
}

Status SegmentWriter::Add(const Row& row) {
  const bool new_trace = footer_.traces == 0 || row.trace_id != last_trace_;
  CHECK(footer_.traces == 0 || !new_trace || last_trace_ < row.trace_id);
  const uint32_t spans = group_.span_count();
  if ((new_trace && spans >= kGroupSpans) || spans >= kGroupSpansMax) RETURN_IF_ERROR(EndGroup());
  if (new_trace) {
    ++footer_.traces;
    last_trace_ = row.trace_id;
    trace_hashes_.push_back(TraceFilter::Hash(row.trace_id));
  }
  const auto ordinal = static_cast<uint32_t>(footer_.traces - 1);
  if (group_.span_count() == 0) group_first_ordinal_ = ordinal;
  group_.Add(row);
  traces_.Add(ordinal, row);
  ++footer_.spans;
  footer_.start_min_ns = std::min(footer_.start_min_ns, row.start_ns);
  footer_.start_max_ns = std::max(footer_.start_max_ns, row.start_ns);
  return base::OkStatus();
}

Status SegmentWriter::EndGroup() {
  if (group_.span_count() == 0) return base::OkStatus();
  hashes_.clear();
  GroupRef ref = group_.Finish(encoder_, written_bytes_, buffer_, hashes_);
  ref.first_ordinal = group_first_ordinal_;
  attributes_.AddGroup(static_cast<uint32_t>(footer_.groups.size()), hashes_);
  footer_.groups.push_back(ref);
  return WriteOut(false);
}

Status SegmentWriter::WriteOut(bool all) {
  constexpr size_t kWriteBytes = 256 << 10;
  if (!all && buffer_.size() < kWriteBytes) return base::OkStatus();
  RETURN_IF_ERROR(file_->Append(buffer_));
  written_bytes_ += buffer_.size();
  buffer_.clear();
  return base::OkStatus();
}

Result<BlockRef> SegmentWriter::AddBlock(std::string_view raw, bool compress) {
  const size_t before = buffer_.size();
  encoder_.Append(raw, compress, buffer_);
  const BlockRef ref{written_bytes_ + before, static_cast<uint32_t>(buffer_.size() - before)};
  RETURN_IF_ERROR(WriteOut(false));
  return ref;
}

Result<SegmentFooter> SegmentWriter::Finish(int64_t arrival_min_ns, int64_t arrival_max_ns) {
  CHECK(footer_.spans > 0);
  RETURN_IF_ERROR(EndGroup());
  footer_.arrival_min_ns = arrival_min_ns;
  footer_.arrival_max_ns = arrival_max_ns;
  std::string raw;
  schema_.Encode(raw);
  ASSIGN_OR_RETURN(footer_.schema, AddBlock(raw, true));
  ASSIGN_OR_RETURN(footer_.trace_index, AddBlock(traces_.Finish(footer_.start_min_ns), true));
  ASSIGN_OR_RETURN(footer_.trace_filter,
                   AddBlock(TraceFilter::Build(trace_hashes_).bytes(), false));
  AttributeDirectory directory;
  RETURN_IF_ERROR(attributes_.Finish(
      static_cast<uint32_t>(footer_.groups.size()),
      [this](std::string_view page, uint64_t& offset, uint32_t& bytes) -> Status {
        ASSIGN_OR_RETURN(const BlockRef ref, AddBlock(page, false));
        offset = ref.offset;
        bytes = ref.bytes;
        return base::OkStatus();
      },
      directory));
  ASSIGN_OR_RETURN(footer_.attribute_directory, AddBlock(EncodeDirectory(directory), true));
  const std::string footer = EncodeFooter(footer_);
  const uint64_t footer_offset = written_bytes_ + buffer_.size();
  buffer_.append(footer);
  std::string trailer;
  PutFixed(trailer, footer_offset);
  PutFixed(trailer, static_cast<uint32_t>(footer.size()));
  PutFixed(trailer, codec::Crc32c(trailer, codec::Crc32c(footer)));
  PutFixed(trailer, kSegmentVersion);
  trailer.append(kSegmentMagic);
  buffer_.append(trailer);
  RETURN_IF_ERROR(WriteOut(true));
  RETURN_IF_ERROR(file_->Sync());
  file_.reset();
  RETURN_IF_ERROR(files_.Rename(path_ + ".tmp", path_));
  return footer_;
}

}  // namespace awry::columnar
