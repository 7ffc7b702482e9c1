// Reads one immutable segment file. Format: docs/formats/segment.md.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "awry/columnar/attribute_index.h"
#include "awry/columnar/group_reader.h"
#include "awry/columnar/schema.h"
#include "awry/columnar/segment_format.h"
#include "awry/columnar/trace_index.h"
#include "base/file.h"
#include "base/mutex.h"
#include "base/status.h"

namespace awry::columnar {

// Thread-safe. Every kDataLoss names the file and the offset.
class SegmentReader {
 public:
  // Verifies header, footer, schema and trace filter; other blocks are verified when they are read.
  // kDataLoss on a bad checksum, kUnimplemented on a newer version.
  static base::Result<std::shared_ptr<const SegmentReader>> Open(base::FileSystem& files,
                                                                 const std::string& path,
                                                                 uint64_t number);

  uint64_t number() const { return number_; }
  const std::string& path() const { return path_; }
  uint64_t file_bytes() const { return file_->size_bytes(); }
  const SegmentFooter& footer() const { return footer_; }
  const Schema& schema() const { return schema_; }
  size_t memory_bytes() const;

  // False: the trace is not here.
  bool MayContain(const trace::TraceId& id) const;
  // The groups [first, second) that may hold the trace.
  std::pair<uint32_t, uint32_t> GroupsOf(const trace::TraceId& id) const;
  std::vector<uint32_t> GroupsOfOrdinal(uint32_t ordinal) const;

  base::Result<std::unique_ptr<Group>> LoadGroup(uint32_t group, bool with_values) const;
  base::Status LoadValues(uint32_t group, Group& loaded) const;
  // Read once, then kept.
  base::Result<std::shared_ptr<const TraceIndex>> LoadTraceIndex() const;
  // Sorted groups that have one of the attribute hashes (a few may be wrong).
  base::Result<std::vector<uint32_t>> GroupsWithAttribute(
      const std::vector<uint64_t>& hashes) const;
  // Reads every block: finds all that is corrupt.
  base::Status Verify() const;

 private:
  SegmentReader() = default;
  base::Status ReadFooter();
  base::Status ReadBlock(const BlockRef& ref, std::string& raw) const;
  base::Status Malformed(std::string_view what, uint64_t offset) const;

  uint64_t number_ = 0;
  std::string path_;
  std::unique_ptr<base::RandomAccessFile> file_;
  SegmentFooter footer_;
  Schema schema_;
  TraceFilter filter_;
  AttributeDirectory attributes_;
  mutable base::Mutex mutex_;
  mutable std::shared_ptr<const TraceIndex> index_ GUARDED_BY(mutex_);
};

}  // namespace awry::columnar
