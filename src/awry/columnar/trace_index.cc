// index  := newest start of each trace, in steps | longest duration of each, in steps | traces with an error | operations
// set    := 0 (all) | 1 differences of ordinals | 2 bitmap
#include "awry/columnar/trace_index.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <numeric>

namespace awry::columnar {

using codec::PutVarint;

namespace {

enum SetForm : uint8_t { kAll = 0, kDifferences = 1, kBitmap = 2 };

void PutBytes(std::string_view bytes, std::string& out) {
  PutVarint(out, bytes.size());
  out.append(bytes);
}

std::string EncodeSet(const std::vector<uint32_t>& ordinals, size_t traces) {
  std::string out;
  if (ordinals.size() == traces) return out.assign(1, kAll);
  if (ordinals.size() < traces / 8) {
    out += static_cast<char>(kDifferences);
    uint32_t previous = 0;
    for (const uint32_t ordinal : ordinals) {
      PutVarint(out, ordinal - previous);
      previous = ordinal;
    }
    return out;
  }
  out += static_cast<char>(kBitmap);
  out.append((traces + 7) / 8, '\0');
  for (const uint32_t ordinal : ordinals) {
    char& byte = out[1 + ordinal / 8];
    byte = static_cast<char>(static_cast<unsigned char>(byte) | 1u << (ordinal % 8));
  }
  return out;
}

// Byte i is 1 where bit i is set.
uint64_t BytesOfBits(uint8_t bits) {
  constexpr uint64_t kOnes = 0x0101010101010101, kBitOfByte = 0x8040201008040201, kLow7 = 0x7f7f7f7f7f7f7f7f;
  const uint64_t own = bits * kOnes & kBitOfByte;
  return (((own & kLow7) + kLow7) | own) >> 7 & kOnes;
}

void AddOnce(std::vector<uint32_t>& ordinals, uint32_t ordinal) {
  if (ordinals.empty() || ordinals.back() != ordinal) ordinals.push_back(ordinal);
}

}  // namespace

uint8_t DurationStep(uint64_t duration_ns) {
  constexpr uint32_t kFirstPower = 12;
  const auto power = static_cast<uint32_t>(std::bit_width(duration_ns | 1)) - 1;
  if (power < kFirstPower) return 0;
  const uint64_t step = 1 + (power - kFirstPower) * 8 + (duration_ns >> (power - 3) & 7);
  return static_cast<uint8_t>(std::min<uint64_t>(step, UINT8_MAX));
}

void TraceIndexBuilder::Add(uint32_t ordinal, const Row& row) {
  if (ordinal >= newest_ns_.size()) {
    newest_ns_.push_back(row.start_ns);
    longest_.push_back(0);
  }
  longest_[ordinal] = std::max(longest_[ordinal], DurationStep(row.duration_ns));
  newest_ns_[ordinal] = std::max(newest_ns_[ordinal], row.start_ns);
  if (row.shape >= operation_of_shape_.size()) operation_of_shape_.resize(row.shape + 1);
  uint32_t& operation = operation_of_shape_[row.shape];
  const Shape& shape = schema_.shape(row.shape);
  if (operation == 0) {
    std::string key;
    PutBytes(schema_.service(shape), key);
    key += schema_.name(shape.name);
    const auto [found, added] =
        operation_ids_.emplace(std::move(key), static_cast<uint32_t>(operations_.size()));
    if (added) operations_.push_back({shape.resource, shape.name, {}});
    operation = found->second + 1;
  }
  AddOnce(operations_[operation - 1].traces, ordinal);
  if (shape.status == trace::SpanStatus::kError) AddOnce(error_traces_, ordinal);
}

std::string TraceIndexBuilder::Finish(int64_t start_min_ns) const {
  std::string out;
  const size_t traces = newest_ns_.size();
  for (const int64_t newest_ns : newest_ns_) {
    PutVarint(out, (static_cast<uint64_t>(newest_ns) - static_cast<uint64_t>(start_min_ns)) >>
                       kTimeStepBits);
  }
  for (const uint8_t step : longest_) out += static_cast<char>(step);
  PutBytes(EncodeSet(error_traces_, traces), out);
  PutVarint(out, operations_.size());
  for (const Operation& operation : operations_) {
    PutBytes(schema_.resource(operation.service)->service, out);
    PutBytes(schema_.name(operation.name), out);
    PutBytes(EncodeSet(operation.traces, traces), out);
  }
  return out;
}

bool TraceIndex::Load(std::string bytes, uint32_t version, uint64_t traces, int64_t start_min_ns) {
  bytes_ = std::move(bytes);
  start_min_ns_ = start_min_ns;
  ByteReader in(bytes_);
  if (traces > bytes_.size()) return false;
  newest_.reserve(traces);
  // 2^64 ns in steps of 2^20 are more than 32 bits: the far end is cut, which only loosens a bound.
  for (uint64_t i = 0; i < traces; ++i) {
    newest_.push_back(static_cast<uint32_t>(std::min<uint64_t>(in.Varint(), UINT32_MAX)));
  }
  if (version > 1) longest_ = in.Take(traces);
  error_traces_ = in.Bytes();
  const uint64_t operations = in.Varint();
  for (uint64_t i = 0; in.ok() && i < operations; ++i) {
    const std::string_view service = in.Bytes(), name = in.Bytes(), set = in.Bytes();
    operations_.push_back({service, name, set});
  }
  if (!in.ok() || !in.at_end()) return false;
  std::vector<uint8_t> marks(traces);
  if (!Mark(error_traces_, marks)) return false;
  for (const Operation& operation : operations_) {
    if (!Mark(operation.traces, marks)) return false;
  }
  order_.resize(traces);
  std::iota(order_.begin(), order_.end(), 0u);
  std::sort(order_.begin(), order_.end(), [this](uint32_t a, uint32_t b) {
    return newest_[a] != newest_[b] ? newest_[a] > newest_[b] : a < b;
  });
  return true;
}

int64_t TraceIndex::NewestBound(uint32_t ordinal) const {
  if (newest_[ordinal] == UINT32_MAX) return INT64_MAX;
  const uint64_t steps = (uint64_t{newest_[ordinal]} + 1) << kTimeStepBits;
  const uint64_t room = static_cast<uint64_t>(INT64_MAX) - static_cast<uint64_t>(start_min_ns_);
  return steps > room ? INT64_MAX
                      : static_cast<int64_t>(static_cast<uint64_t>(start_min_ns_) + steps);
}

bool TraceIndex::Mark(std::string_view traces, std::vector<uint8_t>& marks) {
  ByteReader in(traces);
  switch (in.Fixed<uint8_t>()) {
    case kAll:
      std::fill(marks.begin(), marks.end(), uint8_t{1});
      return in.ok() && in.at_end();
    case kDifferences:
      for (uint64_t ordinal = 0; in.ok() && !in.at_end();) {
        ordinal += in.Varint();
        if (ordinal >= marks.size()) return false;
        marks[ordinal] = 1;
      }
      return in.ok();
    case kBitmap: {
      const std::string_view bits = in.rest();
      if (bits.size() != (marks.size() + 7) / 8) return false;
      for (size_t at = 0; at < bits.size(); ++at) {
        const uint64_t spread = BytesOfBits(static_cast<unsigned char>(bits[at]));
        const size_t count = std::min<size_t>(marks.size() - at * 8, 8);
        uint64_t bytes = 0;
        std::memcpy(&bytes, marks.data() + at * 8, count);
        bytes |= spread;
        std::memcpy(marks.data() + at * 8, &bytes, count);
      }
      return true;
    }
    default:
      return false;
  }
}

std::vector<uint8_t> TraceIndex::Candidates(const store::SpanFilter& filter) const {
  const bool any_operation = filter.service.empty() && filter.name.empty();
  std::vector<uint8_t> marks(newest_.size(), any_operation ? 1 : 0);
  for (const Operation& operation : operations_) {
    if (any_operation) break;
    if (!filter.service.empty() && operation.service != filter.service) continue;
    if (!filter.name.empty() && operation.name != filter.name) continue;
    (void)Mark(operation.traces, marks);  // Load has checked it
  }
  // Steps grow with durations; what is negative as a signed number satisfies no minimum over 0.
  if (filter.duration_min_ns > 0 && !longest_.empty()) {
    const uint8_t least = DurationStep(static_cast<uint64_t>(filter.duration_min_ns));
    uint8_t* const mark = marks.data();
    const char* const longest = longest_.data();
    const size_t count = marks.size();
    for (size_t i = 0; i < count; ++i)
      mark[i] = static_cast<uint8_t>(mark[i] & (static_cast<unsigned char>(longest[i]) >= least ? 1 : 0));
  }
  if (filter.errors_only) {
    std::vector<uint8_t> errors(newest_.size());
    (void)Mark(error_traces_, errors);
    for (size_t i = 0; i < marks.size(); ++i) marks[i] = static_cast<uint8_t>(marks[i] & errors[i]);
  }
  return marks;
}

size_t TraceIndex::memory_bytes() const {
  return bytes_.capacity() + newest_.capacity() * 4 + order_.capacity() * 4 +
         operations_.capacity() * sizeof(Operation);
}

}  // namespace awry::columnar
