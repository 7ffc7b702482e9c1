#include "finance/ledger/user_id.h"

#include <fmt/format.h>

#include <algorithm>

namespace finance::ledger {

base::Status CheckOpaqueId(std::string_view id, std::string_view what) {
  if (id.empty()) return base::InvalidArgument(fmt::format("{} is empty: give 1 to {} bytes", what, kUserIdBytesMax));
  if (id.size() > kUserIdBytesMax) {
    return base::InvalidArgument(
        fmt::format("{} is too long: {} bytes, at most {}", what, id.size(), kUserIdBytesMax));
  }
  const bool visible = std::all_of(id.begin(), id.end(), [](char c) { return c >= 0x21 && c <= 0x7E; });
  if (!visible) {
    return base::InvalidArgument(
        fmt::format("{} has a byte outside 0x21–0x7E: use visible ASCII without blanks", what));
  }
  return {};
}

base::Result<UserId> UserId::Parse(std::string_view text) {
  RETURN_IF_ERROR(CheckOpaqueId(text, "user id"));
  return UserId(std::string(text));
}

}  // namespace finance::ledger
