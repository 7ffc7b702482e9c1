#include "finance/category_predictor/text_features.h"

#include <array>

#include "finance/ledger/clean_description.h"
#include "finance/ledger/mask.h"

namespace finance::category_predictor {
namespace {

// Reads one code point and moves `at` behind it; U+FFFD for a byte that is no UTF-8.
char32_t NextCodePoint(std::string_view text, size_t& at) {
  const auto byte = [&](size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char first = byte(at++);
  if (first < 0x80) return first;
  const size_t more = first >= 0xF0 ? 3 : first >= 0xE0 ? 2 : first >= 0xC0 ? 1 : 0;
  if (more == 0 || at + more > text.size()) return 0xFFFD;
  char32_t code = first & (0x3FU >> more);
  for (size_t i = 0; i < more; ++i) {
    if ((byte(at + i) & 0xC0) != 0x80) return 0xFFFD;
    code = (code << 6) | (byte(at + i) & 0x3FU);
  }
  at += more;
  return code;
}

void AppendUtf8(std::string& out, char32_t code) {
  const auto put = [&](char32_t byte) { out.push_back(static_cast<char>(byte)); };
  if (code < 0x80) {
    put(code);
  } else if (code < 0x800) {
    put(0xC0 | (code >> 6));
    put(0x80 | (code & 0x3F));
  } else if (code < 0x10000) {
    put(0xE0 | (code >> 12));
    put(0x80 | ((code >> 6) & 0x3F));
    put(0x80 | (code & 0x3F));
  } else {
    put(0xF0 | (code >> 18));
    put(0x80 | ((code >> 12) & 0x3F));
    put(0x80 | ((code >> 6) & 0x3F));
    put(0x80 | (code & 0x3F));
  }
}

// Letters of U+00C0 to U+00FF without their marks, as German and French keyboards without accents
// write them; '.' is no letter.
constexpr std::array<std::string_view, 64> kLatin1 = {
    "a", "a", "a", "a", "ae", "a", "ae", "c", "e", "e", "e", "e", "i",  "i", "i", "i",
    "d", "n", "o", "o", "o",  "o", "oe", "",  "o", "u", "u", "u", "ue", "y", "t", "ss",
    "a", "a", "a", "a", "ae", "a", "ae", "c", "e", "e", "e", "e", "i",  "i", "i", "i",
    "d", "n", "o", "o", "o",  "o", "oe", "",  "o", "u", "u", "u", "ue", "y", "t", "y"};

struct LetterRange {
  char32_t last;
  char letter;
};
// U+0100 to U+017F, each range ending at `last`.
constexpr std::array<LetterRange, 22> kLatinExtended = {
    {{0x105, 'a'}, {0x10D, 'c'}, {0x111, 'd'}, {0x11B, 'e'}, {0x123, 'g'}, {0x127, 'h'},
     {0x133, 'i'}, {0x135, 'j'}, {0x138, 'k'}, {0x142, 'l'}, {0x14B, 'n'}, {0x151, 'o'},
     {0x153, 'o'}, {0x159, 'r'}, {0x161, 's'}, {0x167, 't'}, {0x173, 'u'}, {0x175, 'w'},
     {0x178, 'y'}, {0x17E, 'z'}, {0x17F, 's'}, {0x17F, 's'}}};

bool IsBlankBeyondAscii(char32_t code) {
  return code < 0xC0 || code == 0xD7 || code == 0xF7 || (code >= 0x2000 && code <= 0x20CF) ||
         (code >= 0x2190 && code <= 0x2BFF) || (code >= 0x3000 && code <= 0x3003) ||
         (code >= 0xFE00 && code <= 0xFE0F) || code == 0xFEFF || code >= 0xFFF0;
}

char32_t LowerBeyondLatin(char32_t code) {
  if (code >= 0x391 && code <= 0x3A9) return code + 0x20;
  if (code >= 0x410 && code <= 0x42F) return code + 0x20;
  if (code >= 0x400 && code <= 0x40F) return code + 0x50;
  return code;
}

// Collects the normal form; blanks are folded as they come.
class Folder {
 public:
  void Blank() { blank_ = true; }

  void Letter(char32_t code) {
    if (full()) return;
    if (blank_ && !out_.empty()) Put(' ');
    blank_ = false;
    digit_ = false;
    Put(code);
  }

  void Digit() {
    if (digit_ && !blank_) return;
    Letter('0');
    digit_ = true;
  }

  bool full() const { return points_ >= kTextCodePointsMax; }
  std::string Take() && {
    while (!out_.empty() && out_.back() == ' ') out_.pop_back();
    return std::move(out_);
  }

 private:
  void Put(char32_t code) {
    AppendUtf8(out_, code);
    ++points_;
  }

  std::string out_;
  size_t points_ = 0;
  bool blank_ = false;
  bool digit_ = false;
};

void FoldAscii(char32_t code, Folder& folder) {
  if (code >= 'A' && code <= 'Z') {
    folder.Letter(code + 32);
  } else if ((code >= 'a' && code <= 'z') || code == '&' || code == '[' || code == ']') {
    folder.Letter(code);
  } else if (code >= '0' && code <= '9') {
    folder.Digit();
  } else if (code != '\'' && code != '`') {
    folder.Blank();
  }
}

void Fold(char32_t code, Folder& folder) {
  if (code < 0x80) return FoldAscii(code, folder);
  if (code == 0x2019) return;
  if (IsBlankBeyondAscii(code)) return folder.Blank();
  if (code < 0x100) {
    for (const char letter : kLatin1[code - 0xC0])
      folder.Letter(static_cast<unsigned char>(letter));
    return;
  }
  if (code < 0x180) {
    for (const LetterRange& range : kLatinExtended) {
      if (code <= range.last) return folder.Letter(static_cast<unsigned char>(range.letter));
    }
  }
  folder.Letter(LowerBeyondLatin(code));
}

uint64_t Mix(uint64_t value) {
  value ^= value >> 33;
  value *= 0xFF51AFD7ED558CCDULL;
  value ^= value >> 33;
  value *= 0xC4CEB9FE1A85EC53ULL;
  return value ^ (value >> 33);
}

constexpr uint64_t kSeedGram = 0x6772616D;
constexpr uint64_t kSeedWord = 0x776F7264;
constexpr uint64_t kSeedPair = 0x70616972;
constexpr uint64_t kSeedKey = 0x6B657900;
constexpr uint64_t kStep = 0x9E3779B97F4A7C15ULL;
constexpr size_t kGramMax = 5;

void AppendWordGrams(std::string_view word, uint16_t index, uint32_t mask,
                     std::vector<TextGram>& out) {
  std::array<char32_t, kTextCodePointsMax + 2> points;
  size_t count = 0;
  points[count++] = ' ';
  for (size_t at = 0; at < word.size() && count + 1 < points.size();) {
    points[count++] = NextCodePoint(word, at);
  }
  points[count++] = ' ';
  for (size_t from = 0; from < count; ++from) {
    uint64_t hash = kSeedGram;
    for (size_t n = 1; n <= kGramMax && from + n <= count; ++n) {
      hash = (hash ^ points[from + n - 1]) * kStep;
      hash ^= hash >> 29;
      if (n >= 2) out.push_back({static_cast<uint32_t>(Mix(hash)) & mask, index, false});
    }
  }
}

}  // namespace

uint64_t StableHash(std::string_view bytes, uint64_t seed) {
  uint64_t hash = seed ^ 0xCBF29CE484222325ULL;
  for (const char byte : bytes) {
    hash = (hash ^ static_cast<unsigned char>(byte)) * 0x100000001B3ULL;
  }
  return Mix(hash);
}

std::string NormaliseText(std::string_view description, bool mask) {
  const std::string shown = mask ? ledger::MaskText(description) : std::string(description);
  const std::string clean = ledger::CleanDescription(shown);
  Folder folder;
  for (size_t at = 0; at < clean.size() && !folder.full();) Fold(NextCodePoint(clean, at), folder);
  return std::move(folder).Take();
}

std::vector<std::string_view> WordsOf(std::string_view normalised) {
  std::vector<std::string_view> words;
  for (size_t at = 0; at < normalised.size();) {
    size_t end = normalised.find(' ', at);
    if (end == std::string_view::npos) end = normalised.size();
    if (end > at) words.push_back(normalised.substr(at, end - at));
    at = end + 1;
  }
  return words;
}

std::string MerchantKeyOf(std::string_view normalised) {
  std::string key;
  for (size_t at = 0; at < normalised.size();) {
    size_t end = normalised.find(' ', at);
    if (end == std::string_view::npos) end = normalised.size();
    const std::string_view word = normalised.substr(at, end - at);
    if (!word.empty() && word.find('0') == std::string_view::npos) {
      if (!key.empty()) key.push_back(' ');
      key.append(word);
    }
    at = end + 1;
  }
  return key.empty() ? std::string(normalised) : key;
}

void AppendTextGrams(std::string_view normalised, uint32_t rows, std::vector<TextGram>& out) {
  const uint32_t mask = rows - 1;
  const auto row_of = [mask](uint64_t hash) { return static_cast<uint32_t>(hash) & mask; };
  uint64_t key = kSeedKey;
  uint64_t previous = 0;
  uint16_t index = 0;
  for (size_t at = 0; at < normalised.size();) {
    size_t end = normalised.find(' ', at);
    if (end == std::string_view::npos) end = normalised.size();
    const std::string_view word = normalised.substr(at, end - at);
    at = end + 1;
    if (word.empty()) continue;
    AppendWordGrams(word, index, mask, out);
    const uint64_t hash = StableHash(word, kSeedWord);
    out.push_back({row_of(hash), index, true});
    if (index > 0) out.push_back({row_of(Mix(previous * kStep ^ hash ^ kSeedPair)), index, true});
    if (word.find('0') == std::string_view::npos) key = Mix(key * kStep ^ hash);
    previous = hash;
    ++index;
  }
  if (index > 0) out.push_back({row_of(key), kWholeText, true});
}

}  // namespace finance::category_predictor
