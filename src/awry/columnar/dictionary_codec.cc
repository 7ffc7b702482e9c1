// dictionary := count varint | form u8 | 0: length varint*, bytes
//                                      | 1: prefix `bytes`, least varint, width u8, bits
//                                      | 2: length varint, which places vary (bits), the others,
//                                           alphabet `bytes`, bits
#include <algorithm>
#include <array>
#include <charconv>

#include "awry/columnar/bit_stream.h"
#include "awry/columnar/column_codec.h"
#include "awry/columnar/column_forms.h"

namespace awry::columnar {

namespace {

constexpr size_t kTextBytesMax = 255;  // of a prefix or pattern, so that few bytes stay few

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
  if (width_ > 60 || prefix_.size() > kTextBytesMax || !BitsAreThere(in, size(), width_))
    return false;
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

}  // namespace awry::columnar
