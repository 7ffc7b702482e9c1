// The input as a statement, and, where its first line is a profile, what follows read by that.
#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "base/check.h"
#include "finance/statement/statement.h"

namespace {

void Read(std::string_view bytes, const finance::statement::Profile& profile) {
  const auto statement = finance::statement::ParseStatement(bytes, profile, finance::ledger::Date::FromYmd(2026, 11, 1).value());
  if (statement.ok()) CHECK(statement->rows.size() + statement->errors.size() <= bytes.size());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  Read(bytes, {});
  const size_t line = std::min(bytes.find('\n'), size);
  if (const auto profile = finance::statement::ParseProfile(bytes.substr(0, line)); profile.ok()) Read(bytes.substr(line), *profile);
  return 0;
}
