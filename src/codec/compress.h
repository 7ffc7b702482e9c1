// gzip, zlib, raw deflate and zstd, with a limit on what comes out.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/status.h"

namespace awry::codec {

enum class Compression {
  kGzip,
  kZlib,
  kDeflate,  // HTTP's "deflate": zlib is written, zlib and raw deflate are read
  kZstd,
};

// Returns the compression that an HTTP Content-Encoding names ("gzip", "x-gzip", "zlib", "deflate", "zstd",
// any case); nullopt for all others.
std::optional<Compression> CompressionOfEncoding(std::string_view content_encoding);

// Returns what the first bytes of a file say (gzip or zstd); nullopt when they say neither.
std::optional<Compression> DetectCompression(std::string_view first_bytes);

// `level` 0 takes the library's default (gzip 6, zstd 3).
base::Result<std::string> Compress(Compression compression, std::string_view bytes, int level = 0);

// kResourceExhausted once the output would pass `output_bytes_max`; never allocates more than
// twice that plus 8 MiB of window. kInvalidArgument when the bytes are damaged or end early. Several gzip
// members or zstd frames in a row are read as one.
base::Result<std::string> Decompress(Compression compression, std::string_view bytes,
                                     size_t output_bytes_max);

// Decompresses piece by piece, for files that do not fit into memory. Used by one thread.
class Decompressor {
 public:
  // `window_bytes_max`: the most memory that a zstd frame may ask for (at least 8 MiB is granted).
  static base::Result<std::unique_ptr<Decompressor>> Create(Compression compression,
                                                            size_t window_bytes_max = 128 << 20);
  virtual ~Decompressor() = default;
  // Takes from the front of `input` and appends to `out`, at most `output_bytes_max` in this call.
  // Returns when `input` is empty or that many bytes are out; call again until `input` is empty and
  // less than `output_bytes_max` came out.
  virtual base::Status Push(std::string_view& input, std::string& out, size_t output_bytes_max) = 0;
  // kInvalidArgument when the input ended in the middle.
  virtual base::Status Finish() = 0;
};

}  // namespace awry::codec
