#include "awry/columnar/segment_jobs.h"

#include <algorithm>

#include "awry/columnar/segment_cursor.h"
#include "awry/columnar/segment_writer.h"

namespace awry::columnar {

using base::Status;

namespace {

constexpr int kTableLevel = 1;  // of zstd: soon merged again
constexpr int kMergeLevel = 3;
constexpr size_t kMergeMin = 8;
constexpr size_t kMergeMax = 16;
constexpr uint64_t kMergedSpansMax = 4'000'000;

}  // namespace

Status WriteTable(base::FileSystem& files, const std::string& path, const MemTable& table) {
  ASSIGN_OR_RETURN(const std::unique_ptr<SegmentWriter> writer,
                   SegmentWriter::Create(files, path, kTableLevel));
  SchemaMap map(table.schema(), writer->schema());
  Status status;
  table.VisitSorted(table.span_count(), [&](Row& row) {
    row.shape = map.Shape(row.shape);
    status = writer->Add(row);
    return status.ok();
  });
  RETURN_IF_ERROR(status);
  return writer->Finish(table.arrival_min_ns(), table.arrival_max_ns()).status();
}

Status MergeSegments(base::FileSystem& files, const std::string& path,
                     std::span<const std::shared_ptr<const SegmentReader>> inputs,
                     const std::function<bool()>& stop) {
  struct Input {
    SegmentCursor cursor;
    SchemaMap map;
  };
  ASSIGN_OR_RETURN(const std::unique_ptr<SegmentWriter> writer,
                   SegmentWriter::Create(files, path, kMergeLevel));
  Status problem;
  std::vector<Input> sources;
  sources.reserve(inputs.size());
  int64_t arrival_min = INT64_MAX, arrival_max = INT64_MIN;
  for (const auto& input : inputs) {
    sources.push_back(
        {SegmentCursor(*input, [&problem](const Status& status) { problem = status; }),
         SchemaMap(input->schema(), writer->schema())});
    sources.back().cursor.SeekToFirst();
    arrival_min = std::min(arrival_min, input->footer().arrival_min_ns);
    arrival_max = std::max(arrival_max, input->footer().arrival_max_ns);
  }
  for (size_t traces = 0;; ++traces) {
    if (traces % 256 == 0 && stop()) return {base::StatusCode::kCancelled, "merge stopped"};
    const trace::TraceId* lowest = nullptr;
    for (const Input& source : sources) {
      if (!source.cursor.valid()) continue;
      if (lowest == nullptr || source.cursor.trace_id() < *lowest)
        lowest = &source.cursor.trace_id();
    }
    if (lowest == nullptr) break;
    const trace::TraceId id = *lowest;
    for (Input& source : sources) {
      if (!source.cursor.valid() || source.cursor.trace_id() != id) continue;
      RETURN_IF_ERROR(source.cursor.TakeRows([&](Row& row) {
        row.shape = source.map.Shape(row.shape);
        return writer->Add(row);
      }));
    }
    RETURN_IF_ERROR(problem);
  }
  RETURN_IF_ERROR(problem);
  return writer->Finish(arrival_min, arrival_max).status();
}

std::pair<size_t, size_t> ChooseMerge(const Segments& segments, size_t table_spans) {
  for (const uint64_t class_spans : {uint64_t{table_spans}, uint64_t{table_spans} * kMergeMin}) {
    size_t first = segments.size();
    uint64_t spans = 0;
    while (first > 0 && segments[first - 1]->footer().spans <= class_spans &&
           segments.size() - first < kMergeMax &&
           spans + segments[first - 1]->footer().spans <= kMergedSpansMax) {
      spans += segments[--first]->footer().spans;
    }
    if (segments.size() - first >= kMergeMin) return {first, segments.size()};
  }
  return {0, 0};
}

size_t ChooseDrop(const Segments& segments, uint64_t bytes_max, int64_t age_max_ns,
                  int64_t now_ns) {
  uint64_t bytes = 0;
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
