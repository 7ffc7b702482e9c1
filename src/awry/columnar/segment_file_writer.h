// Writes the blocks of one segment file, one after the other. Format: docs/formats/segment.md.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "awry/columnar/attribute_index.h"
#include "awry/columnar/segment_format.h"
#include "base/file.h"
#include "base/status.h"

namespace awry::columnar {

// Used by one thread. A writer that is destroyed before Finish has succeeded removes `path`.tmp.
class SegmentFileWriter {
 public:
  ~SegmentFileWriter();
  static base::Result<std::unique_ptr<SegmentFileWriter>> Create(base::FileSystem& files,
                                                                 std::string path, int zstd_level);

  // Where the next byte will stand.
  uint64_t offset() const { return written_bytes_ + buffer_.size(); }
  BlockEncoder& encoder() { return encoder_; }
  // Bytes appended here, which begin at buffer_offset(), are written by the next WriteOut.
  std::string& buffer() { return buffer_; }
  uint64_t buffer_offset() const { return written_bytes_; }
  base::Status WriteOut();
  base::Result<BlockRef> AddBlock(std::string_view raw, bool compress);

  // Writes the index, which `make_index` writes page by page, and the footer, whose runs are filled
  // in, syncs, and gives the file its name: it is there whole, or not at all.
  using MakeIndex = std::function<base::Status(const WriteAttributePage& write,
                                               AttributeDirectory& directory)>;
  base::Status Finish(const MakeIndex& make_index, SegmentFooter& footer);

 private:
  SegmentFileWriter(base::FileSystem& files, std::string path, int zstd_level)
      : files_(files), path_(std::move(path)), encoder_(zstd_level) {}
  base::Status WriteAll();

  base::FileSystem& files_;
  const std::string path_;
  std::unique_ptr<base::WritableFile> file_;
  bool is_unfinished_ = false;  // `path_`.tmp is there
  BlockEncoder encoder_;
  std::string buffer_;
  uint64_t written_bytes_ = 0;
};

}  // namespace awry::columnar
