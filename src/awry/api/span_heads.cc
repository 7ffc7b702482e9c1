#include "awry/api/span_heads.h"

#include <algorithm>
#include <bit>
#include <new>
#include <unordered_set>
#include <utility>

#include "awry/api/adjusters.h"
#include "awry/api/clock_skew.h"

namespace awry::api {

using trace::SpanId;

namespace {

constexpr uint32_t kHostsMax = (1u << 27) - 1;
constexpr size_t kResourcesMax = 1'024;
constexpr size_t kBytesOfHost = 128;

size_t SlotOf(SpanId id, size_t slots) {
  return static_cast<size_t>(id * 0x9e3779b97f4a7c15ULL >> 20) & (slots - 1);
}

size_t SlotsFor(size_t spans) { return std::bit_ceil(std::max<size_t>(spans, 8) * 3 / 2); }

}  // namespace

void SpanHeads::HeadList::Free::operator()(Head* block) const { ::operator delete(block); }

SpanHeads::Head& SpanHeads::HeadList::Add() {
  // Memory that no head was written to is not touched, and so takes no room.
  if (size_ == blocks_.size() * kBlockHeads)
    blocks_.emplace_back(static_cast<Head*>(::operator new(kBlockHeads * sizeof(Head))));
  return *new (&(*this)[size_++]) Head();
}

void SpanHeads::Add(const trace::Span& span) {
  if (host_of_resource_.size() >= kResourcesMax) host_of_resource_.clear();
  const auto [known, added] = host_of_resource_.try_emplace(span.resource.get(), 0);
  if (added) {
    const std::string host = HostOf(*span.resource);
    if (!host.empty()) {
      const auto number = static_cast<uint32_t>(std::min<size_t>(hosts_.size() + 1, kHostsMax));
      known->second = hosts_.try_emplace(host, number).first->second;
    }
  }
  Head& head = heads_.Add();
  head = {.id = span.span_id,
          .parent = span.parent_id,
          .start_ns = span.start_ns,
          .end_ns = span.end_ns,
          .host = known->second & kHostsMax,
          .client = span.kind == trace::SpanKind::kClient,
          .server = span.kind == trace::SpanKind::kServer};
}

size_t SpanHeads::held_bytes() const {
  return heads_.size() * (sizeof(Head) + 1) + SlotsFor(heads_.size()) * sizeof(uint32_t) +
         hosts_.size() * kBytesOfHost;
}

void SpanHeads::IndexIds() {
  slots_.assign(SlotsFor(heads_.size()), 0);
  duplicates_ = false;
  for (uint32_t i = 0; i < heads_.size(); ++i) {
    Head& head = heads_[i];
    size_t at = SlotOf(head.id, slots_.size());
    while (slots_[at] != 0 && heads_[slots_[at] - 1].id != head.id) at = (at + 1) & (slots_.size() - 1);
    head.duplicate = slots_[at] != 0 ? 1 : 0;
    if (slots_[at] == 0) slots_[at] = i + 1;
    duplicates_ = duplicates_ || head.duplicate != 0;
    Head& first = heads_[slots_[at] - 1];
    first.client_has_id = first.client_has_id | head.client;
  }
}

uint32_t SpanHeads::Find(SpanId id) const {
  for (size_t at = SlotOf(id, slots_.size()); slots_[at] != 0; at = (at + 1) & (slots_.size() - 1)) {
    if (heads_[slots_[at] - 1].id == id) return slots_[at] - 1;
  }
  return kNone;
}

void SpanHeads::PartSharedIds() {
  std::vector<std::pair<uint32_t, SpanId>> fresh;  // spans and their new ids
  std::unordered_set<SpanId> used;                 // beside those of slots_
  std::unordered_map<SpanId, SpanId> moved;        // shared id → the first server's new one
  for (uint32_t i = 0; i < heads_.size(); ++i) {
    const Head& head = heads_[i];
    if (head.server == 0 || heads_[Find(head.id)].client_has_id == 0) continue;
    const SpanId id = FreshId(
        head.id, [&](SpanId wanted) { return Find(wanted) != kNone || used.contains(wanted); });
    used.insert(id);
    moved.emplace(head.id, id);
    fresh.emplace_back(i, id);
  }
  if (fresh.empty()) return;
  for (const auto& [at, id] : fresh) {
    heads_[at].parent = heads_[at].id;
    heads_[at].id = id;
  }
  for (size_t i = 0; i < heads_.size(); ++i) {
    Head& head = heads_[i];
    const auto found = moved.find(head.parent);
    if (found != moved.end() && head.id != found->second) head.parent = found->second;
  }
  IndexIds();
}

void SpanHeads::FindParents() {
  for (uint32_t i = 0; i < heads_.size(); ++i) {
    if (heads_[i].parent == 0) continue;
    const uint32_t parent = Find(heads_[i].parent);
    if (parent != i) heads_[i].parent_at = parent;
  }
}

// As query::Topology: walks up from every span; a walk that meets itself is cut where it began to
// repeat.
void SpanHeads::CutCircles() {
  enum State : uint8_t { kNew, kOnPath, kDone };
  std::vector<uint8_t> states(heads_.size(), kNew);
  for (uint32_t start = 0; start < heads_.size(); ++start) {
    uint32_t at = start;
    while (at != kNone && states[at] == kNew) {
      states[at] = kOnPath;
      at = heads_[at].parent_at;
    }
    const bool met_itself = at != kNone && states[at] == kOnPath;
    for (uint32_t done = start; done != kNone && states[done] == kOnPath; done = heads_[done].parent_at)
      states[done] = kDone;
    if (met_itself) heads_[at].parent_at = kNone;
  }
}

void SpanHeads::Settle() {
  host_of_resource_.clear();
  IndexIds();
  PartSharedIds();
  if (duplicates_) return;  // nothing is said of parents then
  FindParents();
  CutCircles();
}

void SpanHeads::Apply(size_t number, trace::Span& span) const {
  const Head& head = heads_[number];
  span.span_id = head.id;
  span.parent_id = head.parent;
  if (head.duplicate != 0) span.warnings.emplace_back(kDuplicateIdWarning);
  if (duplicates_ || head.parent == 0) return;
  if (head.parent_at == kNone) {
    span.warnings.push_back(MissingParentWarning(head.parent));
    return;
  }
  const Head& parent = heads_[head.parent_at];
  if (head.host != 0 && head.host == parent.host) return;
  const int64_t delta_ns =
      SkewDelta({parent.start_ns, parent.end_ns}, {head.start_ns, head.end_ns});
  if (delta_ns != 0) span.warnings.push_back(SkewDisabledWarning(delta_ns));
}

}  // namespace awry::api
