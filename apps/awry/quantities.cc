#include "quantities.h"

#include <charconv>
#include <limits>
#include <string>

#include "awry/query/tag_search.h"

namespace awry::app {

base::Result<uint64_t> ParseBytes(std::string_view text) {
  const auto bad = [&] {
    return base::InvalidArgument(
        "size needs a number with B, kB, MB, GB, TB, KiB, MiB, GiB or TiB: '" + std::string(text) +
        "'");
  };
  double number = 0;
  const auto [end, problem] =
      std::from_chars(text.data(), text.data() + text.size(), number, std::chars_format::fixed);
  if (problem != std::errc() || number < 0) return bad();
  std::string_view unit = text.substr(static_cast<size_t>(end - text.data()));
  double factor = 1;
  if (!unit.empty() && unit != "B") {
    const size_t power = std::string_view("kMGT").find(unit[0] == 'K' ? 'k' : unit[0]);
    if (power == std::string_view::npos) return bad();
    const std::string_view rest = unit.substr(1);
    if (rest != "B" && rest != "iB" && !rest.empty()) return bad();
    for (size_t i = 0; i <= power; ++i) factor *= rest == "iB" ? 1024 : 1000;
  }
  if (number * factor > 9e18) return bad();
  return static_cast<uint64_t>(number * factor);
}

base::Result<std::chrono::seconds> ParseAge(std::string_view text) {
  if (text.empty() || text == "0") return std::chrono::seconds(0);
  int64_t days = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), days);
  if (problem == std::errc() &&
      std::string_view(end, static_cast<size_t>(text.data() + text.size() - end)) == "d" &&
      days >= 0 && days < 100'000) {
    return std::chrono::seconds(days * 86'400);
  }
  ASSIGN_OR_RETURN(const int64_t ns, query::ParseDuration(text));
  return std::chrono::seconds(ns / 1'000'000'000);
}

base::Result<std::optional<uint16_t>> ParsePort(std::string_view text) {
  if (text.empty() || text == "0") return std::optional<uint16_t>();
  if (text == "auto") return std::optional<uint16_t>(0);
  uint16_t port = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (problem != std::errc() || end != text.data() + text.size()) {
    return base::InvalidArgument("port must be 0 (off), 'auto' or 1 to 65535: '" +
                                 std::string(text) + "'");
  }
  return std::optional(port);
}

}  // namespace awry::app
