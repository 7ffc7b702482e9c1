// Layout of the buffer: trace id, span id, [parent], kind, flags, start, end (filled in at last),
// name, then attributes, events and links as they come, then counts, status and trace state.
// Protobuf takes fields in any order; a name that is set again simply stands twice, and the last
// one counts. Lengths of attributes are known before and minimal; those of events, links and arrays
// are written as four-byte varints and filled in behind, which every protobuf reader takes.
#include "sdk/live_span.h"

#include <algorithm>
#include <cstdlib>

#include "sdk/put.h"
#include "wire/outgoing.h"

namespace awry::sdk::detail {
namespace {

constexpr size_t kFirstCapacity = 1024;
constexpr size_t kLengthBytes = 4;

uint32_t FingerprintOf(std::string_view key) {
  uint64_t first = 0, last = 0;
  if (key.size() >= 8) {
    std::memcpy(&first, key.data(), 8);
    std::memcpy(&last, key.data() + key.size() - 8, 8);
  } else if (key.size() >= 4) {
    uint32_t a = 0, b = 0;
    std::memcpy(&a, key.data(), 4);
    std::memcpy(&b, key.data() + key.size() - 4, 4);
    first = a;
    last = b;
  } else {
    for (const char c : key) first = first << 8 | static_cast<unsigned char>(c);
  }
  const uint64_t mixed = (first ^ (last * 0x9e3779b97f4a7c15ULL)) + key.size();
  return static_cast<uint32_t>(mixed ^ mixed >> 32);
}

// Reads the varint at `at` and moves behind it.
size_t TakeVarint(const char*& at) {
  size_t value = 0;
  for (int shift = 0;; shift += 7) {
    const auto byte = static_cast<unsigned char>(*at++);
    value |= static_cast<size_t>(byte & 127) << shift;
    if (byte < 128) return value;
  }
}

}  // namespace

LiveSpan::LiveSpan() {
  data_ = static_cast<char*>(std::malloc(kFirstCapacity));
  capacity_ = data_ == nullptr ? 0 : kFirstCapacity;
  keys_.reserve(16);
}

LiveSpan::~LiveSpan() { std::free(data_); }

bool LiveSpan::Grow(size_t bytes) {
  const size_t wanted = std::max(size_ + bytes, capacity_ * 2);
  char* bigger =
      size_ + bytes > bytes_limit_ ? nullptr : static_cast<char*>(std::realloc(data_, wanted));
  if (bigger == nullptr) {
    overflowed_ = true;
    return false;
  }
  data_ = bigger;
  capacity_ = wanted;
  return true;
}

void LiveSpan::Begin(Runtime* owner, const SpanLimits& span_limits, uint32_t scope_index,
                     const SpanContext& context, SpanId parent, bool parent_is_remote,
                     SpanKind kind, int64_t start_unix_ns, std::string_view name) {
  runtime = owner;
  scope = scope_index;
  limits_ = &span_limits;
  size_ = 0;
  keys_.clear();
  seen_ = {};
  dropped_attributes_ = events_ = dropped_events_ = links_ = dropped_links_ = 0;
  status_ = StatusCode::kUnset;
  overflowed_ = false;
  bytes_limit_ = kSpanBytesMax;
  constexpr size_t kHeadBytes = 18 + 10 + 10 + 2 + 6 + 9 + 9;
  char* at = Room(kHeadBytes);
  if (at == nullptr) return;  // no memory at all: an empty record, which is dropped at the end
  *at++ = 0x0a;
  *at++ = 16;
  at = PutBigEndian(PutBigEndian(at, context.trace_id.high), context.trace_id.low);
  *at++ = 0x12;
  *at++ = 8;
  at = PutBigEndian(at, context.span_id.value);
  if (parent.is_valid()) {
    *at++ = 0x22;
    *at++ = 8;
    at = PutBigEndian(at, parent.value);
  }
  *at++ = 0x30;
  *at++ = static_cast<char>(kind);
  *at++ = static_cast<char>(0x85);
  *at++ = 0x01;
  constexpr uint32_t kRemoteIsKnown = 1 << 8, kIsRemote = 1 << 9;
  const uint32_t flags = context.trace_flags | kRemoteIsKnown | (parent_is_remote ? kIsRemote : 0);
  at = PutBytes(at, &flags, 4);
  *at++ = 0x39;
  at = PutBytes(at, &start_unix_ns, 8);
  *at++ = 0x41;
  end_time_at_ = static_cast<size_t>(at - data_);
  at += 8;
  size_ = static_cast<size_t>(at - data_);
  AppendText(5, name);
  if (context.trace_state != nullptr) AppendText(3, *context.trace_state);
  overflowed_ = false;  // a name beyond the limit is left out
}

std::string_view LiveSpan::Finish(int64_t end_unix_ns) {
  if (size_ == 0) return {};
  bytes_limit_ = 2 * kSpanBytesMax + status_message_.size();  // what follows always has room
  std::memcpy(data_ + end_time_at_, &end_unix_ns, 8);
  const auto append_count = [this](uint32_t field, uint32_t count) {
    if (count == 0) return;
    AppendByte(static_cast<uint8_t>(field << 3));
    AppendVarint(count);
  };
  append_count(10, dropped_attributes_);
  append_count(12, dropped_events_);
  append_count(14, dropped_links_);
  if (status_ != StatusCode::kUnset) {
    const size_t at = OpenField(15);
    if (status_ == StatusCode::kError) AppendText(2, status_message_);
    append_count(3, static_cast<uint32_t>(status_));
    CloseField(at);
  }
  return overflowed_ ? std::string_view() : std::string_view(data_, size_);
}

std::string_view LiveSpan::Clean(std::string_view text, size_t bytes_max, std::string& scratch) {
  if (text.size() > bytes_max) text = wire::CutUtf8(text, bytes_max);
  if (IsAscii(text) || wire::IsUtf8(text)) [[likely]]
    return text;
  scratch = wire::ToUtf8(text);
  return scratch;
}

bool LiveSpan::MakeKey(std::string_view key) {
  if (key.empty()) return false;
  const uint32_t fingerprint = FingerprintOf(key);
  uint64_t& seen = seen_[SeenWord(fingerprint)];
  const uint64_t bit = SeenBit(fingerprint);
  for (size_t i = 0; (seen & bit) != 0 && i < keys_.size(); ++i) {
    if (keys_[i].fingerprint == fingerprint && !ForgetOrRefuse(key, fingerprint, i)) return true;
  }
  if (keys_.size() >= limits_->attributes_max || !(IsAscii(key) || wire::IsUtf8(key))) {
    ++dropped_attributes_;
    return false;
  }
  seen |= bit;
  keys_.push_back({fingerprint, static_cast<uint32_t>(size_)});
  return true;
}

std::string_view LiveSpan::KeyAt(size_t offset) const {
  const char* at = data_ + offset + 1;
  TakeVarint(at);
  ++at;  // the tag of the key
  const size_t key_bytes = TakeVarint(at);
  return {at, key_bytes};
}

// When the attribute at `index` has this very key, takes its bytes out of the buffer, makes its
// entry point to the end and returns false; true when it is another key of the same fingerprint.
bool LiveSpan::ForgetOrRefuse(std::string_view key, uint32_t fingerprint, size_t index) {
  const size_t start = keys_[index].offset;
  const char* at = data_ + start + 1;
  const size_t attribute_bytes = TakeVarint(at);
  const size_t bytes = static_cast<size_t>(at - (data_ + start)) + attribute_bytes;
  if (KeyAt(start) != key) return true;
  std::memmove(data_ + start, data_ + start + bytes, size_ - start - bytes);
  size_ -= bytes;
  keys_.erase(keys_.begin() + static_cast<std::ptrdiff_t>(index));
  for (Key& other : keys_) {
    if (other.offset > start) other.offset -= static_cast<uint32_t>(bytes);
  }
  keys_.push_back({fingerprint, static_cast<uint32_t>(size_)});
  return false;
}

// Appends field 9 with `key` and the AnyValue `any` + `text`.
void LiveSpan::AppendAttribute(std::string_view key, const AnyHead& any, std::string_view text) {
  const size_t value_bytes = any.size + text.size();
  const size_t pair_bytes =
      1 + VarintSize(key.size()) + key.size() + 1 + VarintSize(value_bytes) + value_bytes;
  char* at = Room(1 + VarintSize(pair_bytes) + pair_bytes + sizeof(any.bytes));
  if (at == nullptr) {
    overflowed_ = false;
    keys_.pop_back();
    ++dropped_attributes_;
    return;
  }
  *at++ = 0x4a;
  at = PutVarint(at, pair_bytes);
  *at++ = 0x0a;
  at = PutText(PutVarint(at, key.size()), key);
  *at++ = 0x12;
  at = PutVarint(at, value_bytes);
  std::memcpy(at, any.bytes, sizeof(any.bytes));  // all of it: a constant size needs no call
  at = PutText(at + any.size, text);
  size_ = static_cast<size_t>(at - data_);
}

void LiveSpan::SetText(std::string_view key, std::string_view value) {
  if (!MakeKey(key)) return;
  std::string scratch;
  value = Clean(value, limits_->value_bytes_max, scratch);
  AnyHead any{{0x0a}};
  any.size = static_cast<size_t>(PutVarint(any.bytes + 1, value.size()) - any.bytes);
  AppendAttribute(key, any, value);
}

void LiveSpan::SetInt(std::string_view key, int64_t value) {
  if (!MakeKey(key)) return;
  AnyHead any{{0x18}};
  any.size =
      static_cast<size_t>(PutVarint(any.bytes + 1, static_cast<uint64_t>(value)) - any.bytes);
  AppendAttribute(key, any, {});
}

void LiveSpan::SetReal(std::string_view key, double value) {
  if (!MakeKey(key)) return;
  AnyHead any{{0x21}, 9};
  PutBytes(any.bytes + 1, &value, 8);
  AppendAttribute(key, any, {});
}

void LiveSpan::SetBool(std::string_view key, bool value) {
  if (!MakeKey(key)) return;
  AppendAttribute(key, {{0x10, value ? '\1' : '\0'}, 2}, {});
}

void LiveSpan::SetAny(std::string_view key, const AttributeValue& value) {
  using Kind = AttributeValue::Kind;
  switch (value.kind()) {
    case Kind::kString:
      return SetText(key, value.text());
    case Kind::kInt:
      return SetInt(key, value.integer());
    case Kind::kDouble:
      return SetReal(key, value.real());
    case Kind::kBool:
      return SetBool(key, value.boolean());
    default:
      break;
  }
  if (!MakeKey(key)) return;
  const size_t before = size_;
  const size_t pair = OpenField(9);
  AppendText(1, key);
  const size_t any = OpenField(2);
  AppendAny(value);
  CloseField(any);
  CloseField(pair);
  if (overflowed_) {
    overflowed_ = false;
    size_ = before;
    keys_.pop_back();
    ++dropped_attributes_;
  }
}

void LiveSpan::AppendByte(uint8_t byte) {
  if (char* at = Room(1)) {
    *at = static_cast<char>(byte);
    ++size_;
  }
}

void LiveSpan::AppendVarint(uint64_t value) {
  if (char* at = Room(10)) size_ = static_cast<size_t>(PutVarint(at, value) - data_);
}

void LiveSpan::AppendFixed64(uint64_t value) {
  if (char* at = Room(8)) {
    PutBytes(at, &value, 8);
    size_ += 8;
  }
}

// Returns where the length will stand.
size_t LiveSpan::OpenField(uint32_t field) {
  AppendByte(static_cast<uint8_t>(field << 3 | 2));
  const size_t at = size_;
  if (Room(kLengthBytes) != nullptr) size_ += kLengthBytes;
  return at;
}

void LiveSpan::CloseField(size_t at) {
  if (overflowed_ || at + kLengthBytes > size_) return;
  const size_t length = size_ - at - kLengthBytes;
  for (size_t i = 0; i < kLengthBytes; ++i) {
    data_[at + i] =
        static_cast<char>((length >> (7 * i) & 127) | (i + 1 < kLengthBytes ? 0x80 : 0));
  }
}

void LiveSpan::AppendText(uint32_t field, std::string_view text, size_t bytes_max) {
  std::string scratch;
  text = Clean(text, bytes_max, scratch);
  char* at = Room(1 + 10 + text.size());
  if (at == nullptr) return;
  *at++ = static_cast<char>(field << 3 | 2);
  at = PutText(PutVarint(at, text.size()), text);
  size_ = static_cast<size_t>(at - data_);
}

void LiveSpan::SetStatus(StatusCode code, std::string_view description) {
  if (code == StatusCode::kUnset || status_ == StatusCode::kOk) return;
  status_ = code;
  status_message_.assign(code == StatusCode::kError ? description : std::string_view());
}

void LiveSpan::UpdateName(std::string_view name) {
  AppendText(5, name);
  overflowed_ = false;
}

void LiveSpan::Trim() {
  constexpr size_t kCapacityKept = 64 << 10;
  if (capacity_ <= kCapacityKept) return;
  std::free(data_);
  data_ = static_cast<char*>(std::malloc(kFirstCapacity));
  capacity_ = data_ == nullptr ? 0 : kFirstCapacity;
}

}  // namespace awry::sdk::detail
