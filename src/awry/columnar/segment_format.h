// The bytes of a segment file that writer and reader share. Format: docs/formats/segment.md.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/file.h"
#include "base/status.h"
#include "trace/ids.h"

namespace awry::columnar {

inline constexpr std::string_view kSegmentMagic{"AWRYSEG\n", 8};
inline constexpr uint32_t kSegmentVersion = 2;  // 1 is still read
inline constexpr size_t kSegmentHeaderBytes = 16;   // magic, version, zero
inline constexpr size_t kSegmentTrailerBytes = 28;  // footer offset, bytes, crc32c, version, magic
inline constexpr size_t kBlockHeaderBytes = 9;      // crc32c, codec, raw bytes
inline constexpr uint32_t kBlockRawBytesMax = uint32_t{1} << 30;
// A group ends at the next trace behind so many spans; where they have many shapes, whose strings take
// more than the spans' own, behind kGroupSpansPerShape for each shape, but at most kGroupSpansMost.
inline constexpr uint32_t kGroupSpans = 1024;
inline constexpr uint32_t kGroupSpansMost = 1536;
inline constexpr uint32_t kGroupSpansPerShape = 6;
inline constexpr uint32_t kGroupSpansMax = 8 * 1024;  // or in the middle of a trace here
// Or before the span that would bring more columns, and at the next trace behind one that brought them: a reader keeps
// something for each column, and for each shape of each.
inline constexpr size_t kGroupColumnsMax = 4 * 1024;
inline constexpr size_t kGroupColumnShapesMax = size_t{1} << 20;

struct BlockRef {
  uint64_t offset = 0;
  uint32_t bytes = 0;  // with its header
};

// Rows that are compressed together: traces in the order of their ids.
struct GroupRef {
  uint64_t offset = 0;         // its blocks stand one after the other
  uint32_t core_bytes = 0;     // traces, shapes, columns
  uint32_t times_bytes = 0;    // starts and durations: how many bits each has (version 1: in the core)
  uint32_t bits_bytes = 0;     // and those bits
  uint32_t ids_bytes = 0;      // trace ids and span ids
  uint32_t parents_bytes = 0;  // 0 in version 1, whose core holds them
  uint32_t values_bytes = 0;   // attributes, a block for each column (version 1: one block)
  uint32_t extras_bytes = 0;   // 0: no block
  uint32_t spans = 0;
  uint32_t traces = 0;
  uint32_t first_ordinal = 0;  // number of its first trace in the run
  trace::TraceId first_trace;
  int64_t base_start_ns = 0;  // start of its first span

  uint64_t bytes() const {
    return uint64_t{core_bytes} + times_bytes + bits_bytes + ids_bytes + parents_bytes + values_bytes + extras_bytes;
  }
};

// Groups that one table was written as: they share a schema, and traces rise through all of them.
// Its blocks stand together: groups, schema, trace index, trace filter.
struct RunFooter {
  uint64_t spans = 0;
  uint64_t traces = 0;
  int64_t start_min_ns = INT64_MAX;
  int64_t start_max_ns = INT64_MIN;
  int64_t arrival_min_ns = INT64_MAX;
  int64_t arrival_max_ns = INT64_MIN;
  BlockRef schema, trace_index, trace_filter;
  std::vector<GroupRef> groups;

  uint64_t offset() const { return groups.empty() ? schema.offset : groups.front().offset; }
  uint64_t end() const { return trace_filter.offset + trace_filter.bytes; }
};

struct SegmentFooter {
  uint32_t version = kSegmentVersion;
  BlockRef attribute_directory;
  std::vector<RunFooter> runs;  // oldest first
  // Of all runs.
  uint64_t spans = 0;
  uint64_t traces = 0;
  uint64_t groups = 0;
  int64_t start_min_ns = INT64_MAX;
  int64_t start_max_ns = INT64_MIN;
  int64_t arrival_min_ns = INT64_MAX;
  int64_t arrival_max_ns = INT64_MIN;

  // Appends a run and counts it.
  void Add(RunFooter run);
};

std::string EncodeFooter(const SegmentFooter& footer);
// False when it is malformed. `footer.version` says which version the bytes are.
[[nodiscard]] bool DecodeFooter(std::string_view bytes, SegmentFooter& footer);

// Compresses and frames blocks. Used by one thread.
class BlockEncoder {
 public:
  // `level` of zstd; 0 stores the bytes as they are.
  explicit BlockEncoder(int level);
  ~BlockEncoder();
  BlockEncoder(const BlockEncoder&) = delete;
  BlockEncoder& operator=(const BlockEncoder&) = delete;

  // Appends a block with `raw`; `compress` false stores it. At the offsets `cuts`, in rising order,
  // something of another kind begins, whose bytes are counted anew.
  void Append(std::string_view raw, bool compress, std::string& out,
              std::span<const size_t> cuts = {});

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// Checks the checksum and gives the raw bytes; kDataLoss names `path` and `offset`.
base::Status DecodeBlock(std::string_view block, const std::string& path, uint64_t offset,
                         std::string& raw);

// Says of a trace id "not here" or "perhaps": a split block Bloom filter (Putze, Sanders and
// Singler 2007), 32 bytes a block, one bit in each of its 8 words.
class TraceFilter {
 public:
  TraceFilter() = default;
  static TraceFilter Build(const std::vector<uint64_t>& hashes);
  static uint64_t Hash(const trace::TraceId& id);
  bool MayContain(uint64_t hash) const;
  const std::string& bytes() const { return bytes_; }
  // False when the size is none.
  [[nodiscard]] bool Load(std::string bytes);

 private:
  std::string bytes_;
};

}  // namespace awry::columnar
