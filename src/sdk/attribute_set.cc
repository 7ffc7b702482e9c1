// The attributes of a set stand in a buffer as those of a span do, and are copied from it as they are.
#include "awry/sdk/attribute_set.h"

#include <new>

#include "sdk/live_span.h"
#include "sdk/put.h"
#include "sdk/runtime.h"

namespace awry::sdk {
namespace detail {

void LiveSpanDelete::operator()(LiveSpan* span) const noexcept { delete span; }

bool LiveSpan::MayHave(const LiveSpan& set) const {
  for (const Key& other : set.keys_) {
    if ((seen_[SeenWord(other.fingerprint)] & SeenBit(other.fingerprint)) == 0) continue;
    for (const Key& key : keys_) {
      if (key.fingerprint == other.fingerprint) return true;
    }
  }
  return false;
}

void LiveSpan::SetAll(const LiveSpan& set) {
  dropped_attributes_ += set.dropped_attributes_;
  if (keys_.size() + set.keys_.size() > limits_->attributes_max || MayHave(set) || size_ + set.size_ > kSpanBytesMax) {
    return SetEach(set);
  }
  char* at = Room(set.size_);
  if (at == nullptr) return SetEach(set);
  for (const Key& key : set.keys_) {
    seen_[SeenWord(key.fingerprint)] |= SeenBit(key.fingerprint);
    keys_.push_back({key.fingerprint, static_cast<uint32_t>(size_) + key.offset});
  }
  PutBytes(at, set.data_, set.size_);
  size_ += set.size_;
}

void LiveSpan::SetEach(const LiveSpan& set) {
  overflowed_ = false;
  for (size_t i = 0; i < set.keys_.size(); ++i) {
    const size_t from = set.keys_[i].offset;
    const size_t end = i + 1 < set.keys_.size() ? set.keys_[i + 1].offset : set.size_;
    if (!MakeKey(set.KeyAt(from))) continue;
    if (char* at = Room(end - from)) {
      PutBytes(at, set.data_ + from, end - from);
      size_ += end - from;
    } else {
      overflowed_ = false;
      keys_.pop_back();
      ++dropped_attributes_;
    }
  }
}

LiveSpan* LiveSpan::NewSet() {
  Runtime* owner = detail::runtime.load(std::memory_order_acquire);
  static const SpanLimits kDefault;
  auto* set = new (std::nothrow) LiveSpan();
  // A runtime and its settings are never destroyed.
  if (set != nullptr) set->limits_ = owner == nullptr ? &kDefault : &owner->settings().limits;
  return set;
}

void set_attributes(LiveSpan& span, const AttributeSet& set) noexcept { LiveSpan::SetAllOf(span, set); }

void LiveSpan::SetAllOf(LiveSpan& span, const AttributeSet& set) noexcept {
  if (set.encoded_ == nullptr) return;
  try {
    span.SetAll(*set.encoded_);
  } catch (...) {  // NOLINT: out of memory; the span stays as it was
  }
}

}  // namespace detail

AttributeSet::AttributeSet() noexcept : encoded_([]() noexcept -> detail::LiveSpan* {
  try {
    return detail::LiveSpan::NewSet();
  } catch (...) {  // NOLINT: out of memory
    return nullptr;
  }
}()) {}

void AttributeSet::add(std::string_view key, const AttributeValue& value) noexcept {
  if (encoded_ != nullptr) detail::set_attribute(*encoded_, key, value);
}

}  // namespace awry::sdk
