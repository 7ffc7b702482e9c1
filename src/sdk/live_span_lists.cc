// What a span holds in numbers: arrays, events and links.
#include <bit>
#include <string>

#include "sdk/live_span.h"
#include "sdk/put.h"

namespace awry::sdk::detail {

void LiveSpan::AppendAny(const AttributeValue& value) {
  using Kind = AttributeValue::Kind;
  const auto append_array = [this, &value]<typename T>(T) {
    const size_t array = OpenField(5);
    for (const auto& item : value.items<T>()) {
      const size_t any = OpenField(1);
      AppendAny(AttributeValue(item));
      CloseField(any);
    }
    CloseField(array);
  };
  switch (value.kind()) {
    case Kind::kString:
      return AppendText(1, value.text(), limits_->value_bytes_max);
    case Kind::kBool:
      AppendByte(0x10);
      return AppendByte(value.boolean() ? 1 : 0);
    case Kind::kInt:
      AppendByte(0x18);
      return AppendVarint(static_cast<uint64_t>(value.integer()));
    case Kind::kUint:
      if (value.integer() < 0)
        return AppendText(1, std::to_string(static_cast<uint64_t>(value.integer())));
      AppendByte(0x18);
      return AppendVarint(static_cast<uint64_t>(value.integer()));
    case Kind::kDouble:
      AppendByte(0x21);
      return AppendFixed64(std::bit_cast<uint64_t>(value.real()));
    case Kind::kBytes: {
      const std::string_view bytes = value.text().substr(0, limits_->value_bytes_max);
      const size_t field = OpenField(7);
      if (char* at = Room(bytes.size())) {
        PutBytes(at, bytes.data(), bytes.size());
        size_ += bytes.size();
      }
      return CloseField(field);
    }
    case Kind::kStringViews:
      return append_array(std::string_view());
    case Kind::kStrings:
      return append_array(std::string());
    case Kind::kBools:
      return append_array(bool());
    case Kind::kInts:
      return append_array(int64_t());
    case Kind::kDoubles:
      return append_array(double());
  }
}

void LiveSpan::AppendList(uint32_t field, AttributeList attributes, uint32_t count_max,
                          uint32_t dropped_field) {
  uint32_t count = 0, dropped = 0;
  for (const KeyValue& a : attributes) {
    if (a.key.empty()) continue;
    if (count == count_max) {
      ++dropped;
      continue;
    }
    ++count;
    const size_t pair = OpenField(field);
    AppendText(1, a.key);
    const size_t any = OpenField(2);
    AppendAny(a.value);
    CloseField(any);
    CloseField(pair);
  }
  if (dropped != 0) {
    AppendByte(static_cast<uint8_t>(dropped_field << 3));
    AppendVarint(dropped);
  }
}

void LiveSpan::AddEvent(std::string_view name, AttributeList attributes, int64_t time_ns) {
  if (events_ >= limits_->events_max) {
    ++dropped_events_;
    return;
  }
  const size_t before = size_;
  const size_t event = OpenField(11);
  AppendByte(0x09);
  AppendFixed64(static_cast<uint64_t>(time_ns));
  AppendText(2, name);
  AppendList(3, attributes, limits_->event_attributes_max, 4);
  CloseField(event);
  ++events_;
  if (overflowed_) {
    overflowed_ = false;
    size_ = before;
    --events_;
    ++dropped_events_;
  }
}

void LiveSpan::AddLink(const SpanContext& context, AttributeList attributes) {
  if (!context.is_valid()) return;
  if (links_ >= limits_->links_max) {
    ++dropped_links_;
    return;
  }
  const size_t before = size_;
  const size_t link = OpenField(13);
  char ids[28];
  ids[0] = 0x0a;
  ids[1] = 16;
  PutBigEndian(PutBigEndian(ids + 2, context.trace_id.high), context.trace_id.low);
  ids[18] = 0x12;
  ids[19] = 8;
  PutBigEndian(ids + 20, context.span_id.value);
  if (char* at = Room(sizeof(ids))) {
    PutBytes(at, ids, sizeof(ids));
    size_ += sizeof(ids);
  }
  if (context.trace_state != nullptr) AppendText(3, *context.trace_state);
  AppendList(4, attributes, limits_->link_attributes_max, 5);
  CloseField(link);
  ++links_;
  if (overflowed_) {
    overflowed_ = false;
    size_ = before;
    --links_;
    ++dropped_links_;
  }
}

}  // namespace awry::sdk::detail
