// integers   := form u8 | 0: zigzag difference varint* | 1: least zigzag, width u8, bits
// doubles    := form u8 | 0: 8 bytes each
//                                      | 1: decimals u8, least zigzag, width u8, bits
//                                      | 2: least upper 12 bits varint, width u8, bits (upper, then 52)
#include "awry/columnar/column_codec.h"

#include <algorithm>
#include <bit>
#include <cmath>

#include "awry/columnar/bit_stream.h"
#include "awry/columnar/column_forms.h"

namespace awry::columnar {

namespace {

constexpr double kPowers[] = {1, 10, 100, 1'000, 10'000};

uint64_t Distance(int64_t from, int64_t to) {
  return static_cast<uint64_t>(to) - static_cast<uint64_t>(from);
}

int64_t Plus(int64_t a, uint64_t b) { return static_cast<int64_t>(static_cast<uint64_t>(a) + b); }

struct Packing {
  int64_t least = 0;
  uint32_t width = 0;
};

Packing PackingOf(std::span<const int64_t> values) {
  const auto [least, most] = std::minmax_element(values.begin(), values.end());
  return {*least, WidthOf(Distance(*least, *most))};
}

void PutPacked(std::span<const int64_t> values, const Packing& packing, ByteWriter& out) {
  out.Byte(kPacked);
  out.Signed(packing.least);
  out.Byte(static_cast<uint8_t>(packing.width));
  BitWriter bits;
  for (const int64_t value : values) bits.PutWide(Distance(packing.least, value), packing.width);
  out.Raw(bits.Finish());
}

}  // namespace

void PackIntegers(std::span<const int64_t> values, ByteWriter& out) {
  PutPacked(values, PackingOf(values), out);
}

size_t PackedIntegersBytes(std::span<const int64_t> values) {
  const Packing packing = PackingOf(values);
  return 2 + codec::VarintSize(codec::ZigZag(packing.least)) +
         (values.size() * packing.width + 7) / 8;
}

void EncodeIntegers(std::span<const int64_t> values, ByteWriter& out) {
  if (values.empty()) return out.Byte(kPlain);
  const Packing packing = PackingOf(values);
  size_t plain_bytes = 0;
  int64_t previous = 0;
  for (const int64_t value : values) {
    plain_bytes += codec::VarintSize(
        codec::ZigZag(static_cast<int64_t>(Distance(previous, value))));
    previous = value;
  }
  // Small differences repeat, which zstd sees and packing hides.
  if (plain_bytes * 2 > values.size() * 5 && packing.width * values.size() / 8 < plain_bytes)
    return PutPacked(values, packing, out);
  out.Byte(kPlain);
  previous = 0;
  for (const int64_t value : values) {
    out.Signed(static_cast<int64_t>(Distance(previous, value)));
    previous = value;
  }
}

bool IntegerReader::Open(ByteReader in, uint64_t count) {
  const uint8_t form = in.Fixed<uint8_t>();
  values_.clear();
  if (form == kPacked) {
    least_ = static_cast<uint64_t>(in.Signed());
    width_ = in.Fixed<uint8_t>();
    bits_ = in.rest();
    return width_ <= 64 && BitsAreThere(in, count, width_);
  }
  return form == kPlain && OpenVersion1(in, count);
}

bool IntegerReader::OpenVersion1(ByteReader in, uint64_t count) {
  if (count > in.rest().size()) return false;
  values_.resize(count);
  int64_t previous = 0;
  for (uint64_t i = 0; i < count;) {
    // Numbers often repeat: no differences, eight of them at a time.
    if (count - i >= 8 && in.rest().size() >= 8 && codec::ReadFixed<uint64_t>(in.rest().data()) == 0) {
      for (size_t k = 0; k < 8; ++k) values_[i++] = previous;
      (void)in.Take(8);
      continue;
    }
    // At most eight before the next look.
    for (const uint64_t end = std::min(count, i + 8); i < end; ++i)
      values_[i] = previous = Plus(previous, static_cast<uint64_t>(in.Signed()));
  }
  return in.ok() && in.at_end();
}

bool IsShortDecimal(double value) {
  const double scaled = value * 100;
  return std::fabs(scaled) < 9e15 && scaled == std::nearbyint(scaled);
}

namespace {

// The integer that is `value` times a power of ten, if dividing it gives `value` again, bit by bit.
bool Scaled(double value, double power, int64_t& integer) {
  const double scaled = value * power;
  if (!(std::fabs(scaled) < 9e15)) return false;
  integer = std::llrint(scaled);
  return std::bit_cast<uint64_t>(static_cast<double>(integer) / power) ==
         std::bit_cast<uint64_t>(value);
}

bool EncodeDecimals(std::span<const double> values, ByteWriter& out) {
  uint8_t decimals = 0;
  std::vector<int64_t> integers(values.size());
  for (size_t i = 0; i < values.size();) {
    if (Scaled(values[i], kPowers[decimals], integers[i])) {
      ++i;
    } else {
      if (++decimals == std::size(kPowers)) return false;
      i = 0;
    }
  }
  const auto [least, most] = std::minmax_element(integers.begin(), integers.end());
  const uint32_t width = WidthOf(Distance(*least, *most));
  out.Byte(kPacked);
  out.Byte(decimals);
  out.Signed(*least);
  out.Byte(static_cast<uint8_t>(width));
  BitWriter bits;
  for (const int64_t integer : integers) bits.PutWide(Distance(*least, integer), width);
  out.Raw(bits.Finish());
  return true;
}

constexpr uint32_t kMantissaBits = 52;

}  // namespace

void EncodeDoubles(std::span<const double> values, ByteWriter& out) {
  if (values.size() < kPackFrom) {
    out.Byte(kPlain);
    for (const double value : values) out.Fixed(std::bit_cast<uint64_t>(value));
    return;
  }
  if (EncodeDecimals(values, out)) return;
  uint64_t least = UINT64_MAX, most = 0;
  for (const double value : values) {
    least = std::min(least, std::bit_cast<uint64_t>(value) >> kMantissaBits);
    most = std::max(most, std::bit_cast<uint64_t>(value) >> kMantissaBits);
  }
  const uint32_t width = WidthOf(most - least);
  out.Byte(kOther);
  out.Varint(least);
  out.Byte(static_cast<uint8_t>(width));
  BitWriter bits;
  for (const double value : values) {
    const auto word = std::bit_cast<uint64_t>(value);
    bits.Put((word >> kMantissaBits) - least, width);
    bits.PutWide(word & ((uint64_t{1} << kMantissaBits) - 1), kMantissaBits);
  }
  out.Raw(bits.Finish());
}

bool DoubleReader::Open(ByteReader in, uint64_t count) {
  form_ = in.Fixed<uint8_t>();
  if (form_ == kPlain) return in.ok() && OpenVersion1(in, count);
  if (form_ == kPacked) {
    decimals_ = in.Fixed<uint8_t>();
    least_ = static_cast<uint64_t>(in.Signed());
    width_ = in.Fixed<uint8_t>();
    bits_ = in.rest();
    return decimals_ < std::size(kPowers) && width_ <= 64 && BitsAreThere(in, count, width_);
  }
  least_ = in.Varint();
  width_ = in.Fixed<uint8_t>();
  bits_ = in.rest();
  return form_ == kOther && width_ <= 12 && BitsAreThere(in, count, width_ + kMantissaBits);
}

bool DoubleReader::OpenVersion1(ByteReader in, uint64_t count) {
  form_ = kPlain;
  bits_ = in.rest();
  return bits_.size() == count * 8;
}

double DoubleReader::At(uint64_t at) const {
  if (form_ == kPlain) return std::bit_cast<double>(BitsAt(bits_, at * 64, 64));
  if (form_ == kPacked) {
    const uint64_t integer = least_ + BitsAt(bits_, at * width_, width_);
    return static_cast<double>(static_cast<int64_t>(integer)) / kPowers[decimals_];
  }
  const uint64_t first = at * (width_ + kMantissaBits);
  const uint64_t upper = least_ + BitsAt(bits_, first, width_);
  return std::bit_cast<double>(upper << kMantissaBits | BitsAt(bits_, first + width_, kMantissaBits));
}

}  // namespace awry::columnar
