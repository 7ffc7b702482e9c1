// A span being recorded: its OTLP protobuf grows in one buffer from start to end.
#pragma once

#include <array>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "awry/sdk/tracer.h"

namespace awry::sdk::detail {

// Most entries and bytes that a span may have. Constant.
struct SpanLimits {
  uint32_t attributes_max = 128;
  uint32_t value_bytes_max = UINT32_MAX;
  uint32_t events_max = 128;
  uint32_t links_max = 128;
  uint32_t event_attributes_max = 128;
  uint32_t link_attributes_max = 128;
};

// However large its values, a span's encoding stays below this; what does not fit is dropped and
// counted.
inline constexpr size_t kSpanBytesMax = 2 << 20;

struct LiveSpan {
  LiveSpan();
  ~LiveSpan();
  LiveSpan(const LiveSpan&) = delete;
  LiveSpan& operator=(const LiveSpan&) = delete;

  // Starts to record; every field is set anew.
  void Begin(Runtime* owner, const SpanLimits& span_limits, uint32_t scope_index,
             const SpanContext& context, SpanId parent, bool parent_is_remote, SpanKind kind,
             int64_t start_unix_ns, std::string_view name);
  // Returns the Span message.
  std::string_view Finish(int64_t end_unix_ns);

  static Span Start(Runtime& owner, uint32_t scope, std::string_view name,
                    const StartOptions* options);

  void SetText(std::string_view key, std::string_view value);
  void SetInt(std::string_view key, int64_t value);
  void SetReal(std::string_view key, double value);
  void SetBool(std::string_view key, bool value);
  void SetAny(std::string_view key, const AttributeValue& value);
  void AddEvent(std::string_view name, AttributeList attributes, int64_t time_ns);
  void AddLink(const SpanContext& context, AttributeList attributes);
  void SetStatus(StatusCode code, std::string_view description);
  void UpdateName(std::string_view name);

  // The attributes of an AttributeSet; null when there is no memory for it.
  static LiveSpan* NewSet();
  static void SetAllOf(LiveSpan& span, const AttributeSet& set) noexcept;
  // Gives back the memory of an unusually large span.
  void Trim();

  Runtime* runtime = nullptr;
  LiveSpan* next_free = nullptr;
  uint32_t scope = 0;
  int64_t clock_offset_ns = 0;  // of the monotonic clock, when the span began
  bool has_own_start = false;   // a start time was given

 private:
  struct Key {
    uint32_t fingerprint;
    uint32_t offset;  // of the attribute in the buffer
  };

  // Room for `bytes` more; null when the span would grow too large.
  char* Room(size_t bytes) {
    if (capacity_ - size_ < bytes && !Grow(bytes)) [[unlikely]]
      return nullptr;
    return data_ + size_;
  }
  bool Grow(size_t bytes);
  // Makes ready for an attribute: forgets an older one with this key. False when the limit is met.
  bool MakeKey(std::string_view key);
  bool ForgetOrRefuse(std::string_view key, uint32_t fingerprint, size_t index);
  // Where seen_ tells of a fingerprint.
  static size_t SeenWord(uint32_t fingerprint) { return fingerprint >> 6 & 3; }
  static uint64_t SeenBit(uint32_t fingerprint) { return uint64_t{1} << (fingerprint & 63); }
  // The key of the attribute at `offset`.
  std::string_view KeyAt(size_t offset) const;
  // Whether a key of `set` may be among those here.
  bool MayHave(const LiveSpan& set) const;
  void SetAll(const LiveSpan& set);
  void SetEach(const LiveSpan& set);
  // The first bytes of an AnyValue: tag, and number or length of a text.
  struct AnyHead {
    char bytes[16] = {};
    size_t size = 0;
  };
  void AppendAttribute(std::string_view key, const AnyHead& any, std::string_view text);
  // `text` as valid UTF-8 of at most `bytes_max`; may borrow from `scratch`.
  static std::string_view Clean(std::string_view text, size_t bytes_max, std::string& scratch);
  void AppendList(uint32_t field, AttributeList attributes, uint32_t count_max,
                  uint32_t dropped_field);
  void AppendText(uint32_t field, std::string_view text, size_t bytes_max = SIZE_MAX);
  void AppendAny(const AttributeValue& value);
  size_t OpenField(uint32_t field);
  void CloseField(size_t at);
  void AppendByte(uint8_t byte);
  void AppendVarint(uint64_t value);
  void AppendFixed64(uint64_t value);

  char* data_ = nullptr;
  size_t size_ = 0;
  size_t capacity_ = 0;
  size_t bytes_limit_ = kSpanBytesMax;
  size_t end_time_at_ = 0;  // where the end time will stand
  SpanLimits const* limits_ = nullptr;
  std::vector<Key> keys_;
  std::array<uint64_t, 4> seen_{};  // bits of the fingerprints in keys_, and of keys that were there
  uint32_t dropped_attributes_ = 0, events_ = 0, dropped_events_ = 0, links_ = 0,
           dropped_links_ = 0;
  StatusCode status_ = StatusCode::kUnset;
  std::string status_message_;
  bool overflowed_ = false;  // an append did not fit
};

}  // namespace awry::sdk::detail
