#include "awry/query/datum.h"

#include <cmath>
#include <compare>

#include "awry/query/names.h"
#include "codec/json.h"
#include "trace/value.h"

namespace awry::query {
namespace {

// Without rounding: 2^53 + 1 is not 2^53.
std::partial_ordering CompareIntDouble(int64_t integer, double real) {
  if (std::isnan(real)) return std::partial_ordering::unordered;
  if (real >= 9223372036854775808.0) return std::partial_ordering::less;
  if (real < -9223372036854775808.0) return std::partial_ordering::greater;
  const auto whole = static_cast<int64_t>(real);
  if (integer != whole) return integer <=> whole;
  const double rest = real - static_cast<double>(whole);
  return 0.0 <=> rest;
}

std::partial_ordering CompareNumbers(const Datum& a, const Datum& b) {
  const bool a_int = a.kind == Datum::Kind::kInt;
  const bool b_int = b.kind == Datum::Kind::kInt;
  if (a_int && b_int) return a.integer <=> b.integer;
  if (!a_int && !b_int) return a.real <=> b.real;
  if (a_int) return CompareIntDouble(a.integer, b.real);
  return 0 <=> CompareIntDouble(b.integer, a.real);
}

std::partial_ordering Order(const Datum& a, const Datum& b) {
  constexpr auto kEqual = std::partial_ordering::equivalent;
  constexpr auto kNoOrder = std::partial_ordering::unordered;
  if (a.is_number() && b.is_number()) return CompareNumbers(a, b);
  if (a.kind == Datum::Kind::kEnum && b.kind == Datum::Kind::kEnum) {
    return a.enum_kind == b.enum_kind && a.integer == b.integer ? kEqual : kNoOrder;
  }
  if (a.kind == Datum::Kind::kBool && b.kind == Datum::Kind::kBool) {
    return a.boolean == b.boolean ? kEqual : kNoOrder;
  }
  const auto texty = [](const Datum& d) {
    return d.kind == Datum::Kind::kString || d.kind == Datum::Kind::kOther;
  };
  if (texty(a) && texty(b)) return a.text() <=> b.text();
  return kNoOrder;
}

double RealOf(const Datum& datum) {
  return datum.kind == Datum::Kind::kInt ? static_cast<double>(datum.integer) : datum.real;
}

std::optional<int64_t> CalculateExactly(Op op, int64_t a, int64_t b) {
  int64_t out = 0;
  switch (op) {
    case Op::kAdd:
      return __builtin_add_overflow(a, b, &out) ? std::nullopt : std::optional(out);
    case Op::kSub:
      return __builtin_sub_overflow(a, b, &out) ? std::nullopt : std::optional(out);
    case Op::kMul:
      return __builtin_mul_overflow(a, b, &out) ? std::nullopt : std::optional(out);
    default:
      if (b == 0 || b == -1 || a % b != 0) return std::nullopt;
      return a / b;
  }
}

}  // namespace

Datum DatumOf(const trace::ValueView& value) {
  Datum out;
  switch (value.kind) {
    case trace::ValueKind::kString:
      out.kind = Datum::Kind::kString;
      out.borrowed = value.bytes;
      break;
    case trace::ValueKind::kBool:
      out.kind = Datum::Kind::kBool;
      out.boolean = value.boolean;
      break;
    case trace::ValueKind::kInt:
      out.kind = Datum::Kind::kInt;
      out.integer = value.integer;
      break;
    case trace::ValueKind::kDouble:
      out.kind = Datum::Kind::kDouble;
      out.real = value.real;
      break;
    default:
      out.owned = trace::ToText(value);
      out.is_array = value.kind == trace::ValueKind::kArray;
  }
  return out;
}

Datum DatumOf(const Literal& literal) {
  Datum out;
  switch (literal.kind) {
    case Literal::Kind::kString:
      out.kind = Datum::Kind::kString;
      out.borrowed = literal.text;
      break;
    case Literal::Kind::kBool:
      out.kind = Datum::Kind::kBool;
      out.boolean = literal.boolean;
      break;
    case Literal::Kind::kInt:
    case Literal::Kind::kDuration:
      out.kind = Datum::Kind::kInt;
      out.integer = literal.integer;
      break;
    case Literal::Kind::kDouble:
      out.kind = Datum::Kind::kDouble;
      out.real = literal.real;
      break;
    case Literal::Kind::kStatus:
    case Literal::Kind::kSpanKind:
    case Literal::Kind::kVerdict:
      out.kind = Datum::Kind::kEnum;
      out.enum_kind = literal.kind;
      out.integer = literal.integer;
      break;
    case Literal::Kind::kNil:
      break;
  }
  return out;
}

std::string TextOf(const Datum& datum) {
  switch (datum.kind) {
    case Datum::Kind::kBool:
      return datum.boolean ? "true" : "false";
    case Datum::Kind::kInt:
      return std::to_string(datum.integer);
    case Datum::Kind::kDouble:
      return trace::DoubleToText(datum.real);
    case Datum::Kind::kEnum:
      return std::string(NameOf({.kind = datum.enum_kind, .integer = datum.integer}));
    default:
      return std::string(datum.text());
  }
}

Datum TextDatum(std::string_view text) {
  Datum out;
  out.kind = Datum::Kind::kString;
  out.borrowed = text;
  return out;
}
Datum OwnedTextDatum(std::string text) {
  Datum out;
  out.kind = Datum::Kind::kString;
  out.owned = std::move(text);
  return out;
}
Datum IntegerDatum(int64_t integer) {
  Datum out;
  out.kind = Datum::Kind::kInt;
  out.integer = integer;
  return out;
}

bool Compares(Op op, const Datum& left, const Datum& right) {
  const std::partial_ordering order = Order(left, right);
  switch (op) {
    case Op::kEq:
      return order == 0;
    case Op::kNe:
      return order != 0;
    case Op::kLt:
      return order < 0;
    case Op::kLe:
      return order <= 0;
    case Op::kGt:
      return order > 0;
    case Op::kGe:
      return order >= 0;
    default:
      return false;
  }
}

bool Contains(const Datum& left, const Datum& right) {
  if (!left.is_array) {
    return TextOf(left).find(TextOf(right)) != std::string::npos;
  }
  const auto json = codec::JsonDocument::Parse(left.text());
  if (!json.ok()) return false;
  for (const codec::JsonValue item : json->root().items()) {
    Datum element;
    if (const auto text = item.AsString()) {
      element.kind = Datum::Kind::kString;
      element.borrowed = *text;
    } else if (const auto integer = item.AsInt64()) {
      element.kind = Datum::Kind::kInt;
      element.integer = *integer;
    } else if (const auto real = item.AsDouble()) {
      element.kind = Datum::Kind::kDouble;
      element.real = *real;
    } else if (const auto boolean = item.AsBool()) {
      element.kind = Datum::Kind::kBool;
      element.boolean = *boolean;
    } else {
      continue;
    }
    if (Compares(Op::kEq, element, right)) return true;
  }
  return false;
}

bool StartsWith(const Datum& left, const Datum& right) {
  return !left.is_array && TextOf(left).starts_with(TextOf(right));
}

std::optional<Datum> Calculate(Op op, const Datum& left, const Datum& right) {
  if (!left.is_number() || !right.is_number()) return std::nullopt;
  Datum out;
  if (left.kind == Datum::Kind::kInt && right.kind == Datum::Kind::kInt) {
    if (const auto exact = CalculateExactly(op, left.integer, right.integer)) {
      out.kind = Datum::Kind::kInt;
      out.integer = *exact;
      return out;
    }
  }
  const double a = RealOf(left);
  const double b = RealOf(right);
  if (op == Op::kDiv && b == 0) return std::nullopt;
  out.kind = Datum::Kind::kDouble;
  out.real = op == Op::kAdd ? a + b : op == Op::kSub ? a - b : op == Op::kMul ? a * b : a / b;
  return out;
}

}  // namespace awry::query
