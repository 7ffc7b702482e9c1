// A table's blocks come newest first; the matches of one that was looked at wait in a heap until no block
// that is left could have a newer one.
#include "awry/columnar/match_source.h"

#include <algorithm>

namespace awry::columnar {

namespace {

class TableSource final : public MatchSource {
 public:
  TableSource(const MemTable& table, size_t spans, const RowFilter& filter)
      : scan_(table, filter, spans), blocks_(scan_.Blocks()) {}

  int64_t Bound() const override {
    const int64_t to_come = blocks_.empty() ? INT64_MIN : blocks_.back().newest_ns;
    return found_.empty() ? to_come : std::max(to_come, found_.front().start_ns);
  }
  bool done() const override { return found_.empty() && blocks_.empty(); }
  bool Step(TraceMatch& match) override {
    if (!blocks_.empty() && (found_.empty() || found_.front().start_ns < blocks_.back().newest_ns)) {
      const MemTable::Matches::Block block = blocks_.back();
      blocks_.pop_back();
      scan_.FindIn(block, found_);
      std::make_heap(found_.begin(), found_.end(), Older);
      return false;
    }
    std::pop_heap(found_.begin(), found_.end(), Older);
    match = found_.back();
    found_.pop_back();
    return true;
  }

 private:
  MemTable::Matches scan_;
  std::vector<MemTable::Matches::Block> blocks_;  // that were not looked at yet, the newest last
  std::vector<TraceMatch> found_;                 // a heap
};

}  // namespace

std::unique_ptr<MatchSource> MakeTableSource(const MemTable& table, size_t spans,
                                             const RowFilter& filter) {
  return std::make_unique<TableSource>(table, spans, filter);
}

}  // namespace awry::columnar
