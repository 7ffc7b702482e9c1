#include "finance/statement/markup_text.h"

#include <array>
#include <charconv>
#include <utility>

#include "codec/utf8.h"

namespace finance::statement {
namespace {

constexpr std::array<std::pair<std::string_view, std::string_view>, 6> kNames = {
    {{"amp", "&"}, {"lt", "<"}, {"gt", ">"}, {"quot", "\""}, {"apos", "'"}, {"nbsp", " "}}};

// Appends what `name` (without '&' and ';') stands for; false when it is no reference.
bool AppendEntity(std::string_view name, std::string& out) {
  for (const auto& [known, text] : kNames) {
    if (name == known) {
      out += text;
      return true;
    }
  }
  if (!name.starts_with('#')) return false;
  name.remove_prefix(1);
  const bool hex = name.starts_with('x') || name.starts_with('X');
  if (hex) name.remove_prefix(1);
  uint32_t point = 0;
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), point, hex ? 16 : 10);
  const bool is_scalar = point >= 0x20 && point < 0x110000 && (point < 0xD800 || point > 0xDFFF);
  if (error != std::errc() || end != name.data() + name.size() || !is_scalar) return false;
  awry::codec::AppendCodePoint(out, point);
  return true;
}

}  // namespace

std::string DecodeEntities(std::string_view text) {
  constexpr size_t kNameBytesMax = 8;
  std::string out;
  out.reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '&') {
      const size_t end = text.substr(i, kNameBytesMax + 2).find(';');
      if (end != std::string_view::npos && AppendEntity(text.substr(i + 1, end - 1), out)) {
        i += end;
        continue;
      }
    }
    out += text[i];
  }
  return out;
}

}  // namespace finance::statement
