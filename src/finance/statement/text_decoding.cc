#include "finance/statement/text_decoding.h"

#include <fmt/format.h>

#include <array>
#include <cstdint>

#include "codec/utf8.h"

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

base::Result<DecodedText> Decode(std::string_view bytes, std::string_view forced) {
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
  if (forced != "windows-1252" && utf8) return DecodedText{std::string(bytes), "UTF-8"};
  ASSIGN_OR_RETURN(std::string text, FromWindows1252(bytes));
  return DecodedText{std::move(text), "windows-1252", forced.empty()};
}

}  // namespace

base::Result<DecodedText> DecodeText(std::string_view bytes, std::string_view forced) {
  ASSIGN_OR_RETURN(DecodedText decoded, Decode(bytes, forced));
  const size_t nul = decoded.text.find('\0');
  if (nul != std::string::npos) {
    return base::InvalidArgument(fmt::format("file has a NUL character, it is no text: character {}", nul));
  }
  return decoded;
}

}  // namespace finance::statement
