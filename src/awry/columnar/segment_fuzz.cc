// Any bytes as the parts of a segment: read or refused, never a crash. Checksums would keep the
// fuzzer out, so the decoders behind them get the bytes as well.
#include <cstdint>
#include <string>
#include <string_view>

#include "awry/columnar/attribute_index.h"
#include "awry/columnar/column_codec.h"
#include "awry/columnar/group_reader.h"
#include "awry/columnar/segment_format.h"
#include "awry/columnar/trace_index.h"
#include "codec/varint.h"

namespace awry::columnar {
namespace {

// Cuts `bytes` into pieces, each after its length.
std::string Piece(ByteReader& in) { return std::string(in.Bytes()); }

BlockBytes Block(ByteReader& in) { return std::make_shared<const std::string>(Piece(in)); }

void ReadGroup(std::string_view bytes) {
  ByteReader in(bytes);
  Schema schema;
  const std::string schema_bytes = Piece(in);
  ByteReader schema_in(schema_bytes);
  if (!schema.Decode(schema_in)) return;
  GroupRef ref;
  ref.spans = in.Varint32(kGroupSpansMax);
  ref.traces = in.Varint32(ref.spans);
  ref.values_bytes = in.Varint32();
  const bool version1 = in.Fixed<uint8_t>() % 2 == 1;
  const auto ids = std::make_shared<const std::string>(size_t{ref.traces} * 16 + size_t{ref.spans} * 8, 'i');
  Group group(schema, ref);
  if (version1) {
    const std::string core = Piece(in);
    if (!group.OpenVersion1(ids, core) || !group.OpenValuesVersion1(Block(in), Block(in))) return;
  } else {
    if (!group.OpenCore(Piece(in)) || !group.OpenTimes(Block(in), Block(in))) return;
    if (!group.OpenIds(ids) || !group.OpenParents(Piece(in))) return;
    if (!group.OpenExtras(Block(in))) return;
    for (size_t at = 0; at < group.columns().size(); ++at) {
      if (!group.OpenColumn(at, Block(in))) return;
    }
  }
  const std::vector<uint8_t> wanted(group.row_count(), 1);
  std::vector<uint8_t> marks(group.row_count());
  for (size_t at = 0; at < group.columns().size(); ++at) (void)group.MarkEqual(at, "7", wanted, marks);
  // Every row, or few of them.
  const uint32_t step = ref.values_bytes % 2 == 0 ? 1 : 7;
  Row row;
  for (uint32_t i = 0; i < group.row_count() && group.ReadRow(i, row); i += step)
    (void)ToSpan(schema, row);
}

void ReadColumn(std::string_view bytes) {
  if (bytes.size() < 2) return;
  const uint64_t count = static_cast<unsigned char>(bytes[1]) * 8u;
  const ByteReader in(bytes.substr(2));
  if (bytes[0] % 3 == 0) {
    DictionaryReader dictionary;
    if (!dictionary.Open(in, count)) return;
    std::string_view entry;
    std::vector<uint8_t> found(dictionary.size());
    (void)dictionary.Find("user17", found);
    for (size_t i = 0; i < dictionary.size(); ++i) (void)dictionary.Entry(i, entry);
  } else if (bytes[0] % 3 == 1) {
    IntegerReader integers;
    if (!integers.Open(in, count)) return;
    for (uint64_t i = 0; i < count; ++i) (void)integers.At(i);
  } else {
    DoubleReader doubles;
    if (!doubles.Open(in, count)) return;
    for (uint64_t i = 0; i < count; ++i) (void)doubles.At(i);
  }
}

}  // namespace
}  // namespace awry::columnar

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace awry::columnar;
  if (size < 1) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  switch (data[0] % 6) {
    case 0: {
      SegmentFooter footer;
      footer.version = bytes.size() % 2 + 1;
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
      if (index.Load(std::string(bytes), bytes.size() % 2 + 1, bytes.size() / 4, 0))
        (void)index.Candidates({.errors_only = true});
      break;
    }
    case 3: {
      AttributeDirectory directory;
      std::vector<uint32_t> groups;
      const size_t half = bytes.size() / 2;
      if (!DecodeDirectory(bytes.substr(0, half), half % 2 + 1, directory)) break;
      for (size_t page = 0; page < directory.pages.size(); ++page) {
        (void)FindInPage(directory, page, bytes.substr(half), directory.pages[page].first_hash,
                         groups);
      }
      break;
    }
    case 4:
      ReadColumn(bytes);
      break;
    default:
      ReadGroup(bytes);
  }
  return 0;
}
