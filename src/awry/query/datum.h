// Compares single values.
#pragma once

#include "awry/query/ast.h"
#include "awry/query/evaluator.h"

namespace awry::query {

// `text` must outlive the value.
Datum TextDatum(std::string_view text);
Datum OwnedTextDatum(std::string text);
Datum IntegerDatum(int64_t integer);

// Values of different kinds are unequal and have no order; numbers compare by value, exactly.
bool Compares(Op op, const Datum& left, const Datum& right);
// Whether `left`, a text or an array, contains `right`: as a part, or as an element.
bool Contains(const Datum& left, const Datum& right);
bool StartsWith(const Datum& left, const Datum& right);
// +, -, *, /; nothing when an operand is no number or the divisor is zero.
std::optional<Datum> Calculate(Op op, const Datum& left, const Datum& right);

}  // namespace awry::query
