// Writes the rows of one table as a segment of one run. Format: docs/formats/segment.md.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "awry/columnar/attribute_index.h"
#include "awry/columnar/group_writer.h"
#include "awry/columnar/row.h"
#include "awry/columnar/schema.h"
#include "awry/columnar/segment_file_writer.h"
#include "awry/columnar/segment_format.h"
#include "awry/columnar/trace_index.h"
#include "base/file.h"
#include "base/status.h"

namespace awry::columnar {

// Used by one thread. A writer that is destroyed before Finish leaves `path`.tmp behind.
class SegmentWriter {
 public:
  static base::Result<std::unique_ptr<SegmentWriter>> Create(base::FileSystem& files,
                                                             std::string path, int zstd_level);
  // The segment's own; rows that are added use its shapes.
  Schema& schema() { return schema_; }
  // Rows come by trace id; within a trace in any order, best by start. They carry their hashes.
  base::Status Add(const Row& row);
  // Writes the rest: the file is there whole, or not at all.
  base::Status Finish(int64_t arrival_min_ns, int64_t arrival_max_ns);

 private:
  explicit SegmentWriter(std::unique_ptr<SegmentFileWriter> file)
      : file_(std::move(file)), group_(schema_, file_->encoder()), traces_(schema_) {}
  base::Status EndGroup();

  const std::unique_ptr<SegmentFileWriter> file_;
  Schema schema_;
  GroupWriter group_;
  TraceIndexBuilder traces_;
  AttributeIndexBuilder attributes_;
  RunFooter run_;
  trace::TraceId last_trace_;
  uint32_t group_first_ordinal_ = 0;
  std::vector<uint64_t> trace_hashes_;
  std::vector<uint32_t> hashes_;
};

}  // namespace awry::columnar
