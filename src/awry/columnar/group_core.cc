// core := spans of each trace | shapes of the group | which of them each row has | columns
#include <algorithm>

#include "awry/columnar/group_reader.h"

namespace awry::columnar {

bool GroupCore::DecodeTraces(const GroupRef& ref, ByteReader spans) {
  uint64_t first = 0;
  traces.reserve(ref.traces);
  for (uint32_t t = 0; t < ref.traces; ++t) {
    const uint64_t count = spans.Varint();
    if (!spans.ok() || count == 0 || count > ref.spans - first) return false;
    traces.push_back({static_cast<uint32_t>(first), static_cast<uint32_t>(first + count)});
    first += count;
  }
  return first == ref.spans && spans.at_end();
}

static_assert(kGroupSpansMax <= 1 << 14, "a number has at most two bytes");

bool GroupCore::DecodeShapes(const Schema& schema, const GroupRef& ref, ByteReader used,
                             ByteReader shapes) {
  while (!used.at_end()) {
    used_shapes.push_back(used.Varint32());
    if (!used.ok() || used_shapes.back() >= schema.shape_count() || used_shapes.size() > ref.spans)
      return false;
  }
  const std::string_view bytes = shapes.rest();
  if (bytes.size() == ref.spans) {  // a byte each: the number, or no good varint
    shape_numbers.resize(bytes.size());
    const size_t count = std::min<size_t>(used_shapes.size(), 0x80);
    uint16_t most = 0;
    for (size_t i = 0; i < bytes.size(); ++i) {
      shape_numbers[i] = static_cast<unsigned char>(bytes[i]);
      most = std::max(most, shape_numbers[i]);
    }
    return bytes.empty() || most < count;
  }
  if (bytes.size() > size_t{2} * ref.spans) return false;
  // Every byte is taken for the last one of a number; the place of the next number only moves on
  // where it is.
  shape_numbers.resize(bytes.size());
  uint16_t* const numbers = shape_numbers.data();
  uint32_t before = 0, most = 0, unsound = 0;
  size_t count = 0;
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    const uint32_t goes_on = byte >> 7, begun = before >> 7;
    const uint32_t number = ((byte & 0x7fu) << (7 * begun)) | (before & 0x7fu & (0 - begun));
    numbers[count] = static_cast<uint16_t>(number);
    most = std::max(most, number & (goes_on - 1));
    unsound |= goes_on & begun;
    count += 1 - goes_on;
    before = byte;
  }
  if (count != ref.spans || (before | unsound << 7) >= 0x80 || most >= used_shapes.size())
    return false;
  shape_numbers.resize(count);
  return true;
}

bool GroupCore::DecodeShapesVersion1(const Schema& schema, const GroupRef& ref, ByteReader shapes) {
  std::vector<uint32_t> number_of(schema.shape_count());  // + 1
  shape_numbers.resize(ref.spans);
  for (uint16_t& number : shape_numbers) {
    const uint32_t shape = shapes.Varint32();
    if (shape >= number_of.size()) return false;
    if (number_of[shape] == 0) {
      used_shapes.push_back(shape);
      number_of[shape] = static_cast<uint32_t>(used_shapes.size());
    }
    number = static_cast<uint16_t>(number_of[shape] - 1);
  }
  return shapes.ok() && shapes.at_end();
}

bool GroupCore::Decode(const Schema& schema, const GroupRef& ref, std::string_view core) {
  ByteReader in(core);
  const ByteReader spans(in.Bytes()), used(in.Bytes()), shapes(in.Bytes());
  ByteReader refs(in.Bytes());
  if (!in.ok() || !in.at_end() || ref.spans > core.size()) return false;
  if (!DecodeTraces(ref, spans) || !DecodeShapes(schema, ref, used, shapes)) return false;
  uint64_t offset = 0;
  while (!refs.at_end()) {
    ColumnRef& column = columns.emplace_back();
    column.column = refs.Varint32();
    column.bytes = refs.Varint32();
    column.offset = offset;
    offset += column.bytes;
    const bool rises = columns.size() < 2 || column.column > columns[columns.size() - 2].column;
    if (!refs.ok() || column.column >= schema.column_count() || !rises) return false;
  }
  return refs.ok() && offset == ref.values_bytes;
}

size_t GroupCore::held_bytes() const {
  const auto of = [](const auto& items) { return items.capacity() * sizeof(items[0]); };
  return sizeof(*this) + of(traces) + of(used_shapes) + of(shape_numbers) + of(columns);
}

}  // namespace awry::columnar
