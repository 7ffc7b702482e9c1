// run := group* | schema | trace index | trace filter
#include "awry/columnar/segment_writer.h"

#include <algorithm>

#include "base/check.h"

namespace awry::columnar {

using base::Result;
using base::Status;

Result<std::unique_ptr<SegmentWriter>> SegmentWriter::Create(base::FileSystem& files,
                                                             std::string path, int zstd_level) {
  ASSIGN_OR_RETURN(std::unique_ptr<SegmentFileWriter> file,
                   SegmentFileWriter::Create(files, std::move(path), zstd_level));
  return std::unique_ptr<SegmentWriter>(new SegmentWriter(std::move(file)));
}

Status SegmentWriter::Add(const Row& row) {
  const bool new_trace = run_.traces == 0 || row.trace_id != last_trace_;
  CHECK(run_.traces == 0 || !new_trace || last_trace_ < row.trace_id);
  const uint32_t spans = group_.span_count();
  const uint32_t enough =
      std::clamp(group_.shape_count() * kGroupSpansPerShape, kGroupSpans, kGroupSpansMost);
  const bool complete = spans >= enough || group_.column_count() > kGroupColumnsMax;
  if ((new_trace && complete) || spans >= kGroupSpansMax || group_.WouldBeTooWide(row)) RETURN_IF_ERROR(EndGroup());
  if (new_trace) {
    ++run_.traces;
    last_trace_ = row.trace_id;
    trace_hashes_.push_back(TraceFilter::Hash(row.trace_id));
  }
  const auto ordinal = static_cast<uint32_t>(run_.traces - 1);
  if (group_.span_count() == 0) group_first_ordinal_ = ordinal;
  group_.Add(row);
  traces_.Add(ordinal, row);
  ++run_.spans;
  run_.start_min_ns = std::min(run_.start_min_ns, row.start_ns);
  run_.start_max_ns = std::max(run_.start_max_ns, row.start_ns);
  return base::OkStatus();
}

Status SegmentWriter::EndGroup() {
  if (group_.span_count() == 0) return base::OkStatus();
  hashes_.clear();
  GroupRef ref = group_.Finish(file_->buffer_offset(), file_->buffer(), hashes_);
  ref.first_ordinal = group_first_ordinal_;
  attributes_.AddGroup(static_cast<uint32_t>(run_.groups.size()), hashes_);
  run_.groups.push_back(ref);
  return file_->WriteOut();
}

Status SegmentWriter::Finish(int64_t arrival_min_ns, int64_t arrival_max_ns) {
  CHECK(run_.spans > 0);
  RETURN_IF_ERROR(EndGroup());
  run_.arrival_min_ns = arrival_min_ns;
  run_.arrival_max_ns = arrival_max_ns;
  std::string raw;
  schema_.Encode(raw);
  ASSIGN_OR_RETURN(run_.schema, file_->AddBlock(raw, true));
  ASSIGN_OR_RETURN(run_.trace_index, file_->AddBlock(traces_.Finish(run_.start_min_ns), true));
  ASSIGN_OR_RETURN(run_.trace_filter,
                   file_->AddBlock(TraceFilter::Build(trace_hashes_).bytes(), false));
  SegmentFooter footer;
  footer.Add(std::move(run_));
  const auto groups = static_cast<uint32_t>(footer.groups);
  return file_->Finish(
      [&](const WriteAttributePage& write, AttributeDirectory& directory) {
        return attributes_.Finish(groups, write, directory);
      },
      footer);
}

}  // namespace awry::columnar
