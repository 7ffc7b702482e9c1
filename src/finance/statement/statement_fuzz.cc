#include <cstddef>
#include <cstdint>

#include "base/check.h"
#include "finance/statement/statement.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const auto statement =
      finance::statement::ParseStatement(bytes, {}, finance::ledger::Date::FromYmd(2026, 11, 1).value());
  if (statement.ok()) CHECK(statement->rows.size() + statement->errors.size() <= size);
  return 0;
}
