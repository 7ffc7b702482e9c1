// batch := span count | arrival | schema | rows
// row   := shape | trace id | span id | parent id | start | duration | values | extras?
#include "awry/columnar/batch.h"

#include "base/check.h"

namespace awry::columnar {

using codec::PutFixed;
using codec::PutVarint;
using trace::ValueView;

namespace {

void PutTag(ExtraTag tag, std::string& out) { out += static_cast<char>(tag); }

void PutBytes(std::string_view bytes, std::string& out) {
  PutVarint(out, bytes.size());
  out.append(bytes);
}

}  // namespace

void BatchEncoder::OnResource(const trace::ResourceFields& fields) {
  resource_ = scope_ = kNoId;
  resource_bytes_.clear();
  EncodeResource(fields, resource_bytes_);
  scope_bytes_.clear();
  EncodeScope({}, scope_bytes_);
}

void BatchEncoder::OnResourceAttribute(std::string_view key, const ValueView& value) {
  AppendAttribute(key, value, resource_bytes_);
}

void BatchEncoder::OnScope(const trace::ScopeFields& fields) {
  scope_ = kNoId;
  scope_bytes_.clear();
  EncodeScope(fields, scope_bytes_);
}

void BatchEncoder::OnScopeAttribute(std::string_view key, const ValueView& value) {
  AppendAttribute(key, value, scope_bytes_);
}

void BatchEncoder::ResolveResourceAndScope() {
  if (resource_ == kNoId) resource_ = schema_.InternResource(resource_bytes_);
  if (scope_ == kNoId) scope_ = schema_.InternScope(scope_bytes_);
  CHECK(resource_ != kNoId && scope_ != kNoId);  // OnResource comes before OnSpan
}

void BatchEncoder::OnSpan(const trace::SpanFields& fields) {
  if (resource_ == kNoId || scope_ == kNoId) ResolveResourceAndScope();
  span_ = fields;
  shape_.resource = resource_;
  shape_.scope = scope_;
  shape_.name = schema_.InternName(fields.name);
  shape_.flags = fields.flags;
  shape_.kind = fields.kind;
  shape_.status = fields.status;
  shape_.columns.clear();
  values_.clear();
  extras_.clear();
  if (!fields.status_message.empty()) {
    PutTag(ExtraTag::kStatusMessage, extras_);
    PutBytes(fields.status_message, extras_);
  }
  if (!fields.trace_state.empty()) {
    PutTag(ExtraTag::kTraceState, extras_);
    PutBytes(fields.trace_state, extras_);
  }
  if ((fields.dropped_attributes | fields.dropped_events | fields.dropped_links) != 0) {
    PutTag(ExtraTag::kDropped, extras_);
    PutVarint(extras_, fields.dropped_attributes);
    PutVarint(extras_, fields.dropped_events);
    PutVarint(extras_, fields.dropped_links);
  }
}

void BatchEncoder::OnAttribute(std::string_view key, const ValueView& value) {
  shape_.columns.push_back(schema_.InternColumn(key, value.kind));
  AppendValue(value, values_);
}

void BatchEncoder::OnEvent(const trace::EventFields& fields) {
  PutTag(ExtraTag::kEvent, extras_);
  PutVarint(extras_, codec::ZigZag(fields.time_ns));
  PutBytes(fields.name, extras_);
  PutVarint(extras_, fields.dropped_attributes);
}

void BatchEncoder::OnEventAttribute(std::string_view key, const ValueView& value) {
  PutTag(ExtraTag::kAttribute, extras_);
  AppendAttribute(key, value, extras_);
}

void BatchEncoder::OnLink(const trace::LinkFields& fields) {
  PutTag(ExtraTag::kLink, extras_);
  PutFixed(extras_, fields.trace_id.high);
  PutFixed(extras_, fields.trace_id.low);
  PutFixed(extras_, fields.span_id);
  PutBytes(fields.trace_state, extras_);
  PutVarint(extras_, fields.dropped_attributes);
  PutVarint(extras_, fields.flags);
}

void BatchEncoder::OnLinkAttribute(std::string_view key, const ValueView& value) {
  OnEventAttribute(key, value);
}

void BatchEncoder::OnWarning(std::string_view text) {
  PutTag(ExtraTag::kWarning, extras_);
  PutBytes(text, extras_);
}

void BatchEncoder::OnSpanEnd() {
  shape_.has_extras = !extras_.empty();
  PutVarint(rows_, schema_.InternShape(shape_));
  PutFixed(rows_, span_.trace_id.high);
  PutFixed(rows_, span_.trace_id.low);
  PutFixed(rows_, span_.span_id);
  PutFixed(rows_, span_.parent_id);
  PutFixed(rows_, static_cast<uint64_t>(span_.start_ns));
  PutVarint(rows_, static_cast<uint64_t>(span_.end_ns) - static_cast<uint64_t>(span_.start_ns));
  rows_.append(values_);
  if (shape_.has_extras) PutBytes(extras_, rows_);
  ++span_count_;
}

std::string BatchEncoder::Finish(int64_t arrival_ns) {
  std::string batch;
  batch.reserve(rows_.size() + 4096);
  PutVarint(batch, span_count_);
  PutFixed(batch, static_cast<uint64_t>(arrival_ns));
  schema_.Encode(batch);
  batch.append(rows_);
  return batch;
}

bool BatchReader::Open(std::string_view batch) {
  in_ = ByteReader(batch);
  size_ = batch.size();
  span_count_ = in_.Varint();
  arrival_ns_ = static_cast<int64_t>(in_.Fixed<uint64_t>());
  return schema_.Decode(in_);
}

uint64_t BatchReader::SpanCount(std::string_view batch) { return ByteReader(batch).Varint(); }

bool BatchReader::Next(Row& row) {
  if (read_ == span_count_) {
    if (!in_.at_end()) in_.Fail();
    return false;
  }
  const auto shape_of = [this](uint32_t id) {
    return id < schema_.shape_count() ? &schema_.shape(id) : nullptr;
  };
  if (!ReadRow(schema_, shape_of, in_, row)) return false;
  ++read_;
  return true;
}

}  // namespace awry::columnar
