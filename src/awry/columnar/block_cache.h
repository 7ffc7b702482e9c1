// Keeps what questions read of segments again and again, decompressed, up to a limit of memory.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/mutex.h"

namespace awry::columnar {

// What a block holds, decompressed.
using BlockBytes = std::shared_ptr<const std::string>;

// What is missed twice within some thousand misses is kept, so that what is read once puts nothing
// out; what was not asked for since the last look goes first. What a reader still holds lives on
// when it is put out. Thread-safe.
//
// One table without lists: a look touches the slot and what is kept there, and nothing else.
class BlockCache {
 public:
  explicit BlockCache(size_t bytes_max) : bytes_max_(bytes_max) {}

  // Files are told apart by their number, which no other file ever has. Null: it is not kept.
  BlockBytes Get(uint64_t file, uint64_t offset) { return GetAs<std::string>(KeyOf(file, offset)); }
  // Told of every block that was missed; decides whether to keep it.
  void Put(uint64_t file, uint64_t offset, const BlockBytes& bytes) {
    PutAs(KeyOf(file, offset), bytes, bytes->capacity());
  }
  // The same for what was decoded of the block, which is kept apart from its bytes. `T` must be the
  // same for all that is kept so.
  template <typename T>
  std::shared_ptr<const T> GetDecoded(uint64_t file, uint64_t offset) {
    return GetAs<T>(KeyOf(file, offset) | kDecoded);
  }
  template <typename T>
  void PutDecoded(uint64_t file, uint64_t offset, const std::shared_ptr<const T>& decoded,
                  size_t bytes) {
    PutAs(KeyOf(file, offset) | kDecoded, decoded, bytes);
  }
  // Keeps what was decoded where there is much room, so that who reads everything puts nothing out.
  template <typename T>
  void AddDecoded(uint64_t file, uint64_t offset, const std::shared_ptr<const T>& decoded,
                  size_t bytes) {
    AddIfRoom(KeyOf(file, offset) | kDecoded, decoded, bytes);
  }
  size_t bytes() const;

 private:
  using Kept = std::shared_ptr<const void>;
  static constexpr size_t kMissesKnown = 16 * 1024;
  static constexpr size_t kShareMax =
      16;  // nothing takes more than one in so many bytes of the limit
  static constexpr uint64_t kDecoded = uint64_t{1} << 63;
  struct Slot {
    uint64_t key = 0;
    Kept kept;  // null: the slot is free
    uint32_t bytes = 0;
    bool asked_for = false;  // since the hand came by
  };
  static uint64_t KeyOf(uint64_t file, uint64_t offset) {
    return (file << 40 ^ offset) & ~kDecoded;
  }
  template <typename T>
  std::shared_ptr<const T> GetAs(uint64_t key) {
    return std::static_pointer_cast<const T>(Find(key));
  }
  void PutAs(uint64_t key, const Kept& kept, size_t bytes);
  void AddIfRoom(uint64_t key, const Kept& kept, size_t bytes);
  Kept Find(uint64_t key);
  void Insert(uint64_t key, const Kept& kept, size_t bytes) REQUIRES(mutex_);
  size_t Home(uint64_t key) const REQUIRES(mutex_);
  // The slot with the key, or the free one where it belongs. There is always a free one.
  size_t PlaceOf(uint64_t key) const REQUIRES(mutex_);
  void PutOutOne() REQUIRES(mutex_);
  void Free(size_t at) REQUIRES(mutex_);
  void Grow() REQUIRES(mutex_);

  const size_t bytes_max_;
  mutable base::Mutex mutex_;
  std::vector<Slot> slots_ GUARDED_BY(mutex_);  // their number is a power of two, or 0
  size_t used_ GUARDED_BY(mutex_) = 0;
  size_t hand_ GUARDED_BY(mutex_) = 0;
  size_t bytes_ GUARDED_BY(mutex_) = 0;
  std::array<uint64_t, kMissesKnown> missed_ GUARDED_BY(mutex_){};  // keys, by their hash
};

}  // namespace awry::columnar
