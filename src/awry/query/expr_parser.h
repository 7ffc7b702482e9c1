// Parses what stands between the braces of a query.
#pragma once

#include <optional>

#include "awry/query/ast.h"
#include "awry/query/cursor.h"

namespace awry::query {

// A condition: something that is true or false of a span. On failure the cursor keeps the error.
bool ParseCondition(Cursor& cursor, Expr& out);
// A value: a field, a literal, or arithmetic over them.
bool ParseValue(Cursor& cursor, Expr& out);
// One field, for select().
bool ParseField(Cursor& cursor, Field& out);
bool ParseLiteral(Cursor& cursor, Literal& out);
// The comparison that a token writes; nothing when it writes none.
std::optional<Op> ComparisonOf(Tok tok);

}  // namespace awry::query
