// Any bytes as the parts of a segment: read or refused, never a crash. Checksums would keep the
// fuzzer out, so the decoders behind them get the bytes as well.
#include <cstdint>
#include <string>
#include <string_view>

#include "awry/columnar/attribute_index.h"
#include "awry/columnar/group_reader.h"
#include "awry/columnar/segment_format.h"
#include "awry/columnar/trace_index.h"
#include "codec/varint.h"

namespace awry::columnar {
namespace {

// Cuts `bytes` into pieces, each after its length.
std::string Piece(ByteReader& in) { return std::string(in.Bytes()); }

void ReadGroup(std::string_view bytes) {
  ByteReader in(bytes);
  Schema schema;
  const std::string schema_bytes = Piece(in);
  ByteReader schema_in(schema_bytes);
  if (!schema.Decode(schema_in)) return;
  GroupRef ref;
  ref.spans = in.Varint32(kGroupSpansMax);
  ref.traces = in.Varint32(ref.spans);
  std::string ids = Piece(in), core = Piece(in), values = Piece(in), extras = Piece(in);
  ids.resize(size_t{ref.traces} * 16 + size_t{ref.spans} * 8);
  Group group;
  if (!group.OpenCore(schema, ref, std::move(ids), std::move(core))) return;
  if (!group.OpenValues(std::move(values), std::move(extras))) return;
  Row row;
  for (uint32_t i = 0; i < group.rows().size() && group.ReadRow(i, row); ++i)
    (void)ToSpan(schema, row);
}

}  // namespace
}  // namespace awry::columnar

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace awry::columnar;
  if (size < 1) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  switch (data[0] % 5) {
    case 0: {
      SegmentFooter footer;
      (void)DecodeFooter(bytes, footer);
      break;
    }
    case 1: {
      std::string raw;
      (void)DecodeBlock(bytes, "fuzz", 0, raw).ok();
      break;
    }
    case 2: {
      TraceIndex index;
      if (index.Load(std::string(bytes), bytes.size() / 4, 0))
        (void)index.Candidates({.errors_only = true});
      break;
    }
    case 3: {
      AttributeDirectory directory;
      std::vector<uint32_t> groups;
      const size_t half = bytes.size() / 2;
      if (!DecodeDirectory(bytes.substr(0, half), directory)) break;
      for (size_t page = 0; page < directory.pages.size(); ++page) {
        (void)FindInPage(directory, page, bytes.substr(half), directory.pages[page].first_hash,
                         groups);
      }
      break;
    }
    default:
      ReadGroup(bytes);
  }
  return 0;
}
