// Hands finished spans from the host's threads to the exporter's thread without a lock: each thread
// appends to chunks of its own, the exporter follows behind.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace awry::sdk::detail {

// One thread writes, one reads. Records are [u32 size][u32 tag][bytes].
class RecordQueue {
 public:
  RecordQueue();
  ~RecordQueue();
  RecordQueue(const RecordQueue&) = delete;
  RecordQueue& operator=(const RecordQueue&) = delete;

  // Writer.
  void Push(uint32_t tag, std::string_view record);

  // Reader: looks at the oldest record, valid until Pop. False when there is none.
  bool Front(uint32_t& tag, std::string_view& record);
  void Pop();

 private:
  struct Chunk {
    std::atomic<uint32_t> written{0};  // published by the writer
    uint32_t read = 0;                 // reader's
    uint32_t capacity = 0;
    std::atomic<Chunk*> next{nullptr};
    char* data() { return reinterpret_cast<char*>(this + 1); }
  };
  static Chunk* NewChunk(size_t capacity);
  static void FreeChunk(Chunk* chunk);
  void Grow(size_t bytes);

  static constexpr size_t kChunkBytes = 64 << 10;
  static constexpr size_t kHeaderBytes = 8;

  Chunk* tail_;                         // writer's
  uint32_t tail_written_ = 0;           // writer's copy of tail_->written
  alignas(64) Chunk* head_;             // reader's
  std::atomic<Chunk*> spare_{nullptr};  // a drained chunk on its way back
};

}  // namespace awry::sdk::detail
