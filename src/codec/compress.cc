#include "codec/compress.h"

#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <bit>
#include <cctype>
#include <limits>

namespace awry::codec {
namespace {

constexpr size_t kPieceBytesMin = 4 << 10;
constexpr size_t kPieceBytesMax = 4 << 20;
constexpr size_t kWindowBytesMin = 8 << 20;  // RFC 8878 asks decoders to grant this much
constexpr int kGzipWindowBits = 15 + 16;
constexpr int kZlibWindowBits = 15;
constexpr int kRawWindowBits = -15;

base::Status Damaged(const char* format) {
  return base::InvalidArgument(std::string("damaged compressed data: ") + format);
}
base::Status CutShort(const char* format) {
  return base::InvalidArgument(std::string("compressed data ends early: ") + format);
}

// Room for the next piece of output behind what `out` holds; undone by Settle.
class OutputRoom {
 public:
  OutputRoom(std::string& out, size_t bytes_max) : out_(out), start_(out.size()), left_(bytes_max) {}

  size_t produced() const { return out_.size() - start_; }
  bool full() const { return left_ == 0; }

  // Calls `fill(data, size)`, which returns how many bytes it wrote.
  template <typename Fill>
  void Piece(Fill fill) {
    const size_t at = out_.size();
    const size_t piece = std::min(left_, std::clamp(produced(), kPieceBytesMin, kPieceBytesMax));
    out_.resize(at + piece);
    const size_t written = fill(out_.data() + at, piece);
    out_.resize(at + written);
    left_ -= written;
  }

 private:
  std::string& out_;
  const size_t start_;
  size_t left_;
};

class ZlibDecompressor final : public Decompressor {
 public:
  ZlibDecompressor(Compression compression) : compression_(compression) {}
  ~ZlibDecompressor() override {
    if (ready_) inflateEnd(&stream_);
  }

  base::Status Push(std::string_view& input, std::string& out, size_t output_bytes_max) override {
    OutputRoom room(out, output_bytes_max);
    while (!room.full() && (!input.empty() || pending_)) {
      if (ended_ && !StartMember(input)) return Damaged("bytes follow the end");
      if (!ready_) RETURN_IF_ERROR(Start(input));
      int result = Z_OK;
      room.Piece([&](char* data, size_t size) { return Inflate(input, data, size, result); });
      if (result == Z_STREAM_END) {
        ended_ = true;
        pending_ = false;
      } else if (result == Z_BUF_ERROR) {
        pending_ = false;  // needs more input
        if (!input.empty()) return Damaged("deflate");
      } else if (result != Z_OK) {
        return Damaged("deflate");
      }
    }
    return base::OkStatus();
  }

  base::Status Finish() override { return ended_ ? base::OkStatus() : CutShort("deflate"); }

 private:
  base::Status Start(std::string_view input) {
    int bits = compression_ == Compression::kGzip ? kGzipWindowBits : kZlibWindowBits;
    // A zlib header's first byte has 8 in its low half; raw deflate that begins so is not produced.
    if (compression_ == Compression::kDeflate && (input[0] & 0x0F) != 8) bits = kRawWindowBits;
    if (inflateInit2(&stream_, bits) != Z_OK) return base::ResourceExhausted("no memory to decompress");
    ready_ = true;
    return base::OkStatus();
  }

  // gzip allows several members in a row.
  bool StartMember(std::string_view input) {
    if (input.empty()) return true;
    if (compression_ != Compression::kGzip) return false;
    ended_ = false;
    return inflateReset(&stream_) == Z_OK;
  }

  size_t Inflate(std::string_view& input, char* data, size_t size, int& result) {
    constexpr size_t kMax = std::numeric_limits<uInt>::max();
    const auto take = static_cast<uInt>(std::min(input.size(), kMax));
    const auto room = static_cast<uInt>(std::min(size, kMax));
    stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(input.data()));
    stream_.avail_in = take;
    stream_.next_out = reinterpret_cast<Bytef*>(data);
    stream_.avail_out = room;
    result = inflate(&stream_, Z_NO_FLUSH);
    input.remove_prefix(take - stream_.avail_in);
    pending_ = stream_.avail_out == 0;
    return room - stream_.avail_out;
  }

  const Compression compression_;
  z_stream stream_{};
  bool ready_ = false;
  bool ended_ = false;    // a member is complete
  bool pending_ = false;  // the library may hold output that had no room
};

class ZstdDecompressor final : public Decompressor {
 public:
  explicit ZstdDecompressor(size_t window_bytes_max) : context_(ZSTD_createDCtx()) {
    const size_t window = std::max(window_bytes_max, kWindowBytesMin);
    constexpr int kLogMax = 31;
    const int log = std::min(static_cast<int>(std::bit_width(window)) - 1, kLogMax);
    if (context_ != nullptr) (void)ZSTD_DCtx_setParameter(context_, ZSTD_d_windowLogMax, log);
  }
  ~ZstdDecompressor() override { ZSTD_freeDCtx(context_); }

  bool ready() const { return context_ != nullptr; }

  base::Status Push(std::string_view& input, std::string& out, size_t output_bytes_max) override {
    OutputRoom room(out, output_bytes_max);
    while (!room.full() && (!input.empty() || pending_)) {
      ZSTD_inBuffer in{input.data(), input.size(), 0};
      size_t result = 0;
      room.Piece([&](char* data, size_t size) {
        ZSTD_outBuffer to{data, size, 0};
        result = ZSTD_decompressStream(context_, &to, &in);
        pending_ = to.pos == to.size;
        return to.pos;
      });
      if (ZSTD_isError(result) != 0) return Damaged("zstd");
      input.remove_prefix(in.pos);
      ended_ = result == 0;
      if (ended_) pending_ = false;
    }
    return base::OkStatus();
  }

  base::Status Finish() override { return ended_ ? base::OkStatus() : CutShort("zstd"); }

 private:
  ZSTD_DCtx* context_;
  bool ended_ = false;
  bool pending_ = false;
};

base::Result<std::string> Deflate(std::string_view bytes, int level, int window_bits) {
  z_stream stream{};
  constexpr int kMemLevel = 8;
  if (deflateInit2(&stream, level == 0 ? Z_DEFAULT_COMPRESSION : level, Z_DEFLATED, window_bits,
                   kMemLevel, Z_DEFAULT_STRATEGY) != Z_OK) {
    return base::InvalidArgument("compression level out of range: " + std::to_string(level));
  }
  std::string out(deflateBound(&stream, bytes.size()), '\0');
  size_t written = 0;
  int result = Z_OK;
  constexpr size_t kMax = std::numeric_limits<uInt>::max();
  while (result == Z_OK) {
    const auto take = static_cast<uInt>(std::min(bytes.size(), kMax));
    const auto room = static_cast<uInt>(std::min(out.size() - written, kMax));
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
    stream.avail_in = take;
    stream.next_out = reinterpret_cast<Bytef*>(out.data() + written);
    stream.avail_out = room;
    result = deflate(&stream, take == bytes.size() ? Z_FINISH : Z_NO_FLUSH);
    bytes.remove_prefix(take - stream.avail_in);
    written += room - stream.avail_out;
  }
  deflateEnd(&stream);
  if (result != Z_STREAM_END) return base::Internal("deflate failed");
  out.resize(written);
  return out;
}

base::Result<std::string> CompressZstd(std::string_view bytes, int level) {
  std::string out(ZSTD_compressBound(bytes.size()), '\0');
  const size_t size = ZSTD_compress(out.data(), out.size(), bytes.data(), bytes.size(),
                                    level == 0 ? ZSTD_CLEVEL_DEFAULT : level);
  if (ZSTD_isError(size) != 0) return base::Internal("zstd failed");
  out.resize(size);
  return out;
}

}  // namespace

std::optional<Compression> CompressionOfEncoding(std::string_view content_encoding) {
  std::string name(content_encoding);
  std::transform(name.begin(), name.end(), name.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  if (name == "gzip" || name == "x-gzip") return Compression::kGzip;
  if (name == "deflate") return Compression::kDeflate;
  if (name == "zlib") return Compression::kZlib;
  if (name == "zstd") return Compression::kZstd;
  return std::nullopt;
}

std::optional<Compression> DetectCompression(std::string_view first_bytes) {
  if (first_bytes.starts_with("\x1f\x8b")) return Compression::kGzip;
  if (first_bytes.starts_with("\x28\xb5\x2f\xfd")) return Compression::kZstd;
  return std::nullopt;
}

base::Result<std::string> Compress(Compression compression, std::string_view bytes, int level) {
  switch (compression) {
    case Compression::kGzip: return Deflate(bytes, level, kGzipWindowBits);
    case Compression::kZlib:
    case Compression::kDeflate: return Deflate(bytes, level, kZlibWindowBits);
    case Compression::kZstd: return CompressZstd(bytes, level);
  }
  return base::Internal("unknown compression");
}

base::Result<std::string> Decompress(Compression compression, std::string_view bytes,
                                     size_t output_bytes_max) {
  ASSIGN_OR_RETURN(std::unique_ptr<Decompressor> decompressor,
                   Decompressor::Create(compression, output_bytes_max));
  std::string out;
  // One byte more than allowed tells "just enough" from "too much".
  const size_t room = output_bytes_max == std::numeric_limits<size_t>::max() ? output_bytes_max
                                                                             : output_bytes_max + 1;
  RETURN_IF_ERROR(decompressor->Push(bytes, out, room));
  if (out.size() > output_bytes_max) {
    return base::ResourceExhausted("decompressed data is too large: limit " +
                                   std::to_string(output_bytes_max) + " bytes");
  }
  RETURN_IF_ERROR(decompressor->Finish());
  return out;
}

base::Result<std::unique_ptr<Decompressor>> Decompressor::Create(Compression compression,
                                                                 size_t window_bytes_max) {
  if (compression != Compression::kZstd) {
    return std::unique_ptr<Decompressor>(std::make_unique<ZlibDecompressor>(compression));
  }
  auto decompressor = std::make_unique<ZstdDecompressor>(window_bytes_max);
  if (!decompressor->ready()) return base::ResourceExhausted("no memory to decompress");
  return std::unique_ptr<Decompressor>(std::move(decompressor));
}

}  // namespace awry::codec
