#include "awry/columnar/segment_jobs.h"

#include <algorithm>

#include "awry/columnar/attribute_merge.h"
#include "awry/columnar/segment_file_writer.h"
#include "awry/columnar/segment_writer.h"

namespace awry::columnar {

using base::Status;

namespace {

constexpr int kLevel = 1;  // of zstd: a higher one gains a hundredth
constexpr size_t kMergeMin = 8;
constexpr size_t kMergeMax = 16;
constexpr size_t kSegmentsAtRest = 7;
constexpr uint64_t kMergedSpansMax = 32'000'000;

}  // namespace

Status WriteTable(base::FileSystem& files, const std::string& path, const MemTable& table) {
  ASSIGN_OR_RETURN(const std::unique_ptr<SegmentWriter> writer,
                   SegmentWriter::Create(files, path, kLevel));
  SchemaMap map(table.schema(), writer->schema());
  Status status;
  table.VisitSorted(table.span_count(), [&](Row& row) {
    row.shape = map.Shape(row.shape);
    status = writer->Add(row);
    return status.ok();
  });
  RETURN_IF_ERROR(status);
  return writer->Finish(table.arrival_min_ns(), table.arrival_max_ns());
}

namespace {

// Copies the bytes of a run and tells the footer where they stand now.
Status CopyRun(const SegmentRun& run, SegmentFileWriter& writer, SegmentFooter& footer,
               const std::function<bool()>& stop) {
  constexpr uint64_t kCopyBytes = 1 << 20;
  RunFooter copy = run.footer();
  const uint64_t from = copy.offset(), end = copy.end();
  const uint64_t to = writer.offset();
  std::string bytes;
  for (uint64_t at = from; at < end; at += bytes.size()) {
    if (stop()) return {base::StatusCode::kCancelled, "merge stopped"};
    RETURN_IF_ERROR(run.file().ReadBytes(at, std::min(kCopyBytes, end - at), bytes));
    writer.buffer().append(bytes);
    RETURN_IF_ERROR(writer.WriteOut());
  }
  for (GroupRef& group : copy.groups) group.offset = group.offset - from + to;
  for (BlockRef* block : {&copy.schema, &copy.trace_index, &copy.trace_filter})
    block->offset = block->offset - from + to;
  footer.Add(std::move(copy));
  return base::OkStatus();
}

}  // namespace

// Runs are copied as they stand; only the index of attributes is made anew.
Status MergeSegments(base::FileSystem& files, const std::string& path,
                     std::span<const std::shared_ptr<const SegmentReader>> inputs,
                     const std::function<bool()>& stop) {
  ASSIGN_OR_RETURN(const std::unique_ptr<SegmentFileWriter> writer,
                   SegmentFileWriter::Create(files, path, kLevel));
  SegmentFooter footer;
  std::vector<AttributeIndexInput> indexes;
  for (const auto& input : inputs) {
    indexes.push_back({&input->attributes(), static_cast<uint32_t>(input->footer().groups),
                       [&input](size_t page, std::vector<AttributeEntry>& entries) {
                         return input->ReadAttributePage(page, entries);
                       }});
    for (const auto& run : input->runs()) RETURN_IF_ERROR(CopyRun(*run, *writer, footer, stop));
  }
  return writer->Finish(
      [&](const WriteAttributePage& write, AttributeDirectory& directory) {
        return MergeAttributeIndexes(indexes, stop, write, directory);
      },
      footer);
}

std::pair<size_t, size_t> ChooseMerge(const Segments& segments, size_t table_spans,
                                      int64_t arrival_span_max_ns,
                                      const std::set<uint64_t>& excluded) {
  const auto fits = [&](const SegmentReader& segment, uint64_t class_spans) {
    return segment.footer().spans <= class_spans && segment.version() == kSegmentVersion &&
           !excluded.contains(segment.number());
  };
  for (const uint64_t class_spans : {uint64_t{table_spans}, uint64_t{table_spans} * kMergeMax}) {
    size_t first = segments.size();
    uint64_t spans = 0;
    while (first > 0 && segments.size() - first < kMergeMax &&
           fits(*segments[first - 1], class_spans) &&
           spans + segments[first - 1]->footer().spans <= kMergedSpansMax) {
      const int64_t oldest_ns = segments[first - 1]->footer().arrival_min_ns;
      if (segments.back()->footer().arrival_max_ns - oldest_ns > arrival_span_max_ns) break;
      spans += segments[--first]->footer().spans;
    }
    if (segments.size() - first >= kMergeMin) return {first, segments.size()};
  }
  return {0, 0};
}

std::pair<size_t, size_t> ChooseIdleMerge(const Segments& segments, int64_t arrival_span_max_ns,
                                          uint64_t bytes_max, const std::set<uint64_t>& excluded) {
  std::pair<size_t, size_t> best{0, 0};
  double best_cost = 0;  // spans written for each segment less
  for (size_t first = 0; segments.size() > kSegmentsAtRest && first < segments.size(); ++first) {
    const size_t most = segments.size() - kSegmentsAtRest + 1;  // then as few are left as are wanted
    uint64_t spans = 0, largest = 0, bytes = 0;
    int64_t oldest_ns = INT64_MAX, newest_ns = INT64_MIN;
    for (size_t end = first; end < std::min(first + most, segments.size()); ++end) {
      const SegmentReader& segment = *segments[end];
      const SegmentFooter& footer = segment.footer();
      spans += footer.spans;
      bytes += segment.file_bytes();
      largest = std::max<uint64_t>(largest, footer.spans);
      oldest_ns = std::min(oldest_ns, footer.arrival_min_ns);
      newest_ns = std::max(newest_ns, footer.arrival_max_ns);
      if (segment.version() != kSegmentVersion || excluded.contains(segment.number()) ||
          spans > kMergedSpansMax || (bytes_max > 0 && bytes > bytes_max) ||
          newest_ns - oldest_ns > arrival_span_max_ns) {
        break;
      }
      if (end == first || largest > spans / 2) continue;
      const double cost = static_cast<double>(spans) / static_cast<double>(end - first);
      if (best.first != best.second && cost >= best_cost) continue;
      best_cost = cost;
      best = {first, end + 1};
    }
  }
  return best;
}

size_t ChooseDrop(const Segments& segments, uint64_t log_bytes, uint64_t bytes_max,
                  int64_t age_max_ns, int64_t now_ns) {
  uint64_t bytes = log_bytes;
  for (const auto& segment : segments) bytes += segment->file_bytes();
  size_t drop = 0;
  while (drop < segments.size()) {
    const SegmentReader& oldest = *segments[drop];
    const bool too_many = bytes_max > 0 && bytes > bytes_max;
    const bool too_old = age_max_ns > 0 && oldest.footer().arrival_max_ns < now_ns - age_max_ns;
    if (!too_many && !too_old) break;
    bytes -= oldest.file_bytes();
    ++drop;
  }
  return drop;
}

}  // namespace awry::columnar
