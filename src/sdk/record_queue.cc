#include "sdk/record_queue.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <new>

namespace awry::sdk::detail {

RecordQueue::Chunk* RecordQueue::NewChunk(size_t capacity) {
  Chunk* chunk = new (::operator new(sizeof(Chunk) + capacity)) Chunk();
  chunk->capacity = static_cast<uint32_t>(capacity);
  return chunk;
}

void RecordQueue::FreeChunk(Chunk* chunk) {
  chunk->~Chunk();
  ::operator delete(chunk);
}

RecordQueue::RecordQueue() : tail_(NewChunk(kChunkBytes)), head_(tail_) {}

RecordQueue::~RecordQueue() {
  while (head_ != nullptr) {
    Chunk* next = head_->next.load(std::memory_order_relaxed);
    FreeChunk(head_);
    head_ = next;
  }
  if (Chunk* spare = spare_.load()) FreeChunk(spare);
}

void RecordQueue::Grow(size_t bytes) {
  Chunk* chunk = nullptr;
  if (bytes <= kChunkBytes) chunk = spare_.exchange(nullptr, std::memory_order_acquire);
  if (chunk == nullptr) chunk = NewChunk(std::max(bytes, kChunkBytes));
  tail_->next.store(chunk, std::memory_order_release);  // the reader may leave the old chunk now
  tail_ = chunk;
  tail_written_ = 0;
}

void RecordQueue::Push(uint32_t tag, std::string_view record) {
  const size_t bytes = kHeaderBytes + record.size();
  if (tail_->capacity - tail_written_ < bytes) Grow(bytes);
  char* at = tail_->data() + tail_written_;
  const uint32_t size = static_cast<uint32_t>(record.size());
  std::memcpy(at, &size, 4);
  std::memcpy(at + 4, &tag, 4);
  std::memcpy(at + kHeaderBytes, record.data(), record.size());
  tail_written_ += static_cast<uint32_t>(bytes);
  tail_->written.store(tail_written_, std::memory_order_release);
}

bool RecordQueue::Front(uint32_t& tag, std::string_view& record) {
  for (;;) {
    // `next` is read first: when it is set, `written` is final.
    Chunk* next = head_->next.load(std::memory_order_acquire);
    const uint32_t written = head_->written.load(std::memory_order_acquire);
    if (head_->read < written) break;
    if (next == nullptr) return false;
    Chunk* drained = head_;
    head_ = next;
    if (drained->capacity != kChunkBytes) {
      FreeChunk(drained);
      continue;
    }
    drained->read = 0;
    drained->written.store(0, std::memory_order_relaxed);
    drained->next.store(nullptr, std::memory_order_relaxed);
    if (Chunk* unused = spare_.exchange(drained, std::memory_order_acq_rel)) FreeChunk(unused);
  }
  const char* at = head_->data() + head_->read;
  uint32_t size = 0;
  std::memcpy(&size, at, 4);
  std::memcpy(&tag, at + 4, 4);
  record = {at + kHeaderBytes, size};
  return true;
}

void RecordQueue::Pop() {
  uint32_t size = 0;
  std::memcpy(&size, head_->data() + head_->read, 4);
  head_->read += static_cast<uint32_t>(kHeaderBytes + size);
}

}  // namespace awry::sdk::detail
