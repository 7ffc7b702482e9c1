// The adjustments of a trace that need all of its spans (wire-contract 7: ids that client and server
// share, missing parents, clock skew), from so little of each span that a million of them fit in tens
// of MiB. They are those of Adjust with its default options; a test holds them together.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "trace/span.h"

namespace awry::api {

// Resources of the spans must live until Settle. Add all spans, Settle, then Apply to the same spans in the same order. Used by one thread.
class SpanHeads {
 public:
  void Add(const trace::Span& span);
  void Settle();
  // `number` counts the calls of Add.
  void Apply(size_t number, trace::Span& span) const;

  size_t size() const { return heads_.size(); }
  // About what it takes, and will take when it is settled.
  size_t held_bytes() const;

 private:
  static constexpr uint32_t kNone = UINT32_MAX;
  struct Head {
    trace::SpanId id = 0;
    trace::SpanId parent = 0;
    int64_t start_ns = 0;
    int64_t end_ns = 0;
    uint32_t parent_at = kNone;
    uint32_t host : 27 = 0;  // 0: unknown
    uint32_t client : 1 = 0;
    uint32_t server : 1 = 0;
    uint32_t client_has_id : 1 = 0;  // a client has this id; on the first span with the id
    uint32_t duplicate : 1 = 0;      // a span before has the id
  };
  void IndexIds();
  uint32_t Find(trace::SpanId id) const;
  void PartSharedIds();
  void FindParents();
  void CutCircles();

  // Heads in blocks so large that the allocator gives them back to the system when they are freed: many
  // threads read large traces, and what each of them kept for the next time would add up.
  class HeadList {
   public:
    size_t size() const { return size_; }
    Head& Add();
    Head& operator[](size_t at) { return blocks_[at / kBlockHeads][at % kBlockHeads]; }
    const Head& operator[](size_t at) const { return blocks_[at / kBlockHeads][at % kBlockHeads]; }

   private:
    static constexpr size_t kBlockHeads = (size_t{4} << 20) / sizeof(Head) + 1;
    struct Free {
      void operator()(Head* block) const;
    };
    std::vector<std::unique_ptr<Head[], Free>> blocks_;
    size_t size_ = 0;
  };
  HeadList heads_;
  std::vector<uint32_t> slots_;  // by hash of the id: 1 + the first span with it
  std::unordered_map<std::string, uint32_t> hosts_;
  std::unordered_map<const trace::Resource*, uint32_t> host_of_resource_;
  bool duplicates_ = false;
};

}  // namespace awry::api
