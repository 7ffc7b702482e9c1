// The spans of one request as bytes: what the log holds and the memory table keeps.
// Format: docs/formats/wal.md, "batch".
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "awry/columnar/byte_writer.h"
#include "awry/columnar/row.h"
#include "awry/columnar/schema.h"
#include "trace/span_sink.h"

namespace awry::columnar {

// Of a row, what a table needs to find it again.
struct BatchRow {
  trace::TraceId trace_id;
  int64_t start_ns = 0;
  uint64_t duration_ns = 0;
  uint32_t offset = 0;      // in EncodedBatch::bytes
  uint32_t shape = 0;       // the batch's number
  uint32_t hashes_end = 0;  // in EncodedBatch::hashes; they begin where those of the row before end
};

// A batch with what its reader would only find out again.
struct EncodedBatch {
  std::string bytes;
  std::unique_ptr<Schema> schema;
  int64_t arrival_ns = 0;
  std::vector<BatchRow> rows;
  // Upper halves of AttributeHash: of each row those of its values, then those of its extras.
  std::vector<uint32_t> hashes;

  uint64_t spans() const { return rows.size(); }
};

// Reads a batch from a file, all of it; it takes the bytes. False when it is malformed.
[[nodiscard]] bool ReadBatch(std::string bytes, EncodedBatch& batch);

// Takes spans and makes a batch. Used by one thread.
class BatchEncoder final : public trace::SpanSink {
 public:
  void OnResource(const trace::ResourceFields& fields) override;
  void OnResourceAttribute(std::string_view key, const trace::ValueView& value) override;
  void OnScope(const trace::ScopeFields& fields) override;
  void OnScopeAttribute(std::string_view key, const trace::ValueView& value) override;
  void OnSpan(const trace::SpanFields& fields) override;
  void OnAttribute(std::string_view key, const trace::ValueView& value) override;
  void OnEvent(const trace::EventFields& fields) override;
  void OnEventAttribute(std::string_view key, const trace::ValueView& value) override;
  void OnLink(const trace::LinkFields& fields) override;
  void OnLinkAttribute(std::string_view key, const trace::ValueView& value) override;
  void OnWarning(std::string_view text) override;
  void OnSpanEnd() override;

  size_t span_count() const { return batch_.rows.size(); }
  size_t bytes() const { return rows_.size(); }
  // Returns the batch; call once, after the last span.
  EncodedBatch Finish(int64_t arrival_ns);

 private:
  void ResolveResourceAndScope();
  uint32_t ShapeOfSpan();

  std::unique_ptr<Schema> schema_ = std::make_unique<Schema>();
  ByteWriter rows_;
  EncodedBatch batch_;  // offsets of its rows are those in rows_

  ByteWriter resource_bytes_, scope_bytes_;
  uint32_t resource_ = kNoId, scope_ = kNoId;  // kNoId: not yet interned
  trace::SpanFields span_;                     // without its views
  Shape shape_;
  ByteWriter values_, extras_;
  std::vector<uint64_t> extra_hashes_;
  // Spans of one name mostly have one shape: the last one of the name is tried before tables are
  // asked.
  std::vector<uint32_t> shape_of_name_;
  const Shape* expected_ = nullptr;  // null: the columns differ from it already
};

// Reads a batch. The bytes must outlive it.
class BatchReader {
 public:
  // False when the header is malformed.
  [[nodiscard]] bool Open(std::string_view batch);
  // The number of spans that a batch says it has, 0 when it is malformed.
  static uint64_t SpanCount(std::string_view batch);

  uint64_t span_count() const { return span_count_; }
  int64_t arrival_ns() const { return arrival_ns_; }
  const Schema& schema() const { return *schema_; }
  // Once, after the last row.
  std::unique_ptr<Schema> TakeSchema() { return std::move(schema_); }
  // Offset of the next row in the batch.
  size_t offset() const { return size_ - in_.rest().size(); }
  // False after the last row, and when a row is malformed: then ok() is false.
  [[nodiscard]] bool Next(Row& row);
  bool ok() const { return in_.ok(); }

 private:
  std::unique_ptr<Schema> schema_ = std::make_unique<Schema>();
  ByteReader in_;
  size_t size_ = 0;
  uint64_t span_count_ = 0;
  uint64_t read_ = 0;
  int64_t arrival_ns_ = 0;
};

// Reads the row at the front of `in`; its shape is the batch's number `row.shape`, which
// `shapes(number)` turns into a Shape of `schema`, or null.
template <typename Shapes>
bool ReadRow(const Schema& schema, const Shapes& shapes, ByteReader& in, Row& row) {
  row.shape = in.Varint32();
  row.trace_id.high = in.Fixed<uint64_t>();
  row.trace_id.low = in.Fixed<uint64_t>();
  row.span_id = in.Fixed<uint64_t>();
  row.parent_id = in.Fixed<uint64_t>();
  row.start_ns = static_cast<int64_t>(in.Fixed<uint64_t>());
  row.duration_ns = in.Varint();
  const Shape* shape = in.ok() ? shapes(row.shape) : nullptr;
  if (shape == nullptr) {
    in.Fail();
    return false;
  }
  ReadValues(schema, *shape, in, row);
  return in.ok();
}

}  // namespace awry::columnar
