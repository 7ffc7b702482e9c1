#include "finance/statement/declared_encoding.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

namespace finance::statement {
namespace {

constexpr size_t kHeadBytes = 2 << 10;

// Names without case, blanks, and what stands before a code page's number. What is called Latin 1 is Windows-1252 with
// its marks, as everywhere on the web (encoding.spec.whatwg.org).
constexpr std::array<std::pair<std::string_view, std::string_view>, 30> kNames = {
    {{"1252", "windows-1252"}, {"iso-8859-1", "windows-1252"}, {"8859-1", "windows-1252"}, {"latin1", "windows-1252"}, {"latin-1", "windows-1252"},
     {"1250", "windows-1250"}, {"1251", "windows-1251"}, {"1253", "windows-1253"}, {"1254", "windows-1254"},
     {"iso-8859-2", "ISO-8859-2"}, {"8859-2", "ISO-8859-2"}, {"iso-8859-15", "ISO-8859-15"}, {"8859-15", "ISO-8859-15"},
     {"932", "Shift_JIS"}, {"shift_jis", "Shift_JIS"}, {"shift-jis", "Shift_JIS"}, {"sjis", "Shift_JIS"}, {"euc-jp", "EUC-JP"},
     {"936", "GB18030"}, {"gb2312", "GB18030"}, {"gbk", "GB18030"}, {"gb18030", "GB18030"},
     {"950", "Big5"}, {"big5", "Big5"}, {"949", "EUC-KR"}, {"euc-kr", "EUC-KR"}, {"ks_c_5601-1987", "EUC-KR"},
     {"850", "CP850"}, {"852", "CP852"}, {"latin2", "ISO-8859-2"}}};

std::string Lower(std::string_view text) {
  std::string lower(text);
  std::transform(lower.begin(), lower.end(), lower.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return lower;
}

std::string_view OfName(std::string_view name) {
  while (!name.empty() && name.front() == ' ') name.remove_prefix(1);
  for (const std::string_view prefix : {"windows-", "win-", "cp", "ms"}) {
    if (name.starts_with(prefix)) name.remove_prefix(prefix.size());
  }
  for (const auto& [known, encoding] : kNames) {
    if (name == known) return encoding;
  }
  return {};
}

// What stands between `start` and one of `ends`.
std::string_view Between(std::string_view text, std::string_view start, std::string_view ends) {
  const size_t found = text.find(start);
  if (found == std::string_view::npos) return {};
  text.remove_prefix(found + start.size());
  return text.substr(0, text.find_first_of(ends));
}

}  // namespace

std::string_view DeclaredEncoding(std::string_view bytes) {
  const std::string head = Lower(bytes.substr(0, kHeadBytes));
  if (const size_t xml = head.find("<?xml"); xml != std::string::npos) {
    const std::string_view declaration = std::string_view(head).substr(xml, head.find("?>", xml) - xml);
    for (const std::string_view quote : {"\"", "'"}) {
      const std::string_view name = Between(declaration, "encoding=" + std::string(quote), quote);
      if (!name.empty()) return OfName(name);
    }
    return {};
  }
  if (head.find("ofxheader") == std::string::npos) return {};
  return OfName(Between(head, "charset:", " \r\n\t<"));
}

}  // namespace finance::statement
