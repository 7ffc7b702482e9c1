// Whose money it is. Opaque bytes of the caller's choice, compared whole and never cut.
#pragma once

#include <compare>
#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

#include "base/status.h"

namespace finance {
namespace base = awry::base;
}

namespace finance::ledger {

inline constexpr size_t kUserIdBytesMax = 128;

// 1 to 128 bytes from 0x21 to 0x7E. It is no string: whoever wants a piece of it has to say so
// with str(). Value type.
class UserId {
 public:
  // kInvalidArgument when empty, too long, or with a byte outside the range.
  static base::Result<UserId> Parse(std::string_view text);

  const std::string& str() const { return text_; }

  auto operator<=>(const UserId&) const = default;

 private:
  explicit UserId(std::string text) : text_(std::move(text)) {}
  std::string text_;
};

// The same alphabet and length for the ids that callers give to transactions and accounts.
// kInvalidArgument names `what` ("account id").
base::Status CheckOpaqueId(std::string_view id, std::string_view what);

}  // namespace finance::ledger

template <>
struct std::hash<finance::ledger::UserId> {
  size_t operator()(const finance::ledger::UserId& id) const noexcept {
    return std::hash<std::string>{}(id.str());
  }
};
