// One run of a segment: groups that share a schema, in the order of their traces' ids.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "awry/columnar/group_reader.h"
#include "awry/columnar/index_cache.h"
#include "awry/columnar/schema.h"
#include "awry/columnar/segment_format.h"
#include "awry/columnar/trace_index.h"
#include "base/file.h"
#include "base/status.h"

namespace awry::columnar {

// Reads blocks of one file; every kDataLoss names the file and the offset. Thread-safe.
struct SegmentFile {
  uint64_t number = 0;
  std::string path;
  uint32_t version = 0;
  std::unique_ptr<base::RandomAccessFile> file;

  base::Status ReadBlock(const BlockRef& ref, std::string& raw) const;
  // Appends the bytes as they stand.
  base::Status ReadBytes(uint64_t offset, uint64_t bytes, std::string& out) const;
  base::Status Malformed(std::string_view what, uint64_t offset) const;
};

// Whether so many bytes more may be held; empty: always.
using MayTake = std::function<bool(size_t bytes)>;

// Thread-safe.
class SegmentRun {
 public:
  // Verifies schema and trace filter; other blocks are verified when they are read. `file`, `footer`
  // and `cache` must outlive this. `first_group`: the number of its first group in the segment.
  static base::Result<std::unique_ptr<SegmentRun>> Open(const SegmentFile& file,
                                                        const RunFooter& footer,
                                                        uint32_t first_group, IndexCache* cache);
  ~SegmentRun();

  const RunFooter& footer() const { return footer_; }
  const Schema& schema() const { return schema_; }
  const SegmentFile& file() const { return file_; }
  uint32_t first_group() const { return first_group_; }
  size_t memory_bytes() const;

  // The keys of the attributes that resources and scopes have, sorted; views into schema().
  const std::vector<std::string_view>& shared_keys() const { return shared_keys_; }
  // Whether a resource or a scope has an attribute with this key.
  bool SharedHaveKey(std::string_view key) const;
  // False: the trace is not here. `hash`: its TraceFilter::Hash.
  bool MayContain(uint64_t hash) const { return filter_.MayContain(hash); }
  // The groups [first, second) of this run that may hold the trace.
  std::pair<uint32_t, uint32_t> GroupsOf(const trace::TraceId& id) const;
  std::vector<uint32_t> GroupsOfOrdinal(uint32_t ordinal) const;
  // May be kept in a cache.
  base::Result<std::shared_ptr<const TraceIndex>> LoadTraceIndex() const;

  // All of a group.
  base::Result<std::unique_ptr<Group>> LoadGroup(uint32_t number) const;
  // The same; null when the trace `id` is not in it, which is seen before much is decoded.
  base::Result<std::unique_ptr<Group>> LoadGroupOf(uint32_t number, const trace::TraceId& id) const;
  // Core, ids and parents: what counting calls needs. `scratch` is memory for it, kept from call to call.
  base::Result<std::unique_ptr<Group>> LoadGroupHeads(uint32_t number, std::string& scratch) const;
  // Opens what LoadGroup and LoadGroupOf left to it, where a group has so many columns that not all are
  // held at once: those of traces()[trace], whose rows are read next. Columns of other traces are closed.
  // `may_take` is asked with about the bytes that they take; kResourceExhausted when it refuses.
  base::Status OpenColumnsOf(Group& group, size_t trace, const MayTake& may_take) const;
  // Its core; the rest is opened piece by piece, where it is not open yet. These blocks, and those of
  // LoadGroupOf, may be kept in a cache.
  base::Result<std::unique_ptr<Group>> LoadGroupCore(uint32_t number) const;
  base::Status OpenTimes(Group& group) const;
  base::Status OpenIds(Group& group) const;
  // `times_in_shape`: as Group::OpenColumn.
  base::Status OpenColumn(Group& group, size_t at, const std::vector<uint32_t>* times_in_shape) const;
  base::Status OpenExtras(Group& group) const;

 private:
  SegmentRun(const SegmentFile& file, const RunFooter& footer, uint32_t first_group,
             IndexCache* cache)
      : file_(file), footer_(footer), first_group_(first_group), cache_(cache) {}
  void CollectSharedKeys();
  class GroupBlocks;
  base::Result<BlockBytes> ReadBlock(const BlockRef& ref) const;
  base::Status OpenAll(Group& group, GroupBlocks& blocks) const;
  base::Result<std::unique_ptr<Group>> OpenGroup(const GroupRef& ref, GroupBlocks& blocks) const;
  base::Status OpenVersion1(Group& group, GroupBlocks& blocks) const;

  const SegmentFile& file_;
  const RunFooter& footer_;
  const uint32_t first_group_;
  IndexCache* const cache_;
  Schema schema_;
  std::vector<std::string_view> shared_keys_;  // of resources and scopes, into schema_; sorted
  TraceFilter filter_;
};

}  // namespace awry::columnar
