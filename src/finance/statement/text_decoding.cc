#include "finance/statement/text_decoding.h"

#include <fmt/format.h>
#include <iconv.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <initializer_list>

#include "codec/utf8.h"
#include "finance/statement/csv_names.h"
#include "finance/statement/declared_encoding.h"

namespace finance::statement {
namespace {

// Windows-1252 differs from Latin-1 in 0x80–0x9F; 0 marks what it leaves undefined.
constexpr std::array<uint16_t, 32> kWindows1252 = {
    0x20AC, 0,      0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160,
    0x2039, 0x0152, 0,      0x017D, 0,      0,      0x2018, 0x2019, 0x201C, 0x201D, 0x2022,
    0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0,      0x017E, 0x0178};

base::Result<std::string> FromWindows1252(std::string_view bytes) {
  std::string text;
  text.reserve(bytes.size() + bytes.size() / 8);
  for (size_t i = 0; i < bytes.size(); ++i) {
    const auto byte = static_cast<unsigned char>(bytes[i]);
    const uint32_t point = byte >= 0x80 && byte < 0xA0 ? kWindows1252[byte - 0x80] : byte;
    if (point == 0 && byte != 0) {
      return base::InvalidArgument(fmt::format("file has a byte that Windows-1252 does not know: 0x{:02x} at {}", byte, i));
    }
    awry::codec::AppendCodePoint(text, point);
  }
  return text;
}

base::Result<std::string> FromUtf16(std::string_view bytes, bool little_endian) {
  if (bytes.size() % 2 != 0) return base::InvalidArgument("file is cut: UTF-16 with an odd number of bytes");
  const auto unit = [&](size_t i) {
    const auto a = static_cast<unsigned char>(bytes[i]);
    const auto b = static_cast<unsigned char>(bytes[i + 1]);
    return static_cast<uint32_t>(little_endian ? a | (b << 8) : b | (a << 8));
  };
  std::string text;
  for (size_t i = 0; i < bytes.size(); i += 2) {
    uint32_t point = unit(i);
    if (point >= 0xD800 && point < 0xDC00 && i + 3 < bytes.size() && unit(i + 2) >= 0xDC00 && unit(i + 2) < 0xE000) {
      point = 0x10000 + ((point - 0xD800) << 10) + (unit(i + 2) - 0xDC00);
      i += 2;
    } else if (point >= 0xD800 && point < 0xE000) {
      return base::InvalidArgument(fmt::format("file has half a UTF-16 character: byte {}", i));
    }
    awry::codec::AppendCodePoint(text, point);
  }
  return text;
}

constexpr size_t kHeadBytes = 8 << 10;  // where a file says what it is

constexpr std::array<std::string_view, 18> kEncodings = {
    "UTF-8", "windows-1252", "UTF-16LE", "UTF-16BE", "windows-1250", "windows-1251", "windows-1253", "windows-1254", "ISO-8859-1",
    "ISO-8859-2", "ISO-8859-15", "Shift_JIS", "EUC-JP", "GB18030", "Big5", "EUC-KR", "CP850", "CP852"};

// All encodings but those above, by the C library.
base::Result<std::string> FromOther(std::string_view bytes, std::string_view encoding) {
  const iconv_t converter = iconv_open("UTF-8", std::string(encoding).c_str());
  if (converter == iconv_t(-1)) return base::InvalidArgument(fmt::format("encoding is not known on this machine: {}", encoding));
  std::string text;
  std::array<char, 4096> out;
  char* in = const_cast<char*>(bytes.data());
  size_t in_left = bytes.size();
  bool bad = false;
  while (in_left > 0 && !bad) {
    char* to = out.data();
    size_t out_left = out.size();
    bad = iconv(converter, &in, &in_left, &to, &out_left) == size_t(-1) && errno != E2BIG;
    text.append(out.data(), static_cast<size_t>(to - out.data()));
  }
  iconv_close(converter);
  if (bad) return base::InvalidArgument(fmt::format("file has a byte that {} does not know: byte {}", encoding, bytes.size() - in_left));
  return text;
}

bool IsAsciiLetter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool IsHigh(char c) { return static_cast<unsigned char>(c) >= 0x80; }

// Between letters, Windows-1252 has no ³, ¹, ¿, £ or ¥: in Windows-1250 these are ł, ą, ż, Ł and Ą.
bool LooksPolish(std::string_view bytes) {
  static constexpr std::string_view kPolish = "\xB3\xB9\xBF\xA3\xA5";
  for (size_t i = 1; i < bytes.size(); ++i) {
    if (kPolish.find(bytes[i]) == std::string_view::npos) continue;
    if (IsAsciiLetter(bytes[i - 1]) && (i + 1 == bytes.size() || IsAsciiLetter(bytes[i + 1]) || bytes[i + 1] == ' ' || IsHigh(bytes[i + 1]))) return true;
  }
  return false;
}

// Between letters, the Windows code pages have marks where those of DOS, which old bank programs still write, have
// ü, ä, å, ö and ł. Polish letters tell 852 from 850; German ones are the same in both.
// A mark can stand between letters, too („…”Wien, Lidl™Plus): the case of the letter that DOS has must fit what is around
// it, and those that Windows-1252 has must be fewer. á does not count: it is ß of DOS.
std::string_view DosEncoding(std::string_view bytes) {
  static constexpr std::string_view kSmall = "\x81\x84\x86\x87\x88\x89\x94\x98\x9B", kCapital = "\x90\x99", kPolish = "\x88\x98\x9D\xA9\xAB\xBD\xBE";
  const auto is_small = [](char c) { return c >= 'a' && c <= 'z'; };
  const auto is_capital = [](char c) { return c >= 'A' && c <= 'Z'; };
  size_t dos = 0, windows = 0;
  bool polish = false;
  for (size_t i = 1; i + 1 < bytes.size(); ++i) {
    const char before = bytes[i - 1], c = bytes[i], after = bytes[i + 1];
    if (!IsHigh(c) || (!IsAsciiLetter(before) && !IsAsciiLetter(after))) continue;
    windows += static_cast<unsigned char>(c) >= 0xC0 && c != '\xE1' && c != '\xD7' && c != '\xF7' ? 1 : 0;
    if (!IsAsciiLetter(before) || !IsAsciiLetter(after)) continue;
    if (kSmall.find(c) != std::string_view::npos) dos += is_small(after) ? 1 : 0;
    if (kCapital.find(c) != std::string_view::npos) dos += is_capital(before) && is_capital(after) ? 1 : 0;
    polish |= kPolish.find(c) != std::string_view::npos;
  }
  if (dos <= windows) return {};
  return polish ? "CP852" : "CP850";
}

// An OFX file's tags are ASCII whatever its texts are.
std::string WithoutTags(std::string_view bytes) {
  std::string texts;
  for (size_t at = 0; at < bytes.size();) {
    const size_t open = std::min(bytes.find('<', at), bytes.size());
    texts += bytes.substr(at, open - at);
    at = std::min(bytes.find('>', open), bytes.size() - 1) + 1;
  }
  return texts;
}

// UTF-16 without its mark: half of the bytes of ASCII text are zero.
std::string_view Utf16WithoutMark(std::string_view bytes) {
  constexpr size_t kLooked = 1 << 10;
  const std::string_view head = bytes.substr(0, std::min(kLooked, bytes.size() / 2 * 2));
  size_t even = 0, odd = 0;
  for (size_t i = 0; i < head.size(); ++i) (i % 2 == 0 ? even : odd) += head[i] == '\0' ? 1 : 0;
  if (even == 0 && odd * 4 > head.size()) return "UTF-16LE";
  return odd == 0 && even * 4 > head.size() ? "UTF-16BE" : "";
}

// Which share of the letters beyond ASCII is of `script`, in bytes that have that encoding; 0 in others.
double ShareOf(std::string_view bytes, std::string_view encoding, bool (*script)(uint32_t point)) {
  const auto text = FromOther(bytes, encoding);
  if (!text.ok()) return 0;
  size_t beyond = 0, own = 0;
  for (size_t i = 0; i < text->size();) {
    const auto first = static_cast<unsigned char>((*text)[i]);
    const size_t length = first < 0x80 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
    if (length > 1) {
      uint32_t point = first & (0xFFu >> (length + 1));
      for (size_t k = 1; k < length; ++k) point = point << 6 | (static_cast<unsigned char>((*text)[i + k]) & 0x3Fu);
      ++beyond;
      own += script(point) ? 1 : 0;
    }
    i += length;
  }
  return beyond == 0 ? 0 : static_cast<double>(own) / static_cast<double>(beyond);
}

struct Script {
  std::string_view encoding;
  bool (*is_own)(uint32_t point);
  double share;  // of the letters, from which on the encoding is believed
};
// In this order: kana and Hangul are sure signs, Han alone is not.
constexpr std::array<Script, 6> kScripts = {{
    {"Shift_JIS", [](uint32_t point) { return point >= 0x3040 && point < 0x3100; }, 0.2},
    {"EUC-JP", [](uint32_t point) { return point >= 0x3040 && point < 0x3100; }, 0.2},
    {"EUC-KR", [](uint32_t point) { return point >= 0xAC00 && point < 0xD7A4; }, 0.7},
    {"windows-1251", [](uint32_t point) { return point >= 0x410 && point < 0x450; }, 0.9},
    {"GB18030", [](uint32_t point) { return (point >= 0x4E00 && point < 0xA000) || (point >= 0xFF01 && point < 0xFF60); }, 0.9},
    {"Big5", [](uint32_t point) { return (point >= 0x4E00 && point < 0xA000) || (point >= 0xFF01 && point < 0xFF60); }, 0.9},
}};

// How many cells of the first lines are what banks call their columns, by their letters beyond ASCII.
size_t NamesKnown(std::string_view bytes, std::string_view encoding) {
  constexpr size_t kHeaderBytes = 8 << 10;
  const auto text = FromOther(bytes.substr(0, std::min(kHeaderBytes, bytes.size())), encoding);
  size_t known = 0;
  for (std::string_view rest = text.ok() ? std::string_view(*text) : std::string_view(); !rest.empty();) {
    const size_t end = std::min(rest.find_first_of(",;\t|\r\n\""), rest.size());
    const std::string_view cell = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    if (std::any_of(cell.begin(), cell.end(), IsHigh) && !MeaningsOf(cell).empty()) ++known;
  }
  return known;
}

// The first of the encodings in which most columns have names.
std::string_view MostNames(std::string_view bytes, std::initializer_list<std::string_view> encodings) {
  return *std::max_element(encodings.begin(), encodings.end(), [&](std::string_view a, std::string_view b) { return NamesKnown(bytes, a) < NamesKnown(bytes, b); });
}

// Whether bytes that are Greek or Cyrillic letters are more of the former: by the six letters that each has most.
bool LooksGreek(std::string_view bytes) {
  static constexpr std::string_view kGreek = "\xE1\xEF\xE9\xF4\xF3\xC1\xCF\xC9\xD4\xD3", kCyrillic = "\xEE\xE0\xE8\xF2\xEB\xCE\xC0\xC8\xD2\xCB";
  const auto count = [&](std::string_view letters) { return std::count_if(bytes.begin(), bytes.end(), [&](char c) { return letters.find(c) != std::string_view::npos; }); };
  return count(kGreek) > count(kCyrillic);
}

// Of bytes that are no UTF-8.
std::string_view GuessEncoding(std::string_view bytes, bool may_be_dos) {
  constexpr size_t kLooked = 256 << 10;
  bytes = bytes.substr(0, kLooked);
  const auto ascii = std::count_if(bytes.begin(), bytes.end(), IsAsciiLetter);
  const auto high = std::count_if(bytes.begin(), bytes.end(), IsHigh);
  if (high * 2 > ascii) {  // Western text has one such letter in ten at most
    bytes = bytes.substr(0, bytes.rfind('\n') + 1);  // no cut character
    for (const Script& one : kScripts) {
      if (ShareOf(bytes, one.encoding, one.is_own) < one.share) continue;
      if (one.encoding != "windows-1251") return one.encoding;
      return LooksGreek(bytes) ? MostNames(bytes, {"windows-1253", "windows-1251"}) : MostNames(bytes, {"windows-1251", "windows-1253"});
    }
  }
  if (const std::string_view dos = DosEncoding(bytes); may_be_dos && !dos.empty()) return dos;
  return LooksPolish(bytes) ? MostNames(bytes, {"windows-1250", "windows-1252"}) : MostNames(bytes, {"windows-1252", "windows-1250", "windows-1254"});
}

std::string_view Guess(std::string_view bytes, bool may_be_dos) {
  const std::string_view head = bytes.substr(0, kHeadBytes);
  const bool tagged = head.find("OFXHEADER") != std::string_view::npos || head.find("<OFX>") != std::string_view::npos;
  return tagged ? GuessEncoding(WithoutTags(bytes), may_be_dos) : GuessEncoding(bytes, may_be_dos);
}

base::Result<DecodedText> Decode(std::string_view bytes, std::string_view forced) {
  if (forced.empty()) forced = Utf16WithoutMark(bytes);
  if (forced == "UTF-16LE" || (forced.empty() && bytes.starts_with("\xFF\xFE"))) {
    if (bytes.starts_with("\xFF\xFE")) bytes.remove_prefix(2);
    ASSIGN_OR_RETURN(std::string text, FromUtf16(bytes, true));
    return DecodedText{std::move(text), "UTF-16LE"};
  }
  if (forced == "UTF-16BE" || (forced.empty() && bytes.starts_with("\xFE\xFF"))) {
    if (bytes.starts_with("\xFE\xFF")) bytes.remove_prefix(2);
    ASSIGN_OR_RETURN(std::string text, FromUtf16(bytes, false));
    return DecodedText{std::move(text), "UTF-16BE"};
  }
  if (bytes.starts_with("\xEF\xBB\xBF")) bytes.remove_prefix(3);
  const bool utf8 = awry::codec::IsValidUtf8(bytes);
  if (forced == "UTF-8" && !utf8) return base::InvalidArgument("file is not UTF-8 as its profile says: choose another encoding");
  if ((forced.empty() || forced == "UTF-8") && utf8) return DecodedText{std::string(bytes), "UTF-8"};
  if (!forced.empty() && std::find(kEncodings.begin(), kEncodings.end(), forced) == kEncodings.end())
    return base::InvalidArgument(fmt::format("encoding is none of {}: {}", fmt::join(kEncodings, ", "), forced.substr(0, 40)));
  bool may_be_dos = true;
  if (const std::string_view declared = forced.empty() ? DeclaredEncoding(bytes) : std::string_view(); !declared.empty()) {
    // The header of OFX says 1252 by habit, whatever the bytes are: it only rules out what no bank's server has.
    const bool habit = declared == "windows-1252" && bytes.substr(0, kHeadBytes).find("<?xml") == std::string_view::npos;
    auto text = FromOther(bytes, declared);
    if (text.ok() && !habit) return DecodedText{std::move(*text), std::string(declared)};
    may_be_dos = !text.ok();
  }
  const std::string_view encoding = forced.empty() ? Guess(bytes, may_be_dos) : forced;
  auto western = encoding == "windows-1252" ? FromWindows1252(bytes) : FromOther(bytes, encoding);
  if (!western.ok() && forced.empty()) {  // a guess that does not hold: the one that holds for nearly all bytes, to be looked at
    if (auto text = FromOther(bytes, "windows-1250"); text.ok()) return DecodedText{std::move(*text), "windows-1250", true};
  }
  ASSIGN_OR_RETURN(std::string text, std::move(western));
  return DecodedText{std::move(text), std::string(encoding), forced.empty()};
}

}  // namespace

std::span<const std::string_view> Encodings() { return kEncodings; }

base::Result<DecodedText> DecodeText(std::string_view bytes, std::string_view forced) {
  ASSIGN_OR_RETURN(DecodedText decoded, Decode(bytes, forced));
  const size_t nul = decoded.text.find('\0');
  if (nul != std::string::npos) {
    return base::InvalidArgument(fmt::format("file has a NUL character, it is no text: character {}", nul));
  }
  return decoded;
}

}  // namespace finance::statement
