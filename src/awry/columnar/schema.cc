#include "awry/columnar/schema.h"

#include <bit>

#include "awry/columnar/attribute_hash.h"
#include "base/check.h"

namespace awry::columnar {

using trace::ValueKind;
using trace::ValueView;

namespace {

void PutBytes(std::string_view bytes, std::string& out) {
  codec::PutVarint(out, bytes.size());
  out.append(bytes);
}

bool ReadAttributes(ByteReader& in, trace::Attributes& out) {
  while (in.ok() && !in.at_end()) {
    const std::string_view key = in.Bytes();
    const ValueKind kind = ReadKind(in);
    const ValueView value = ReadValue(in, kind);
    if (in.ok()) out.push_back({std::string(key), trace::Value(value)});
  }
  return in.ok();
}

void EncodeShape(const Shape& shape, std::string& out) {
  codec::PutVarint(out, shape.resource);
  codec::PutVarint(out, shape.scope);
  codec::PutVarint(out, shape.name);
  out +=
      static_cast<char>(static_cast<unsigned>(shape.kind) |
                        static_cast<unsigned>(shape.status) << 3 | (shape.has_extras ? 32u : 0u));
  codec::PutVarint(out, shape.flags);
  for (const uint32_t column : shape.columns) codec::PutVarint(out, column);
}

void EncodeTable(const BytesTable& table, std::string& out) {
  const size_t count = table.size();
  codec::PutVarint(out, count);
  for (size_t i = 0; i < count; ++i) PutBytes(table[i], out);
}

}  // namespace

void EncodeResource(const trace::ResourceFields& fields, ByteWriter& out) {
  out.Bytes(fields.service);
  out.Bytes(fields.schema_url);
  out.Varint(fields.dropped_attributes);
}

void EncodeScope(const trace::ScopeFields& fields, ByteWriter& out) {
  out.Bytes(fields.name);
  out.Bytes(fields.version);
  out.Bytes(fields.schema_url);
  out.Varint(fields.dropped_attributes);
}

void AppendValue(const ValueView& value, ByteWriter& out) {
  switch (value.kind) {
    case ValueKind::kNull:
      break;
    case ValueKind::kBool:
      out.Byte(value.boolean ? 1 : 0);
      break;
    case ValueKind::kInt:
      out.Signed(value.integer);
      break;
    case ValueKind::kDouble:
      out.Fixed(std::bit_cast<uint64_t>(value.real));
      break;
    case ValueKind::kString:
    case ValueKind::kBytes:
    case ValueKind::kArray:
    case ValueKind::kMap:
      out.Bytes(value.bytes);
      break;
  }
}

ValueKind ReadKind(ByteReader& in) {
  const uint8_t kind = in.Fixed<uint8_t>();
  if (kind > static_cast<uint8_t>(ValueKind::kMap)) {
    in.Fail();
    return ValueKind::kNull;
  }
  return static_cast<ValueKind>(kind);
}

void AppendAttribute(std::string_view key, const ValueView& value, ByteWriter& out) {
  out.Bytes(key);
  out.Byte(static_cast<uint8_t>(value.kind));
  AppendValue(value, out);
}

uint32_t Schema::InternColumn(std::string_view key, ValueKind kind) {
  scratch_.assign(1, static_cast<char>(kind));
  scratch_.append(key);
  const uint32_t id = column_bytes_.Intern(scratch_);
  if (id == columns_.next()) {
    const std::string_view stored = column_bytes_[id].substr(1);
    columns_.Push({.key = stored, .kind = kind, .key_hash = KeyHash(stored)});
  }
  return id;
}

uint32_t Schema::InternResource(std::string_view encoded) {
  const uint32_t id = resource_bytes_.Intern(encoded);
  if (id < resources_.next()) return id;
  auto resource = std::make_shared<trace::Resource>();
  ByteReader in(resource_bytes_[id]);
  resource->service = in.Bytes();
  resource->schema_url = in.Bytes();
  resource->dropped_attributes = in.Varint32();
  const bool good = ReadAttributes(in, resource->attributes);
  resources_.Push(std::move(resource));
  return good ? id : kNoId;
}

uint32_t Schema::InternScope(std::string_view encoded) {
  const uint32_t id = scope_bytes_.Intern(encoded);
  if (id < scopes_.next()) return id;
  auto scope = std::make_shared<trace::Scope>();
  ByteReader in(scope_bytes_[id]);
  scope->name = in.Bytes();
  scope->version = in.Bytes();
  scope->schema_url = in.Bytes();
  scope->dropped_attributes = in.Varint32();
  const bool good = ReadAttributes(in, scope->attributes);
  scopes_.Push(std::move(scope));
  return good ? id : kNoId;
}

uint32_t Schema::InternShape(const Shape& shape) {
  scratch_.clear();
  EncodeShape(shape, scratch_);
  const uint32_t id = shape_bytes_.Intern(scratch_);
  if (id == shapes_.next()) shapes_.Push(shape);
  return id;
}

size_t Schema::memory_bytes() const {
  // What a parsed resource, scope or shape takes beside its bytes is close to three times them.
  return names_.memory_bytes() + column_bytes_.memory_bytes() + columns_.memory_bytes() +
         shapes_.memory_bytes() +
         3 * (resource_bytes_.memory_bytes() + scope_bytes_.memory_bytes() +
              shape_bytes_.memory_bytes());
}

void Schema::Encode(std::string& out) const {
  EncodeTable(names_, out);
  EncodeTable(column_bytes_, out);
  EncodeTable(resource_bytes_, out);
  EncodeTable(scope_bytes_, out);
  EncodeTable(shape_bytes_, out);
}

bool Schema::Decode(ByteReader& in) {
  for (uint64_t n = in.Varint(), i = 0; in.ok() && i < n; ++i) {
    const std::string_view name = in.Bytes();
    if (in.ok() && InternName(name) != i) return false;
  }
  for (uint64_t n = in.Varint(), i = 0; in.ok() && i < n; ++i) {
    ByteReader column(in.Bytes());
    const ValueKind kind = ReadKind(column);
    if (!column.ok() || InternColumn(column.rest(), kind) != i) return false;
  }
  for (uint64_t n = in.Varint(), i = 0; in.ok() && i < n; ++i) {
    const std::string_view bytes = in.Bytes();
    if (in.ok() && InternResource(bytes) != i) return false;
  }
  for (uint64_t n = in.Varint(), i = 0; in.ok() && i < n; ++i) {
    const std::string_view bytes = in.Bytes();
    if (in.ok() && InternScope(bytes) != i) return false;
  }
  for (uint64_t n = in.Varint(), i = 0; in.ok() && i < n; ++i) {
    const std::string_view bytes = in.Bytes();
    if (in.ok() && (!DecodeShape(bytes) || shapes_.next() != i + 1)) return false;
  }
  return in.ok();
}

bool Schema::DecodeShape(std::string_view encoded) {
  ByteReader in(encoded);
  Shape shape;
  shape.resource = in.Varint32();
  shape.scope = in.Varint32();
  shape.name = in.Varint32();
  const uint8_t bits = in.Fixed<uint8_t>();
  shape.flags = in.Varint32();
  while (in.ok() && !in.at_end()) {
    shape.columns.push_back(in.Varint32());
    if (shape.columns.back() >= columns_.next()) return false;
  }
  if (!in.ok() || bits >= 64 || (bits & 7) > 5 || (bits >> 3 & 3) > 2) return false;
  shape.kind = static_cast<trace::SpanKind>(bits & 7);
  shape.status = static_cast<trace::SpanStatus>(bits >> 3 & 3);
  shape.has_extras = (bits & 32) != 0;
  if (shape.resource >= resources_.next() || shape.scope >= scopes_.next() ||
      shape.name >= names_.size()) {
    return false;
  }
  InternShape(shape);
  return true;
}

uint32_t SchemaMap::Translate(uint32_t id) {
  if (id >= shapes_.size()) shapes_.resize(id + 1, kNoId);
  struct Shape shape = from_.shape(id);
  shape.resource = to_.InternResource(from_.resource_bytes(shape.resource));
  shape.scope = to_.InternScope(from_.scope_bytes(shape.scope));
  shape.name = to_.InternName(from_.name(shape.name));
  for (uint32_t& column : shape.columns) {
    const Column& source = from_.column(column);
    column = to_.InternColumn(source.key, source.kind);
  }
  return shapes_[id] = to_.InternShape(shape);
}

}  // namespace awry::columnar
