#include "awry/columnar/call_counter.h"

#include <algorithm>
#include <bit>
#include <tuple>

#include "awry/columnar/segment_format.h"

namespace awry::columnar {

uint32_t CallCounter::ServiceNumber(const std::string& service) {
  const auto [at, is_new] = numbers_.try_emplace(service, static_cast<uint32_t>(services_.size()));
  if (is_new) services_.push_back(service);
  return at->second;
}

void CallCounter::BeginTrace(const trace::TraceId& id) {
  traces_.push_back(id);
  trace_hash_ = TraceFilter::Hash(id);
}

// Finds repeated span ids, too.
void CallCounter::Enter() {
  const size_t slots = std::bit_ceil(std::max<size_t>(size_t{row_count_} * 2, 64));
  slot_shift_ = 64 - std::countr_zero(slots);
  slots_.assign(slots, 0);
  for (uint32_t i = 0; i < row_count_; ++i) {
    size_t at = rows_[i].key >> slot_shift_;
    while (slots_[at] != 0 && rows_[slots_[at] - 1].key != rows_[i].key)
      at = (at + 1) & (slots - 1);
    if (slots_[at] == 0) {
      slots_[at] = i + 1;
    } else {
      uncounted_.insert(traces_[rows_[i].trace]);
      uncounted_.insert(traces_[rows_[slots_[at] - 1].trace]);
    }
  }
}

uint32_t CallCounter::Find(uint64_t key) const {
  for (size_t at = key >> slot_shift_; slots_[at] != 0; at = (at + 1) & (slots_.size() - 1)) {
    if (rows_[slots_[at] - 1].key == key) return slots_[at] - 1;
  }
  return kFar;
}

void CallCounter::Settle(const std::function<bool(const trace::TraceId&)>& has_more) {
  Enter();
  for (Call& call : calls_) {
    if (call.parent != kFar) continue;
    call.parent = Find(call.parent_key);
    const trace::TraceId& id = traces_[rows_[call.child].trace];
    if (call.parent == kFar && has_more(id)) uncounted_.insert(id);
  }
  for (const Call& call : calls_) {
    const Row& child = rows_[call.child];
    if (call.parent == kFar || rows_[call.parent].service == child.service) continue;
    if (!uncounted_.empty() && uncounted_.contains(traces_[child.trace])) continue;
    CountCall(rows_[call.parent].service, child.service);
  }
  traces_.clear();
  row_count_ = 0;
  calls_.clear();
}

std::vector<store::ServiceCalls> CallCounter::Finish() {
  for (Count& count : recent_) {
    if (count.calls > 0) counts_[count.pair] += count.calls;
    count.calls = 0;
  }
  std::vector<store::ServiceCalls> out;
  for (const auto& [pair, calls] : counts_)
    out.push_back({services_[pair >> 32], services_[pair & UINT32_MAX], calls});
  std::sort(out.begin(), out.end(), [](const auto& a, const auto& b) {
    return std::tie(a.parent, a.child) < std::tie(b.parent, b.child);
  });
  return out;
}

}  // namespace awry::columnar
