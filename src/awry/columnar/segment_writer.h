// Writes one immutable segment file. Format: docs/formats/segment.md.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "awry/columnar/attribute_index.h"
#include "awry/columnar/group_writer.h"
#include "awry/columnar/row.h"
#include "awry/columnar/schema.h"
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
  // Rows come by trace id; within a trace in any order, best by start.
  base::Status Add(const Row& row);
  // Writes the rest, syncs, and gives the file its name: it is there whole, or not at all.
  base::Result<SegmentFooter> Finish(int64_t arrival_min_ns, int64_t arrival_max_ns);

 private:
  SegmentWriter(base::FileSystem& files, std::string path, int zstd_level)
      : files_(files),
        path_(std::move(path)),
        encoder_(zstd_level),
        group_(schema_),
        traces_(schema_) {}
  base::Status EndGroup();
  base::Status WriteOut(bool all);
  base::Result<BlockRef> AddBlock(std::string_view raw, bool compress);

  base::FileSystem& files_;
  const std::string path_;
  std::unique_ptr<base::WritableFile> file_;
  Schema schema_;
  BlockEncoder encoder_;
  GroupWriter group_;
  TraceIndexBuilder traces_;
  AttributeIndexBuilder attributes_;
  SegmentFooter footer_;
  trace::TraceId last_trace_;
  uint32_t group_first_ordinal_ = 0;
  std::vector<uint64_t> trace_hashes_, hashes_;
  std::string buffer_;
  uint64_t written_bytes_ = 0;
};

}  // namespace awry::columnar
