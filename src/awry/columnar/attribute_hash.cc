// A value is hashed as it is typed, so that nothing is formatted while spans come in; a question
// is asked as text and so hashed once for every type that could print as that text.
#include "awry/columnar/attribute_hash.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <array>
#include <bit>
#include <charconv>
#include <limits>
#include <string>

#include "awry/columnar/column_codec.h"
#include "codec/base64.h"

namespace awry::columnar {

using trace::ValueKind;
using trace::ValueView;

uint64_t HashBytes(std::string_view bytes, uint64_t seed) {
  return XXH3_64bits_withSeed(bytes.data(), bytes.size(), seed);
}

namespace {

uint64_t Mix(uint64_t key_hash, ValueKind kind, uint64_t word) {
  uint64_t x = (word + 0x9e3779b97f4a7c15ULL * (1 + static_cast<uint64_t>(kind))) ^ key_hash;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ULL;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebULL;
  return x ^ (x >> 31);
}

uint64_t Seed(uint64_t key_hash, ValueKind kind) { return key_hash + static_cast<uint64_t>(kind); }

template <typename T>
bool Parse(std::string_view text, T& value) {
  const auto result = std::from_chars(text.data(), text.data() + text.size(), value);
  return result.ec == std::errc() && result.ptr == text.data() + text.size();
}

}  // namespace

uint64_t AttributeHash(uint64_t key_hash, const ValueView& value) {
  switch (value.kind) {
    case ValueKind::kNull:
      return Mix(key_hash, value.kind, 0);
    case ValueKind::kBool:
      return Mix(key_hash, value.kind, value.boolean ? 1 : 0);
    case ValueKind::kInt:
      return Mix(key_hash, value.kind, static_cast<uint64_t>(value.integer));
    case ValueKind::kDouble: {
      // Every NaN prints alike.
      const bool nan = value.real != value.real;
      return Mix(key_hash, value.kind, nan ? 1 : std::bit_cast<uint64_t>(value.real));
    }
    case ValueKind::kString:
    case ValueKind::kBytes:
      return HashBytes(value.bytes, Seed(key_hash, value.kind));
    case ValueKind::kArray:
    case ValueKind::kMap:
      return HashBytes(trace::ToText(value), Seed(key_hash, value.kind));
  }
  return 0;
}

bool IsUnindexedText(std::string_view text) {
  double real = 0;
  if (text == "NaN" || text == "Infinity" || text == "-Infinity") return true;
  return Parse(text, real) && !IsShortDecimal(real);
}

std::vector<uint64_t> HashesOfText(std::string_view key, std::string_view text) {
  const uint64_t key_hash = KeyHash(key);
  std::vector<uint64_t> hashes{AttributeHash(key_hash, ValueView::String(text))};
  if (text.empty()) hashes.push_back(AttributeHash(key_hash, ValueView{}));
  if (text == "true" || text == "false") {
    hashes.push_back(AttributeHash(key_hash, ValueView::Bool(text == "true")));
  }
  int64_t integer = 0;
  if (Parse(text, integer)) hashes.push_back(AttributeHash(key_hash, ValueView::Int(integer)));
  double real = 0;
  if (text == "NaN") {
    real = std::numeric_limits<double>::quiet_NaN();
    hashes.push_back(AttributeHash(key_hash, ValueView::Double(real)));
  } else if (text == "Infinity" || text == "-Infinity") {
    real = text.front() == '-' ? -std::numeric_limits<double>::infinity()
                               : std::numeric_limits<double>::infinity();
    hashes.push_back(AttributeHash(key_hash, ValueView::Double(real)));
  } else if (Parse(text, real)) {
    hashes.push_back(AttributeHash(key_hash, ValueView::Double(real)));
  }
  // Each hash is looked for in every segment: only those of values that print as this very text.
  if (auto bytes = codec::Base64Decode(text); bytes.ok() && codec::Base64Encode(*bytes) == text) {
    hashes.push_back(AttributeHash(key_hash, ValueView::Bytes(*bytes)));
  }
  if (text.starts_with('[')) hashes.push_back(HashBytes(text, Seed(key_hash, ValueKind::kArray)));
  if (text.starts_with('{')) hashes.push_back(HashBytes(text, Seed(key_hash, ValueKind::kMap)));
  return hashes;
}

}  // namespace awry::columnar
