// Exact money: a 64-bit count of the currency's minor unit beside an ISO 4217 code. Money out is
// negative. No floating point anywhere.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/status.h"

namespace finance {
namespace base = awry::base;
}

namespace finance::ledger {

// An ISO 4217 code that has a minor unit. Value type.
class Currency {
 public:
  // "EUR" and "eur" alike. kInvalidArgument for what is no currency of ISO 4217 (table of
  // 2026-01-01), and for metals and test codes, which have no minor unit.
  static base::Result<Currency> Parse(std::string_view code);

  std::string_view str() const { return {code_.data(), code_.size()}; }
  // Decimal digits of the minor unit: 2 for EUR, 0 for JPY, 3 for KWD, 4 for CLF.
  int exponent() const { return exponent_; }

  bool operator==(const Currency&) const = default;

 private:
  Currency(std::array<char, 3> code, int8_t exponent) : code_(code), exponent_(exponent) {}
  std::array<char, 3> code_;
  int8_t exponent_;
};

struct Money {
  int64_t minor = 0;
  Currency currency;

  bool operator==(const Money&) const = default;
};

// Reads plain decimal text: an optional sign, digits, at most one '.', digits ("-12.39", "+.5",
// "7."). Zeros beyond the exponent are dropped; other digits there, an empty text and an overflow
// of int64 are kInvalidArgument.
base::Result<Money> ParseMoney(std::string_view text, Currency currency);

// Writes "-12.39": the exponent's digits, '.' as the sign, no grouping, no code.
std::string FormatMoney(const Money& money);

// a + b; kOutOfRange when it does not fit into int64.
base::Result<int64_t> AddMinor(int64_t a, int64_t b);

// -a; kOutOfRange for the lowest int64, whose opposite does not exist.
base::Result<int64_t> NegateMinor(int64_t a);

}  // namespace finance::ledger
