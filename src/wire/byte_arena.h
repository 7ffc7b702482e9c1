// Bytes that live until the next Clear: decoded strings between the wire and the sink.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <memory>
#include <string_view>
#include <vector>

namespace awry::wire {

// Keeps its memory from use to use. Views stay valid until Clear. Used by one thread.
class ByteArena {
 public:
  char* Allocate(size_t bytes) {
    while (chunk_ < chunks_.size()) {
      if (chunks_[chunk_].size - used_ >= bytes) {
        char* at = chunks_[chunk_].data.get() + used_;
        used_ += bytes;
        return at;
      }
      ++chunk_;
      used_ = 0;
    }
    const size_t size = std::max(bytes, kChunkBytes);
    chunks_.push_back({std::make_unique_for_overwrite<char[]>(size), size});
    used_ = bytes;
    return chunks_.back().data.get();
  }
  // Gives back the unused end of the newest allocation of `bytes`.
  void Shrink(size_t bytes, size_t kept) { used_ -= bytes - kept; }
  std::string_view Copy(std::string_view text) {
    char* at = Allocate(text.size());
    if (!text.empty()) std::memcpy(at, text.data(), text.size());
    return {at, text.size()};
  }
  void Clear() {
    // One huge value must not hold its memory for good.
    std::erase_if(chunks_, [](const Chunk& chunk) { return chunk.size > kChunkBytesKept; });
    chunk_ = 0;
    used_ = 0;
  }

 private:
  static constexpr size_t kChunkBytes = 16 << 10;
  static constexpr size_t kChunkBytesKept = 1 << 20;
  struct Chunk {
    std::unique_ptr<char[]> data;
    size_t size = 0;
  };
  std::vector<Chunk> chunks_;
  size_t chunk_ = 0;  // where the next allocation goes
  size_t used_ = 0;
};

}  // namespace awry::wire
