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
#include <charconv>
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

uint64_t SymbolBytes(uint64_t symbols, size_t alphabet) {
  const uint64_t bits = alphabet <= 10 ? (symbols + 2) / 3 * 10 : symbols * 4;
  return (bits + 7) / 8;
}

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

}  // namespace

void EncodeDictionary(std::span<const std::string_view> entries, ByteWriter& out) {
  out.Varint(entries.size());
  if (entries.size() >= kPackFrom && (EncodeNumbers(entries, out) || EncodePattern(entries, out)))
    return;
  out.Byte(kPlain);
  for (const std::string_view entry : entries) out.Varint(entry.size());
  for (const std::string_view entry : entries) out.Raw(entry);
}

bool DictionaryReader::OpenNumbers(ByteReader in) {
  constexpr size_t kDigitsMost = 20;
  prefix_ = in.Bytes();
  least_ = in.Varint();
  width_ = in.Fixed<uint8_t>();
  if (width_ > 60 || prefix_.size() > kTextBytesMax || !BitsAreThere(in, size(), width_)) return false;
  bits_ = in.rest();
  text_.reserve(size() * (prefix_.size() + kDigitsMost));
  return true;
}

bool DictionaryReader::MakeNumber(size_t at) {
  char digits[20];
  const uint64_t number = least_ + BitsAt(bits_, at * width_, width_);
  const auto end = std::to_chars(digits, digits + sizeof(digits), number).ptr;
  text_.append(prefix_).append(digits, end);
  return true;
}

bool DictionaryReader::OpenPattern(ByteReader in) {
  const uint64_t length = in.Varint();
  if (length == 0 || length > kTextBytesMax) return false;
  BitReader mask(in.Take((length + 7) / 8));
  pattern_.assign(length, '\0');
  for (uint32_t i = 0; i < length; ++i) {
    if (mask.Get(1) != 0) {
      places_.push_back(i);
    } else {
      pattern_[i] = static_cast<char>(in.Fixed<uint8_t>());
    }
  }
  alphabet_ = in.Bytes();
  if (!in.ok() || alphabet_.size() > kAlphabetMax || (alphabet_.empty() && !places_.empty()) ||
      in.rest().size() != SymbolBytes(size() * places_.size(), alphabet_.size())) {
    return false;
  }
  bits_ = in.rest();
  text_.reserve(size() * length);
  return true;
}

uint32_t DictionaryReader::Symbol(uint64_t at) const {
  if (alphabet_.size() > 10) return static_cast<uint32_t>(BitsAt(bits_, at * 4, 4));
  const auto three = static_cast<uint32_t>(BitsAt(bits_, at / 3 * 10, 10));
  const uint64_t place = at % 3;
  return place == 0 ? three / 100 : place == 1 ? three % 100 / 10 : three % 10;
}

bool DictionaryReader::MakePattern(size_t at) {
  uint64_t symbol_at = at * places_.size();
  for (const uint32_t place : places_) {
    const uint32_t symbol = Symbol(symbol_at++);
    if (symbol >= alphabet_.size()) return false;
    pattern_[place] = alphabet_[symbol];
  }
  text_.append(pattern_);
  return true;
}

bool DictionaryReader::Make(size_t at, std::string_view& text) {
  const size_t begin = text_.size();
  if (form_ == kPlain || !(form_ == kPacked ? MakeNumber(at) : MakePattern(at))) return false;
  text = entries_[at] = std::string_view(text_).substr(begin);
  return true;
}

bool DictionaryReader::Open(ByteReader in, uint64_t count_max) {
  const uint64_t count = in.Varint();
  form_ = in.Fixed<uint8_t>();
  if (!in.ok() || count > count_max || form_ > kOther) return false;
  if (form_ == kPlain && count > in.rest().size()) return false;
  entries_.resize(count);
  if (form_ == kPacked) return OpenNumbers(in);
  if (form_ == kOther) return OpenPattern(in);
  ByteReader lengths = in;
  for (uint64_t i = 0; i < count; ++i) (void)in.Varint();  // the bytes begin behind the lengths
  for (std::string_view& entry : entries_) entry = in.Take(lengths.Varint());
  return in.ok() && lengths.ok() && in.at_end();
}

bool DictionaryReader::OpenVersion1(ByteReader in, uint64_t count) {
  form_ = kPlain;
  if (count > in.rest().size()) return false;
  entries_.resize(count);
  for (std::string_view& entry : entries_) entry = in.Bytes();
  return in.ok() && in.at_end();
}

bool DictionaryReader::Find(std::string_view text, std::vector<uint8_t>& found) {
  if (form_ == kPacked) {
    uint64_t number = 0;
    if (!text.starts_with(prefix_) || !SplitNumber(text, prefix_.size(), number)) return true;
    for (size_t i = 0; i < found.size(); ++i)
      found[i] = least_ + BitsAt(bits_, i * width_, width_) == number ? 1 : 0;
    return true;
  }
  for (size_t i = 0; i < found.size(); ++i) {
    std::string_view entry;
    if (!Entry(i, entry)) return false;
    found[i] = entry == text ? 1 : 0;
  }
  return true;
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
  values_.reserve(count);
  int64_t previous = 0;
  for (uint64_t i = 0; i < count; ++i)
    values_.push_back(previous = Plus(previous, static_cast<uint64_t>(in.Signed())));
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
