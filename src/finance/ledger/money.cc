// The digits are accumulated in an unsigned 128-bit number, so that overflow of int64 is seen
// before it happens; the sign comes last.
#include "finance/ledger/money.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

namespace finance::ledger {
namespace {

__extension__ typedef unsigned __int128 Wide;

// ISO 4217 of 2026-01-01: codes of a country's or a union's money, sorted. Two digits unless the
// tables below say otherwise.
constexpr std::string_view kCodes[] = {
    "AED", "AFN", "ALL", "AMD", "AOA", "ARS", "AUD", "AWG", "AZN", "BAM", "BBD", "BDT", "BGN",
    "BHD", "BIF", "BMD", "BND", "BOB", "BOV", "BRL", "BSD", "BTN", "BWP", "BYN", "BZD", "CAD",
    "CDF", "CHE", "CHF", "CHW", "CLF", "CLP", "CNY", "COP", "COU", "CRC", "CUP", "CVE", "CZK",
    "DJF", "DKK", "DOP", "DZD", "EGP", "ERN", "ETB", "EUR", "FJD", "FKP", "GBP", "GEL", "GHS",
    "GIP", "GMD", "GNF", "GTQ", "GYD", "HKD", "HNL", "HTG", "HUF", "IDR", "ILS", "INR", "IQD",
    "IRR", "ISK", "JMD", "JOD", "JPY", "KES", "KGS", "KHR", "KMF", "KPW", "KRW", "KWD", "KYD",
    "KZT", "LAK", "LBP", "LKR", "LRD", "LSL", "LYD", "MAD", "MDL", "MGA", "MKD", "MMK", "MNT",
    "MOP", "MRU", "MUR", "MVR", "MWK", "MXN", "MXV", "MYR", "MZN", "NAD", "NGN", "NIO", "NOK",
    "NPR", "NZD", "OMR", "PAB", "PEN", "PGK", "PHP", "PKR", "PLN", "PYG", "QAR", "RON", "RSD",
    "RUB", "RWF", "SAR", "SBD", "SCR", "SDG", "SEK", "SGD", "SHP", "SLE", "SOS", "SRD", "SSP",
    "STN", "SVC", "SYP", "SZL", "THB", "TJS", "TMT", "TND", "TOP", "TRY", "TTD", "TWD", "TZS",
    "UAH", "UGX", "USD", "USN", "UYI", "UYU", "UYW", "UZS", "VED", "VES", "VND", "VUV", "WST",
    "XAD", "XAF", "XCD", "XCG", "XOF", "XPF", "YER", "ZAR", "ZMW", "ZWG",
    // Withdrawn, but old statements have them.
    "ANG", "ATS", "BEF", "CUC", "CYP", "DEM", "EEK", "ESP", "FIM", "FRF", "GRD", "HRK", "IEP",
    "ITL", "LTL", "LUF", "LVL", "MTL", "NLG", "PTE", "SIT", "SKK", "SLL", "ZWL"};

constexpr std::string_view kNoDigits[] = {"BEF", "ESP", "GRD", "ITL", "LUF", "PTE", "BIF", "CLP",
                                          "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF",
                                          "UGX", "UYI", "VND", "VUV", "XAF", "XOF", "XPF"};
constexpr std::string_view kThreeDigits[] = {"BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"};
constexpr std::string_view kFourDigits[] = {"CLF", "UYW"};

template <size_t N>
bool Has(const std::string_view (&codes)[N], std::string_view code) {
  return std::find(std::begin(codes), std::end(codes), code) != std::end(codes);
}

int8_t ExponentOf(std::string_view code) {
  if (Has(kNoDigits, code)) return 0;
  if (Has(kThreeDigits, code)) return 3;
  if (Has(kFourDigits, code)) return 4;
  return 2;
}

base::Status NotANumber(std::string_view text) {
  return base::InvalidArgument(
      fmt::format("amount is not decimal text like -12.39: {}", text.substr(0, 40)));
}

base::Status TooLarge(std::string_view text) {
  return base::InvalidArgument(
      fmt::format("amount does not fit into 64 bits of the minor unit: {}", text.substr(0, 40)));
}

base::Result<int64_t> Signed(Wide magnitude, bool negative, std::string_view text) {
  constexpr Wide kMax = static_cast<Wide>(std::numeric_limits<int64_t>::max());
  if (magnitude > kMax + (negative ? 1 : 0)) return TooLarge(text);
  const auto bits = static_cast<uint64_t>(magnitude);
  return static_cast<int64_t>(negative ? 0 - bits : bits);
}

}  // namespace

base::Result<Currency> Currency::Parse(std::string_view code) {
  std::array<char, 3> upper{};
  if (code.size() == 3) {
    std::transform(code.begin(), code.end(), upper.begin(),
                   [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; });
  }
  const std::string_view key(upper.data(), upper.size());
  if (code.size() != 3 || !Has(kCodes, key)) {
    return base::InvalidArgument(
        fmt::format("currency is not an ISO 4217 code with a minor unit: {}", code.substr(0, 16)));
  }
  return Currency(upper, ExponentOf(key));
}

base::Result<Money> ParseMoney(std::string_view text, Currency currency) {
  std::string_view rest = text;
  const bool negative = !rest.empty() && rest[0] == '-';
  if (!rest.empty() && (rest[0] == '-' || rest[0] == '+')) rest.remove_prefix(1);
  constexpr Wide kEnough = static_cast<Wide>(1) << 64;
  Wide magnitude = 0;
  int fraction = -1;  // digits after the point; -1 before it
  bool any_digit = false;
  for (const char c : rest) {
    if (c == '.' && fraction < 0) {
      fraction = 0;
      continue;
    }
    if (c < '0' || c > '9') return NotANumber(text);
    any_digit = true;
    if (fraction >= currency.exponent()) {
      if (c != '0') {
        return base::InvalidArgument(fmt::format("amount has more digits than {} allows ({}): {}",
                                                 currency.str(), currency.exponent(),
                                                 text.substr(0, 40)));
      }
      continue;
    }
    magnitude = magnitude * 10 + static_cast<unsigned>(c - '0');
    if (magnitude > kEnough) return TooLarge(text);
    if (fraction >= 0) ++fraction;
  }
  if (!any_digit) return NotANumber(text);
  for (int i = std::max(fraction, 0); i < currency.exponent(); ++i) magnitude *= 10;
  ASSIGN_OR_RETURN(const int64_t minor, Signed(magnitude, negative, text));
  return Money{minor, currency};
}

std::string FormatMoney(const Money& money) {
  const bool negative = money.minor < 0;
  const uint64_t magnitude =
      negative ? 0 - static_cast<uint64_t>(money.minor) : static_cast<uint64_t>(money.minor);
  const auto exponent = static_cast<size_t>(money.currency.exponent());
  std::string digits = fmt::format("{:0{}}", magnitude, exponent + 1);
  if (exponent > 0) digits.insert(digits.size() - exponent, 1, '.');
  return negative ? "-" + digits : digits;
}

base::Result<int64_t> AddMinor(int64_t a, int64_t b) {
  int64_t sum = 0;
  if (__builtin_add_overflow(a, b, &sum))
    return base::OutOfRange("sum of amounts does not fit into 64 bits");
  return sum;
}

base::Result<int64_t> NegateMinor(int64_t a) {
  if (a == std::numeric_limits<int64_t>::min()) {
    return base::OutOfRange("negated amount does not fit into 64 bits");
  }
  return -a;
}

}  // namespace finance::ledger
