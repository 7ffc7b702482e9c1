// batch := span count | arrival | schema | rows
// row   := shape | trace id | span id | parent id | start | duration | values | extras?
#include "awry/columnar/batch.h"

#include "awry/columnar/attribute_hash.h"
#include "base/check.h"

namespace awry::columnar {

using trace::ValueView;

namespace {

void PutTag(ExtraTag tag, ByteWriter& out) { out.Byte(static_cast<uint8_t>(tag)); }

uint32_t Upper(uint64_t hash) { return static_cast<uint32_t>(hash >> 32); }

void PutExtraHashes(std::string_view extras, std::vector<uint64_t>& scratch,
                    std::vector<uint32_t>& out) {
  scratch.clear();
  HashExtras(extras, scratch);
  for (const uint64_t hash : scratch) out.push_back(Upper(hash));
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
  if (resource_ == kNoId) resource_ = schema_->InternResource(resource_bytes_.view());
  if (scope_ == kNoId) scope_ = schema_->InternScope(scope_bytes_.view());
  CHECK(resource_ != kNoId && scope_ != kNoId);  // OnResource comes before OnSpan
}

void BatchEncoder::OnSpan(const trace::SpanFields& fields) {
  if (resource_ == kNoId || scope_ == kNoId) ResolveResourceAndScope();
  span_ = fields;
  shape_.resource = resource_;
  shape_.scope = scope_;
  shape_.name = schema_->InternName(fields.name);
  shape_.flags = fields.flags;
  shape_.kind = fields.kind;
  shape_.status = fields.status;
  shape_.columns.clear();
  if (shape_.name >= shape_of_name_.size()) shape_of_name_.resize(shape_.name + 1, kNoId);
  const uint32_t expected = shape_of_name_[shape_.name];
  expected_ = expected == kNoId ? nullptr : &schema_->shape(expected);
  values_.clear();
  extras_.clear();
  if (!fields.status_message.empty()) {
    PutTag(ExtraTag::kStatusMessage, extras_);
    extras_.Bytes(fields.status_message);
  }
  if (!fields.trace_state.empty()) {
    PutTag(ExtraTag::kTraceState, extras_);
    extras_.Bytes(fields.trace_state);
  }
  if ((fields.dropped_attributes | fields.dropped_events | fields.dropped_links) != 0) {
    PutTag(ExtraTag::kDropped, extras_);
    extras_.Varint(fields.dropped_attributes);
    extras_.Varint(fields.dropped_events);
    extras_.Varint(fields.dropped_links);
  }
}

void BatchEncoder::OnAttribute(std::string_view key, const ValueView& value) {
  const size_t place = shape_.columns.size();
  uint32_t column = kNoId;
  if (expected_ != nullptr && place < expected_->columns.size()) {
    const Column& guess = schema_->column(expected_->columns[place]);
    if (guess.kind == value.kind && guess.key == key) column = expected_->columns[place];
  }
  if (column == kNoId) {
    expected_ = nullptr;
    column = schema_->InternColumn(key, value.kind);
  }
  shape_.columns.push_back(column);
  AppendValue(value, values_);
  batch_.hashes.push_back(Upper(AttributeHash(schema_->column(column).key_hash, value)));
}

void BatchEncoder::OnEvent(const trace::EventFields& fields) {
  PutTag(ExtraTag::kEvent, extras_);
  extras_.Signed(fields.time_ns);
  extras_.Bytes(fields.name);
  extras_.Varint(fields.dropped_attributes);
}

void BatchEncoder::OnEventAttribute(std::string_view key, const ValueView& value) {
  PutTag(ExtraTag::kAttribute, extras_);
  AppendAttribute(key, value, extras_);
}

void BatchEncoder::OnLink(const trace::LinkFields& fields) {
  PutTag(ExtraTag::kLink, extras_);
  extras_.Fixed(fields.trace_id.high);
  extras_.Fixed(fields.trace_id.low);
  extras_.Fixed(fields.span_id);
  extras_.Bytes(fields.trace_state);
  extras_.Varint(fields.dropped_attributes);
  extras_.Varint(fields.flags);
}

void BatchEncoder::OnLinkAttribute(std::string_view key, const ValueView& value) {
  OnEventAttribute(key, value);
}

void BatchEncoder::OnWarning(std::string_view text) {
  PutTag(ExtraTag::kWarning, extras_);
  extras_.Bytes(text);
}

uint32_t BatchEncoder::ShapeOfSpan() {
  uint32_t& last = shape_of_name_[shape_.name];
  const bool same = expected_ != nullptr && expected_->columns.size() == shape_.columns.size() &&
                    expected_->resource == shape_.resource && expected_->scope == shape_.scope &&
                    expected_->flags == shape_.flags && expected_->kind == shape_.kind &&
                    expected_->status == shape_.status &&
                    expected_->has_extras == shape_.has_extras;
  if (!same) last = schema_->InternShape(shape_);
  return last;
}

void BatchEncoder::OnSpanEnd() {
  shape_.has_extras = !extras_.empty();
  const uint32_t shape = ShapeOfSpan();
  const uint64_t duration_ns =
      static_cast<uint64_t>(span_.end_ns) - static_cast<uint64_t>(span_.start_ns);
  const auto offset = static_cast<uint32_t>(rows_.size());
  rows_.Varint(shape);
  rows_.Fixed(span_.trace_id.high);
  rows_.Fixed(span_.trace_id.low);
  rows_.Fixed(span_.span_id);
  rows_.Fixed(span_.parent_id);
  rows_.Fixed(static_cast<uint64_t>(span_.start_ns));
  rows_.Varint(duration_ns);
  rows_.Raw(values_.view());
  if (shape_.has_extras) {
    rows_.Bytes(extras_.view());
    PutExtraHashes(extras_.view(), extra_hashes_, batch_.hashes);
  }
  batch_.rows.push_back({.trace_id = span_.trace_id,
                         .start_ns = span_.start_ns,
                         .duration_ns = duration_ns,
                         .offset = offset,
                         .shape = shape,
                         .hashes_end = static_cast<uint32_t>(batch_.hashes.size())});
}

EncodedBatch BatchEncoder::Finish(int64_t arrival_ns) {
  std::string head;
  codec::PutVarint(head, span_count());
  codec::PutFixed(head, static_cast<uint64_t>(arrival_ns));
  schema_->Encode(head);
  batch_.bytes.reserve(head.size() + rows_.size());
  batch_.bytes.append(head).append(rows_.view());
  for (BatchRow& row : batch_.rows) row.offset += static_cast<uint32_t>(head.size());
  batch_.schema = std::move(schema_);
  batch_.arrival_ns = arrival_ns;
  return std::move(batch_);
}

bool ReadBatch(std::string bytes, EncodedBatch& batch) {
  BatchReader reader;
  if (!reader.Open(bytes)) return false;
  Row row;
  std::vector<uint64_t> scratch;
  for (size_t offset = reader.offset(); reader.Next(row); offset = reader.offset()) {
    const Shape& shape = reader.schema().shape(row.shape);
    for (size_t i = 0; i < row.values.size(); ++i) {
      const Column& column = reader.schema().column(shape.columns[i]);
      batch.hashes.push_back(Upper(AttributeHash(column.key_hash, row.values[i])));
    }
    if (!row.extras.empty()) PutExtraHashes(row.extras, scratch, batch.hashes);
    batch.rows.push_back({.trace_id = row.trace_id,
                          .start_ns = row.start_ns,
                          .duration_ns = row.duration_ns,
                          .offset = static_cast<uint32_t>(offset),
                          .shape = row.shape,
                          .hashes_end = static_cast<uint32_t>(batch.hashes.size())});
  }
  if (!reader.ok()) return false;
  batch.schema = reader.TakeSchema();
  batch.arrival_ns = reader.arrival_ns();
  batch.bytes = std::move(bytes);
  return true;
}

bool BatchReader::Open(std::string_view batch) {
  in_ = ByteReader(batch);
  size_ = batch.size();
  span_count_ = in_.Varint();
  arrival_ns_ = static_cast<int64_t>(in_.Fixed<uint64_t>());
  return schema_->Decode(in_);
}

uint64_t BatchReader::SpanCount(std::string_view batch) { return ByteReader(batch).Varint(); }

bool BatchReader::Next(Row& row) {
  if (read_ == span_count_) {
    if (!in_.at_end()) in_.Fail();
    return false;
  }
  const auto shape_of = [this](uint32_t id) {
    return id < schema_->shape_count() ? &schema_->shape(id) : nullptr;
  };
  if (!ReadRow(*schema_, shape_of, in_, row)) return false;
  ++read_;
  return true;
}

}  // namespace awry::columnar
