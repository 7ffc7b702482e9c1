// dictionary := count varint | form u8 | 0: length varint*, bytes
//                                      | 1: prefix `bytes`, least varint, width u8, bits
//                                      | 2: length varint, which places vary (bits), the others,
//                                           alphabet `bytes`, bits
// integers   := form u8 | 0: zigzag difference varint* | 1: least zigzag, width u8, bits
// doubles    := form u8 | 0: 8 bytes each
//                                      | 1: decimals u8, least zigzag, width u8, bits
//                                      | 2: least upper 12 bits varint, width u8, bits (upper, then 52)
#include "awry/columnar/column_codec.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>

#include "awry/columnar/bit_stream.h"

namespace awry::columnar {

namespace {

enum Form : uint8_t { kPlain = 0, kPacked = 1, kOther = 2 };

constexpr size_t kTextBytesMax = 255;  // of a prefix or pattern, so that few bytes stay few
constexpr size_t kPackFrom = 4;  // fewer entries are not worth a form of their own
constexpr double kPowers[] = {1, 10, 100, 1'000, 10'000};

uint64_t Distance(int64_t from, int64_t to) {
  return static_cast<uint64_t>(to) - static_cast<uint64_t>(from);
}

int64_t Plus(int64_t a, uint64_t b) { return static_cast<int64_t>(static_cast<uint64_t>(a) + b); }

uint32_t WidthOf(uint64_t value) { return static_cast<uint32_t>(std::bit_width(value)); }

bool BitsAreThere(const ByteReader& in, uint64_t values, uint64_t bits_each) {
  return in.ok() && (values * bits_each + 7) / 8 == in.rest().size();
}

// "user" and 17 of "user17"; false unless it ends in a number without needless zeros.
bool SplitNumber(std::string_view text, size_t prefix, uint64_t& number) {
  if (text.size() <= prefix || text.size() - prefix > 18) return false;
  if (text[prefix] == '0' && text.size() > prefix + 1) return false;
  number = 0;
  for (const char c : text.substr(prefix)) {
    if (c < '0' || c > '9') return false;
    number = number * 10 + static_cast<uint64_t>(c - '0');
  }
  return true;
}

bool EncodeNumbers(std::span<const std::string_view> entries, ByteWriter& out) {
  const std::string_view first = entries[0];
  size_t prefix = first.size();
  while (prefix > 0 && first[prefix - 1] >= '0' && first[prefix - 1] <= '9') --prefix;
  if (prefix > kTextBytesMax) return false;
  std::vector<uint64_t> numbers(entries.size());
  uint64_t least = UINT64_MAX, most = 0;
  for (size_t i = 0; i < entries.size(); ++i) {
    if (entries[i].substr(0, prefix) != first.substr(0, prefix) ||
        !SplitNumber(entries[i], prefix, numbers[i])) {
      return false;
    }
    least = std::min(least, numbers[i]);
    most = std::max(most, numbers[i]);
  }
  const uint32_t width = WidthOf(most - least);
  out.Byte(kPacked);
  out.Bytes(first.substr(0, prefix));
  out.Varint(least);
  out.Byte(static_cast<uint8_t>(width));
  BitWriter bits;
  for (const uint64_t number : numbers) bits.PutWide(number - least, width);
  out.Raw(bits.Finish());
  return true;
}

bool DecodeNumbers(ByteReader in, uint64_t count, std::string& text,
                   std::vector<std::string_view>& entries) {
  const std::string_view prefix = in.Bytes();
  const uint64_t least = in.Varint();
  const uint32_t width = in.Fixed<uint8_t>();
  if (width > 60 || prefix.size() > kTextBytesMax || !BitsAreThere(in, count, width)) return false;
  text.reserve(count * (prefix.size() + 20));
  BitReader bits(in.rest());
  for (uint64_t i = 0; i < count; ++i) {
    const size_t begin = text.size();
    uint64_t number = least + bits.GetWide(width);
    char digits[20];
    size_t at = sizeof(digits);
    do {
      digits[--at] = static_cast<char>('0' + number % 10);
      number /= 10;
    } while (number > 0);
    text.append(prefix).append(digits + at, sizeof(digits) - at);
    entries.push_back(std::string_view(text).substr(begin));
  }
  return bits.ok();
}

// Packs symbols of an alphabet of at most 16: three of at most 10 take 10 bits.
class SymbolWriter {
 public:
  explicit SymbolWriter(size_t alphabet) : decimal_(alphabet <= 10) {}
  void Put(uint32_t symbol) {
    if (!decimal_) return bits_.Put(symbol, 4);
    held_ = held_ * 10 + symbol;
    if (++holds_ == 3) Flush();
  }
  std::string_view Finish() {
    if (holds_ > 0) {
      while (holds_ < 3) {
        held_ *= 10;
        ++holds_;
      }
      Flush();
    }
    return bits_.Finish();
  }

 private:
  void Flush() {
    bits_.Put(held_, 10);
    held_ = holds_ = 0;
  }
  const bool decimal_;
  uint32_t held_ = 0, holds_ = 0;
  BitWriter bits_;
};

class SymbolReader {
 public:
  SymbolReader(std::string_view bytes, size_t alphabet) : decimal_(alphabet <= 10), bits_(bytes) {}
  static uint64_t BytesOf(uint64_t symbols, size_t alphabet) {
    const uint64_t bits = alphabet <= 10 ? (symbols + 2) / 3 * 10 : symbols * 4;
    return (bits + 7) / 8;
  }
  uint32_t Get() {
    if (!decimal_) return static_cast<uint32_t>(bits_.Get(4));
    if (holds_ == 0) {
      held_ = static_cast<uint32_t>(bits_.Get(10));
      holds_ = 3;
    }
    constexpr uint32_t kPlace[] = {1, 1, 10, 100};
    const uint32_t symbol = held_ / kPlace[holds_];
    held_ %= kPlace[holds_--];
    return symbol;
  }
  bool ok() const { return bits_.ok(); }

 private:
  const bool decimal_;
  BitReader bits_;
  uint32_t held_ = 0, holds_ = 0;
};

constexpr size_t kAlphabetMax = 16;

bool EncodePattern(std::span<const std::string_view> entries, ByteWriter& out) {
  const std::string_view first = entries[0];
  const size_t length = first.size();
  if (length == 0 || length > kTextBytesMax) return false;
  std::array<uint8_t, kTextBytesMax> varies{};  // not 0: it does
  for (const std::string_view entry : entries) {
    if (entry.size() != length) return false;
    for (size_t i = 0; i < length; ++i)
      varies[i] = static_cast<uint8_t>(varies[i] | (entry[i] ^ first[i]));
  }
  std::array<uint8_t, 256> symbol_of{};  // 1: it is there, then its number + 1
  std::string alphabet;
  std::vector<size_t> places;
  for (size_t i = 0; i < length; ++i) {
    if (varies[i] != 0) places.push_back(i);
  }
  for (const std::string_view entry : entries) {
    for (const size_t place : places) symbol_of[static_cast<unsigned char>(entry[place])] = 1;
  }
  for (size_t c = 0; c < symbol_of.size(); ++c) {
    if (symbol_of[c] == 0) continue;
    if (alphabet.size() == kAlphabetMax) return false;
    alphabet += static_cast<char>(c);
    symbol_of[c] = static_cast<uint8_t>(alphabet.size());
  }
  out.Byte(kOther);
  out.Varint(length);
  BitWriter mask;
  for (size_t i = 0; i < length; ++i) mask.Put(varies[i] != 0 ? 1 : 0, 1);
  out.Raw(mask.Finish());
  for (size_t i = 0; i < length; ++i) {
    if (varies[i] == 0) out.Raw(first.substr(i, 1));
  }
  out.Bytes(alphabet);
  SymbolWriter symbols(alphabet.size());
  for (const std::string_view entry : entries) {
    for (const size_t place : places)
      symbols.Put(symbol_of[static_cast<unsigned char>(entry[place])] - 1u);
  }
  out.Raw(symbols.Finish());
  return true;
}

bool DecodePattern(ByteReader in, uint64_t count, std::string& text,
                   std::vector<std::string_view>& entries) {
  const uint64_t length = in.Varint();
  if (length == 0 || length > kTextBytesMax) return false;
  BitReader mask(in.Take((length + 7) / 8));
  std::string pattern(length, '\0');
  std::vector<size_t> places;
  for (size_t i = 0; i < length; ++i) {
    if (mask.Get(1) != 0) {
      places.push_back(i);
    } else {
      pattern[i] = static_cast<char>(in.Fixed<uint8_t>());
    }
  }
  const std::string_view alphabet = in.Bytes();
  if (!in.ok() || alphabet.size() > kAlphabetMax || (alphabet.empty() && !places.empty()) ||
      in.rest().size() != SymbolReader::BytesOf(count * places.size(), alphabet.size())) {
    return false;
  }
  SymbolReader symbols(in.rest(), alphabet.size());
  text.reserve(count * length);
  for (uint64_t i = 0; i < count; ++i) {
    for (const size_t place : places) {
      const uint32_t symbol = symbols.Get();
      if (symbol >= alphabet.size()) return false;
      pattern[place] = alphabet[symbol];
    }
    text.append(pattern);
    entries.push_back(std::string_view(text).substr(text.size() - length));
  }
  return symbols.ok();
}

}  // namespace

void EncodeDictionary(std::span<const std::string_view> entries, ByteWriter& out) {
  out.Varint(entries.size());
  if (entries.size() >= kPackFrom && (EncodeNumbers(entries, out) || EncodePattern(entries, out)))
    return;
  out.Byte(kPlain);
  for (const std::string_view entry : entries) out.Varint(entry.size());
  for (const std::string_view entry : entries) out.Raw(entry);
}

bool DecodeDictionary(ByteReader in, uint64_t count_max, std::string& text,
                      std::vector<std::string_view>& entries) {
  const uint64_t count = in.Varint();
  const uint8_t form = in.Fixed<uint8_t>();
  if (!in.ok() || count > count_max) return false;
  entries.clear();
  text.clear();
  if (form == kPacked) return DecodeNumbers(in, count, text, entries);
  if (form == kOther) return DecodePattern(in, count, text, entries);
  if (form != kPlain || count > in.rest().size()) return false;
  ByteReader lengths = in;
  for (uint64_t i = 0; i < count; ++i) (void)in.Varint();  // the bytes begin behind the lengths
  for (uint64_t i = 0; i < count; ++i) entries.push_back(in.Take(lengths.Varint()));
  return in.ok() && lengths.ok() && in.at_end();
}

namespace {

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

bool DecodeIntegers(ByteReader in, uint64_t count, std::vector<int64_t>& values) {
  const uint8_t form = in.Fixed<uint8_t>();
  values.clear();
  if (form == kPacked) {
    const int64_t least = in.Signed();
    const uint32_t width = in.Fixed<uint8_t>();
    if (width > 64 || !BitsAreThere(in, count, width)) return false;
    BitReader bits(in.rest());
    values.reserve(count);
    for (uint64_t i = 0; i < count; ++i) values.push_back(Plus(least, bits.GetWide(width)));
    return bits.ok();
  }
  if (form != kPlain || count > in.rest().size()) return false;
  values.reserve(count);
  int64_t previous = 0;
  for (uint64_t i = 0; i < count; ++i)
    values.push_back(previous = Plus(previous, static_cast<uint64_t>(in.Signed())));
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

bool DecodeDoubles(ByteReader in, uint64_t count, std::vector<double>& values) {
  const uint8_t form = in.Fixed<uint8_t>();
  values.clear();
  if (form == kPlain) {
    if (in.rest().size() != count * 8) return false;
    for (uint64_t i = 0; i < count; ++i)
      values.push_back(std::bit_cast<double>(in.Fixed<uint64_t>()));
    return true;
  }
  if (form == kPacked) {
    const uint8_t decimals = in.Fixed<uint8_t>();
    const int64_t least = in.Signed();
    const uint32_t width = in.Fixed<uint8_t>();
    if (decimals >= std::size(kPowers) || width > 64 || !BitsAreThere(in, count, width))
      return false;
    BitReader bits(in.rest());
    values.reserve(count);
    for (uint64_t i = 0; i < count; ++i) {
      values.push_back(static_cast<double>(Plus(least, bits.GetWide(width))) / kPowers[decimals]);
    }
    return bits.ok();
  }
  const uint64_t least = in.Varint();
  const uint32_t width = in.Fixed<uint8_t>();
  if (form != kOther || width > 12 || !BitsAreThere(in, count, width + kMantissaBits)) return false;
  BitReader bits(in.rest());
  values.reserve(count);
  for (uint64_t i = 0; i < count; ++i) {
    const uint64_t upper = least + bits.Get(width);
    values.push_back(std::bit_cast<double>(upper << kMantissaBits | bits.GetWide(kMantissaBits)));
  }
  return bits.ok();
}

}  // namespace awry::columnar
