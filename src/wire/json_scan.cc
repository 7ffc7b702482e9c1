#include "wire/json_scan.h"

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

#include <bit>
#include <cstdint>
#include <cstring>
#include <string>

#include "codec/utf8.h"

namespace awry::wire {
namespace {

// Finds the first quote or backslash. Reads up to 15 bytes beyond it: the padding that DecodePadded
// asks for.
const char* FindQuoteOrBackslash(const char* at) {
#if defined(__SSE2__)
  const __m128i quote = _mm_set1_epi8('"');
  const __m128i backslash = _mm_set1_epi8('\\');
  for (;; at += 16) {
    const __m128i block = _mm_loadu_si128(reinterpret_cast<const __m128i*>(at));
    const __m128i hit =
        _mm_or_si128(_mm_cmpeq_epi8(block, quote), _mm_cmpeq_epi8(block, backslash));
    const auto mask = static_cast<unsigned>(_mm_movemask_epi8(hit));
    if (mask != 0) return at + std::countr_zero(mask);
  }
#else
  while (*at != '"' && *at != '\\') ++at;
  return at;
#endif
}

// Reads 4 hex digits; -1 when they are none.
int32_t Hex4(const char* at) {
  int32_t value = 0;
  for (int i = 0; i < 4; ++i) {
    const char c = at[i];
    int digit = 0;
    if (c >= '0' && c <= '9') {
      digit = c - '0';
    } else if (c >= 'a' && c <= 'f') {
      digit = c - 'a' + 10;
    } else if (c >= 'A' && c <= 'F') {
      digit = c - 'A' + 10;
    } else {
      return -1;
    }
    value = value * 16 + digit;
  }
  return value;
}

// Reads what follows "\u" and moves `at` behind it; a pair of surrogates is one character.
uint32_t ReadUnicodeEscape(const char*& at) {
  const int32_t first = Hex4(at);
  if (first < 0) return 0xFFFD;
  at += 4;
  if (first < 0xD800 || first > 0xDFFF) return static_cast<uint32_t>(first);
  if (first > 0xDBFF || at[0] != '\\' || at[1] != 'u') return 0xFFFD;
  const int32_t second = Hex4(at + 2);
  if (second < 0xDC00 || second > 0xDFFF) return 0xFFFD;
  at += 6;
  return 0x10000 + ((static_cast<uint32_t>(first) - 0xD800) << 10) +
         (static_cast<uint32_t>(second) - 0xDC00);
}

void AppendEscape(const char*& at, std::string& out) {
  const char c = *at++;
  switch (c) {
    case 'b':
      out += '\b';
      break;
    case 'f':
      out += '\f';
      break;
    case 'n':
      out += '\n';
      break;
    case 'r':
      out += '\r';
      break;
    case 't':
      out += '\t';
      break;
    case 'u':
      codec::AppendCodePoint(out, ReadUnicodeEscape(at));
      break;
    case '"':
    case '\\':
    case '/':
      out += c;
      break;
    default:
      codec::AppendCodePoint(out, 0xFFFD);
  }
}

}  // namespace

std::string_view ReadJsonString(const char* after_quote, ByteArena& arena) {
  const char* end = FindQuoteOrBackslash(after_quote);
  if (*end == '"') return {after_quote, static_cast<size_t>(end - after_quote)};
  std::string text(after_quote, end);
  while (*end == '\\') {
    ++end;
    AppendEscape(end, text);
    const char* next = FindQuoteOrBackslash(end);
    text.append(end, next);
    end = next;
  }
  return arena.Copy(text);
}

}  // namespace awry::wire
