// The background's work on segments: writing tables, merging, and choosing what to merge and drop.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "awry/columnar/mem_table.h"
#include "awry/columnar/segment_reader.h"
#include "base/file.h"
#include "base/status.h"

namespace awry::columnar {

using Segments = std::vector<std::shared_ptr<const SegmentReader>>;

// Writes all spans of a table that takes no more; it has at least one.
base::Status WriteTable(base::FileSystem& files, const std::string& path, const MemTable& table);

// Writes the runs of all `inputs` (of the newest version) into one segment. `stop` is asked now and
// then; true ends the work with kCancelled. kDataLoss when an index of an input is corrupt; a corrupt
// group is copied as it is, and found when it is read.
base::Status MergeSegments(base::FileSystem& files, const std::string& path,
                           std::span<const std::shared_ptr<const SegmentReader>> inputs,
                           const std::function<bool()>& stop);

// Which neighbours [first, second) of `segments` to merge; equal when none. Segments of at most
// `table_spans` are one class, those up to 16 times as large (what one merge makes of them) the
// next. What is merged arrived within
// `arrival_span_max_ns`, so that retention can tell it apart from what is newer; `excluded` numbers
// stay as they are.
std::pair<size_t, size_t> ChooseMerge(const Segments& segments, size_t table_spans,
                                      int64_t arrival_span_max_ns,
                                      const std::set<uint64_t>& excluded);

// The same while nothing arrives: every question by a value asks every segment, so that few are better. Nothing
// when there are few already. No input is more than half of what is merged, so that a span is written a few
// times at most; the result has at most `bytes_max`, when that is not 0.
std::pair<size_t, size_t> ChooseIdleMerge(const Segments& segments, int64_t arrival_span_max_ns,
                                          uint64_t bytes_max, const std::set<uint64_t>& excluded);

// How many of the oldest segments to drop, when logs take `log_bytes` beside them. Limits as in
// ColumnarOptions; 0 means none.
size_t ChooseDrop(const Segments& segments, uint64_t log_bytes, uint64_t bytes_max,
                  int64_t age_max_ns, int64_t now_ns);

}  // namespace awry::columnar
