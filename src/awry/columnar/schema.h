// What spans share: names, attribute columns, resources, scopes, and shapes. A shape is everything
// of a span that repeats, so that a stored span is one small number and its values.
#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "awry/columnar/byte_reader.h"
#include "awry/columnar/byte_writer.h"
#include "awry/columnar/bytes_table.h"
#include "awry/columnar/stable_vector.h"
#include "trace/span.h"
#include "trace/span_sink.h"

namespace awry::columnar {

struct Column {
  std::string_view key;
  trace::ValueKind kind = trace::ValueKind::kNull;
  uint64_t key_hash = 0;
};

struct Shape {
  uint32_t resource = 0;
  uint32_t scope = 0;
  uint32_t name = 0;
  uint32_t flags = 0;
  trace::SpanKind kind = trace::SpanKind::kUnspecified;
  trace::SpanStatus status = trace::SpanStatus::kUnset;
  bool has_extras = false;
  std::vector<uint32_t> columns;  // in arrival order; may repeat

  uint32_t TimesOf(uint32_t column) const {
    return static_cast<uint32_t>(std::count(columns.begin(), columns.end(), column));
  }
};

inline constexpr uint32_t kNoId = UINT32_MAX;

// One thread interns; any thread reads what was interned before.
class Schema {
 public:
  Schema() = default;

  uint32_t InternName(std::string_view name) { return names_.Intern(name); }
  uint32_t InternColumn(std::string_view key, trace::ValueKind kind);
  // Both take the bytes that EncodeResource and EncodeScope make; kNoId when they are none.
  uint32_t InternResource(std::string_view encoded);
  uint32_t InternScope(std::string_view encoded);
  uint32_t InternShape(const Shape& shape);

  std::string_view name(uint32_t id) const { return names_[id]; }
  const Column& column(uint32_t id) const { return columns_[id]; }
  const Shape& shape(uint32_t id) const { return shapes_[id]; }
  const std::shared_ptr<const trace::Resource>& resource(uint32_t id) const {
    return resources_[id];
  }
  const std::shared_ptr<const trace::Scope>& scope(uint32_t id) const { return scopes_[id]; }
  std::string_view resource_bytes(uint32_t id) const { return resource_bytes_[id]; }
  std::string_view scope_bytes(uint32_t id) const { return scope_bytes_[id]; }
  size_t column_count() const { return columns_.size(); }
  size_t shape_count() const { return shapes_.size(); }
  size_t resource_count() const { return resources_.size(); }
  size_t scope_count() const { return scopes_.size(); }
  const std::string& service(const Shape& shape) const {
    return resources_[shape.resource]->service;
  }
  size_t memory_bytes() const;

  // The five tables, one after the other: docs/formats/wal.md, "schema".
  void Encode(std::string& out) const;
  // Reads what Encode wrote into this empty schema. False when it is malformed.
  [[nodiscard]] bool Decode(ByteReader& in);

 private:
  bool DecodeShape(std::string_view encoded);

  BytesTable names_, column_bytes_, resource_bytes_, scope_bytes_, shape_bytes_;
  StableVector<Column> columns_;
  StableVector<std::shared_ptr<const trace::Resource>> resources_;
  StableVector<std::shared_ptr<const trace::Scope>> scopes_;
  StableVector<Shape> shapes_;
  std::string scratch_;
};

// Fields first, then attributes as they come: `AppendAttribute` after either.
void EncodeResource(const trace::ResourceFields& fields, ByteWriter& out);
void EncodeScope(const trace::ScopeFields& fields, ByteWriter& out);
// Key, kind, value.
void AppendAttribute(std::string_view key, const trace::ValueView& value, ByteWriter& out);
// The value alone; its kind is known from elsewhere.
void AppendValue(const trace::ValueView& value, ByteWriter& out);
inline trace::ValueView ReadValue(ByteReader& in, trace::ValueKind kind);
// Fails `in` on an unknown kind.
trace::ValueKind ReadKind(ByteReader& in);

trace::ValueView ReadValue(ByteReader& in, trace::ValueKind kind) {
  using trace::ValueKind;
  trace::ValueView value{.kind = kind};
  switch (kind) {
    case ValueKind::kNull:
      break;
    case ValueKind::kBool:
      value.boolean = in.Fixed<uint8_t>() != 0;
      break;
    case ValueKind::kInt:
      value.integer = in.Signed();
      break;
    case ValueKind::kDouble:
      value.real = std::bit_cast<double>(in.Fixed<uint64_t>());
      break;
    case ValueKind::kString:
    case ValueKind::kBytes:
    case ValueKind::kArray:
    case ValueKind::kMap:
      value.bytes = in.Bytes();
      break;
  }
  return value;
}

// Finds, for shapes of one schema, the equal shapes of another. Used by one thread.
class SchemaMap {
 public:
  // Both must outlive this.
  SchemaMap(const Schema& from, Schema& to) : from_(from), to_(to) {}
  uint32_t Shape(uint32_t id) {
    if (id < shapes_.size() && shapes_[id] != kNoId) return shapes_[id];
    return Translate(id);
  }

 private:
  uint32_t Translate(uint32_t id);
  const Schema& from_;
  Schema& to_;
  std::vector<uint32_t> shapes_;
};

}  // namespace awry::columnar
