// Reads one immutable segment file. Format: docs/formats/segment.md.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "awry/columnar/attribute_index.h"
#include "awry/columnar/index_cache.h"
#include "awry/columnar/segment_format.h"
#include "awry/columnar/segment_run.h"
#include "base/file.h"
#include "base/status.h"

namespace awry::columnar {

// Thread-safe. Every kDataLoss names the file and the offset.
class SegmentReader {
 public:
  // Verifies header, footer, schemas and trace filters; other blocks are verified when they are read.
  // kDataLoss on a bad checksum, kUnimplemented on a newer version. `cache` may be null, and must
  // outlive the reader.
  static base::Result<std::shared_ptr<const SegmentReader>> Open(base::FileSystem& files,
                                                                 const std::string& path,
                                                                 uint64_t number,
                                                                 IndexCache* cache = nullptr);

  uint64_t number() const { return file_.number; }
  const std::string& path() const { return file_.path; }
  uint32_t version() const { return file_.version; }
  uint64_t file_bytes() const { return file_.file->size_bytes(); }
  const SegmentFooter& footer() const { return footer_; }
  const SegmentFile& file() const { return file_; }
  const std::vector<std::unique_ptr<SegmentRun>>& runs() const { return runs_; }
  const AttributeDirectory& attributes() const { return attributes_; }
  size_t memory_bytes() const;

  // Whether a resource or a scope of any run has an attribute with this key.
  bool SharedHaveKey(std::string_view key) const;
  // The runs that have one of `groups` (sorted), oldest first.
  std::vector<const SegmentRun*> RunsOf(const std::vector<uint32_t>& groups) const;
  // Sorted groups of the segment that have one of the attribute hashes (a few may be wrong).
  base::Result<std::vector<uint32_t>> GroupsWithAttribute(
      const std::vector<uint64_t>& hashes) const;
  // Gives the pairs of attributes().pages[page], replacing `entries`.
  base::Status ReadAttributePage(size_t page, std::vector<AttributeEntry>& entries) const;
  // Reads every block: finds all that is corrupt.
  base::Status Verify() const;

 private:
  SegmentReader() = default;
  base::Status ReadFooter();
  void CollectSharedKeys();

  SegmentFile file_;
  SegmentFooter footer_;
  AttributeDirectory attributes_;
  std::vector<std::unique_ptr<SegmentRun>> runs_;
  std::vector<std::string_view> shared_keys_;  // of all runs, into their schemas; sorted
};

}  // namespace awry::columnar
