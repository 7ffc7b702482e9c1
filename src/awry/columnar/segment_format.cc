#include "awry/columnar/segment_format.h"

#include <fmt/format.h>
#include <zstd.h>

#include <algorithm>
#include <cstring>

#include "awry/columnar/byte_reader.h"
#include "base/check.h"
#include "codec/crc32c.h"
#include "codec/varint.h"

namespace awry::columnar {

using base::Status;
using codec::PutFixed;
using codec::PutVarint;
using codec::ReadFixed;
using codec::ZigZag;

namespace {

enum BlockCodec : uint8_t { kStored = 0, kZstd = 1 };

constexpr size_t kCompressFromBytes = 32;  // a frame's own head takes most of what less could save

void PutRef(const BlockRef& ref, std::string& out) {
  PutVarint(out, ref.offset);
  PutVarint(out, ref.bytes);
}

BlockRef ReadRef(ByteReader& in) {
  BlockRef ref;
  ref.offset = in.Varint();
  ref.bytes = in.Varint32();
  return ref;
}

}  // namespace

void SegmentFooter::Add(RunFooter run) {
  spans += run.spans;
  traces += run.traces;
  groups += run.groups.size();
  start_min_ns = std::min(start_min_ns, run.start_min_ns);
  start_max_ns = std::max(start_max_ns, run.start_max_ns);
  arrival_min_ns = std::min(arrival_min_ns, run.arrival_min_ns);
  arrival_max_ns = std::max(arrival_max_ns, run.arrival_max_ns);
  runs.push_back(std::move(run));
}

namespace {

void PutGroup(const GroupRef& group, std::string& out) {
  for (const uint32_t bytes : {group.core_bytes, group.times_bytes, group.bits_bytes,
                               group.ids_bytes, group.parents_bytes, group.values_bytes,
                               group.extras_bytes}) {
    PutVarint(out, bytes);
  }
  PutVarint(out, group.spans);
  PutVarint(out, group.traces);
  PutVarint(out, group.first_ordinal);
  PutFixed(out, group.first_trace.high);
  PutFixed(out, group.first_trace.low);
  PutFixed(out, static_cast<uint64_t>(group.base_start_ns));
}

void PutRun(const RunFooter& run, std::string& out) {
  PutVarint(out, run.spans);
  PutVarint(out, run.traces);
  for (const int64_t time_ns :
       {run.start_min_ns, run.start_max_ns, run.arrival_min_ns, run.arrival_max_ns}) {
    PutVarint(out, ZigZag(time_ns));
  }
  PutRef(run.schema, out);
  PutRef(run.trace_index, out);
  PutRef(run.trace_filter, out);
  PutVarint(out, run.offset());
  PutVarint(out, run.groups.size());
  for (const GroupRef& group : run.groups) PutGroup(group, out);
}

void ReadTimes(ByteReader& in, RunFooter& run) {
  run.start_min_ns = in.Signed();
  run.start_max_ns = in.Signed();
  run.arrival_min_ns = in.Signed();
  run.arrival_max_ns = in.Signed();
}

// What both versions say of a group behind the sizes of its blocks.
bool ReadGroupRows(ByteReader& in, const RunFooter& run, GroupRef& group) {
  group.spans = in.Varint32(kGroupSpansMax);
  group.traces = in.Varint32(group.spans);
  group.first_ordinal = in.Varint32();
  group.first_trace.high = in.Fixed<uint64_t>();
  group.first_trace.low = in.Fixed<uint64_t>();
  group.base_start_ns = static_cast<int64_t>(in.Fixed<uint64_t>());
  return uint64_t{group.first_ordinal} + group.traces <= run.traces;
}

bool Consistent(const ByteReader& in, const RunFooter& run) {
  uint64_t spans = 0;
  for (const GroupRef& group : run.groups) spans += group.spans;
  return in.ok() && spans == run.spans && run.traces <= run.spans;
}

bool ReadRun(ByteReader& in, RunFooter& run) {
  run.spans = in.Varint();
  run.traces = in.Varint();
  ReadTimes(in, run);
  run.schema = ReadRef(in);
  run.trace_index = ReadRef(in);
  run.trace_filter = ReadRef(in);
  uint64_t offset = in.Varint();
  const uint64_t groups = in.Varint();
  for (uint64_t i = 0; in.ok() && i < groups; ++i) {
    GroupRef& group = run.groups.emplace_back();
    group.offset = offset;
    group.core_bytes = in.Varint32();
    group.times_bytes = in.Varint32();
    group.bits_bytes = in.Varint32();
    group.ids_bytes = in.Varint32();
    group.parents_bytes = in.Varint32();
    group.values_bytes = in.Varint32();
    group.extras_bytes = in.Varint32();
    offset += group.bytes();
    if (!ReadGroupRows(in, run, group)) return false;
  }
  return Consistent(in, run);
}

// Version 1: one run, and the directory among its blocks.
bool ReadVersion1(ByteReader& in, SegmentFooter& footer) {
  RunFooter run;
  run.spans = in.Varint();
  run.traces = in.Varint();
  ReadTimes(in, run);
  run.schema = ReadRef(in);
  run.trace_index = ReadRef(in);
  run.trace_filter = ReadRef(in);
  footer.attribute_directory = ReadRef(in);
  const uint64_t groups = in.Varint();
  for (uint64_t i = 0; in.ok() && i < groups; ++i) {
    GroupRef& group = run.groups.emplace_back();
    group.offset = in.Varint();
    group.ids_bytes = in.Varint32();
    group.core_bytes = in.Varint32();
    group.values_bytes = in.Varint32();
    group.extras_bytes = in.Varint32();
    if (!ReadGroupRows(in, run, group)) return false;
  }
  if (!Consistent(in, run)) return false;
  footer.Add(std::move(run));
  return in.at_end();
}

}  // namespace

std::string EncodeFooter(const SegmentFooter& footer) {
  std::string out;
  PutRef(footer.attribute_directory, out);
  PutVarint(out, footer.runs.size());
  for (const RunFooter& run : footer.runs) PutRun(run, out);
  return out;
}

bool DecodeFooter(std::string_view bytes, SegmentFooter& footer) {
  ByteReader in(bytes);
  if (footer.version == 1) return ReadVersion1(in, footer);
  footer.attribute_directory = ReadRef(in);
  const uint64_t runs = in.Varint();
  for (uint64_t i = 0; in.ok() && i < runs; ++i) {
    RunFooter run;
    if (!ReadRun(in, run)) return false;
    footer.Add(std::move(run));
  }
  return in.ok() && in.at_end() && footer.groups <= UINT32_MAX;
}

namespace {

struct FreeContext {
  void operator()(ZSTD_CCtx* context) const { ZSTD_freeCCtx(context); }
};
using Context = std::unique_ptr<ZSTD_CCtx, FreeContext>;

Context NewContext(int level) {
  Context context(ZSTD_createCCtx());
  CHECK(context != nullptr);
  CHECK(ZSTD_isError(ZSTD_CCtx_setParameter(context.get(), ZSTD_c_compressionLevel, level)) == 0);
  return context;
}

// Looks for hardly any repetition: noise of few kinds of bytes repeats by chance, and saying where
// takes more than the bytes' own codes.
Context NewFrequenciesContext() {
  constexpr auto kLiterals = ZSTD_c_experimentalParam5;  // ZSTD_c_literalCompressionMode
  constexpr int kAlways = 1;                             // ZSTD_ps_enable
  Context context = NewContext(1);
  const auto set = [&](ZSTD_cParameter what, int value) {
    return ZSTD_isError(ZSTD_CCtx_setParameter(context.get(), what, value)) == 0;
  };
  CHECK(set(ZSTD_c_strategy, ZSTD_fast) && set(ZSTD_c_minMatch, 7) && set(ZSTD_c_hashLog, 6));
  // Steps over so many bytes, which by itself would leave the rest as they are.
  if (set(kLiterals, kAlways)) CHECK(set(ZSTD_c_targetLength, 4096));
  return context;
}

// Appends one frame and returns its size. What is flushed ends a block of zstd, and each block has
// its own table of how often a byte stands in it.
size_t Compress(ZSTD_CCtx* context, std::string_view raw, std::span<const size_t> cuts,
                std::string& out) {
  constexpr size_t kPartBytesMin = 64;  // less does not pay for a table
  constexpr size_t kPartOverheadBytes = 16;
  const size_t start = out.size();
  out.resize(start + ZSTD_compressBound(raw.size()) + cuts.size() * kPartOverheadBytes);
  ZSTD_outBuffer to{out.data() + start, out.size() - start, 0};
  size_t done = 0;
  const auto part = [&](size_t end, ZSTD_EndDirective how) {
    ZSTD_inBuffer from{raw.data() + done, end - done, 0};
    CHECK(ZSTD_compressStream2(context, &to, &from, how) == 0);  // nothing is left to flush
    done = end;
  };
  CHECK(ZSTD_isError(ZSTD_CCtx_reset(context, ZSTD_reset_session_only)) == 0);
  CHECK(ZSTD_isError(ZSTD_CCtx_setPledgedSrcSize(context, raw.size())) == 0);
  for (const size_t cut : cuts) {
    if (cut - done >= kPartBytesMin && raw.size() - cut >= kPartBytesMin) part(cut, ZSTD_e_flush);
  }
  part(raw.size(), ZSTD_e_end);
  out.resize(start + to.pos);
  return to.pos;
}

}  // namespace

struct BlockEncoder::Impl {
  explicit Impl(int zstd_level) : level(zstd_level), repetitions(NewContext(zstd_level)) {}
  const int level;
  const Context repetitions;
  const Context frequencies = NewFrequenciesContext();
};

BlockEncoder::BlockEncoder(int level) : impl_(std::make_unique<Impl>(level)) {}

BlockEncoder::~BlockEncoder() = default;

// Frequencies are counted fast, so both are tried.
void BlockEncoder::Append(std::string_view raw, bool compress, std::string& out,
                          std::span<const size_t> cuts) {
  CHECK(raw.size() <= kBlockRawBytesMax);
  const size_t start = out.size();
  out.append(kBlockHeaderBytes, '\0');
  BlockCodec codec = kStored;
  if (compress && impl_->level > 0 && raw.size() >= kCompressFromBytes) {
    const size_t first = out.size();
    const size_t by_frequency = Compress(impl_->frequencies.get(), raw, cuts, out);
    const size_t by_repetition = Compress(impl_->repetitions.get(), raw, cuts, out);
    if (by_repetition < by_frequency) {
      out.erase(first, by_frequency);
    } else {
      out.resize(first + by_frequency);
    }
    codec = out.size() - first < raw.size() ? kZstd : kStored;
    if (codec == kStored) out.resize(first);
  }
  if (codec == kStored) out.append(raw);
  std::string head;  // short enough to need no memory
  head += static_cast<char>(codec);
  PutFixed(head, static_cast<uint32_t>(raw.size()));
  std::memcpy(out.data() + start + 4, head.data(), head.size());
  head.clear();
  PutFixed(head, codec::Crc32c(std::string_view(out).substr(start + 4)));
  std::memcpy(out.data() + start, head.data(), head.size());
}

namespace {

struct Decompression {
  Decompression() : context(ZSTD_createDCtx()) { CHECK(context != nullptr); }
  ~Decompression() { ZSTD_freeDCtx(context); }
  ZSTD_DCtx* context;
};

}  // namespace

Status DecodeBlock(std::string_view block, const std::string& path, uint64_t offset,
                   std::string& raw) {
  const auto corrupt = [&](std::string_view what) {
    return base::DataLoss(fmt::format("segment block {}: {}, offset {}", what, path, offset));
  };
  if (block.size() < kBlockHeaderBytes) return corrupt("is too short");
  if (codec::Crc32c(block.substr(4)) != ReadFixed<uint32_t>(block.data())) {
    return corrupt("checksum mismatch");
  }
  const auto codec = static_cast<uint8_t>(block[4]);
  const auto raw_bytes = ReadFixed<uint32_t>(block.data() + 5);
  const std::string_view payload = block.substr(kBlockHeaderBytes);
  if (codec == kStored) {
    if (payload.size() != raw_bytes) return corrupt("has a wrong length");
    raw.assign(payload);
    return base::OkStatus();
  }
  if (codec != kZstd) return corrupt("has an unknown codec");
  // A frame knows its own size; what the header says must agree before memory is taken.
  const unsigned long long frame_bytes = ZSTD_getFrameContentSize(payload.data(), payload.size());
  if (frame_bytes != raw_bytes || raw_bytes > kBlockRawBytesMax)
    return corrupt("has a wrong length");
  thread_local Decompression decompression;
  raw.resize(raw_bytes);
  const size_t size = ZSTD_decompressDCtx(decompression.context, raw.data(), raw.size(),
                                          payload.data(), payload.size());
  if (ZSTD_isError(size) != 0 || size != raw_bytes) return corrupt("cannot be decompressed");
  return base::OkStatus();
}

namespace {

constexpr size_t kFilterBlockBytes = 32;
constexpr uint64_t kFilterBitsPerTrace = 16;
constexpr uint32_t kSalts[8] = {0x47b6137bU, 0x44974d91U, 0x8824ad5bU, 0xa2b7289dU,
                                0x705495c7U, 0x2df1424bU, 0x9efc4947U, 0x5c6bfb31U};

size_t FilterBlock(uint64_t hash, size_t blocks) {
  return static_cast<size_t>(((hash >> 32) * blocks) >> 32) * kFilterBlockBytes;
}

}  // namespace

uint64_t TraceFilter::Hash(const trace::TraceId& id) {
  uint64_t x = id.high * 0x9e3779b97f4a7c15ULL ^ id.low;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ULL;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebULL;
  return x ^ (x >> 31);
}

TraceFilter TraceFilter::Build(const std::vector<uint64_t>& hashes) {
  const size_t blocks = std::max<size_t>(1, (hashes.size() * kFilterBitsPerTrace + 255) / 256);
  TraceFilter filter;
  filter.bytes_.assign(blocks * kFilterBlockBytes, '\0');
  for (const uint64_t hash : hashes) {
    char* block = filter.bytes_.data() + FilterBlock(hash, blocks);
    for (size_t i = 0; i < 8; ++i) {
      const uint32_t bit = (static_cast<uint32_t>(hash) * kSalts[i]) >> 27;
      char& byte = block[i * 4 + bit / 8];
      byte = static_cast<char>(static_cast<unsigned char>(byte) | 1u << (bit % 8));
    }
  }
  return filter;
}

bool TraceFilter::MayContain(uint64_t hash) const {
  const char* block = bytes_.data() + FilterBlock(hash, bytes_.size() / kFilterBlockBytes);
  for (size_t i = 0; i < 8; ++i) {
    const uint32_t bit = (static_cast<uint32_t>(hash) * kSalts[i]) >> 27;
    if ((static_cast<unsigned char>(block[i * 4 + bit / 8]) >> (bit % 8) & 1) == 0) return false;
  }
  return true;
}

bool TraceFilter::Load(std::string bytes) {
  if (bytes.empty() || bytes.size() % kFilterBlockBytes != 0) return false;
  bytes_ = std::move(bytes);
  return true;
}

}  // namespace awry::columnar
