// The words of the language, for parsing and printing alike.
#pragma once

#include <optional>
#include <string_view>

#include "awry/query/ast.h"

namespace awry::query {

// By any of its spellings: "duration", "span:duration", "trace:rootName", "rootName".
std::optional<Intrinsic> IntrinsicOf(std::string_view word);
// The first spelling.
std::string_view IntrinsicName(Intrinsic intrinsic);

// error, ok, unset, server, client, …, wrong, right, true, false, nil.
std::optional<Literal> NamedLiteral(std::string_view word);
std::string_view NameOf(const Literal& literal);  // of a literal that has a name

std::string_view OpText(Op op);
std::string_view AggregateName(AggregateFn fn);
std::optional<AggregateFn> AggregateOf(std::string_view word);
// ">>", "!~", "&&" …
std::string_view SpansetOpText(SpansetOp op, bool negated);
// "span.", "resource.", …, "." for kAny.
std::string_view ScopePrefix(FieldScope scope);

}  // namespace awry::query
