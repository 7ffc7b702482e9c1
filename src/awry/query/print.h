// Writes a parsed query as text again.
#pragma once

#include <string>

#include "awry/query/ast.h"

namespace awry::query {

std::string ToText(const Literal& literal);
std::string ToText(const Field& field);
std::string ToText(const Expr& expr);
std::string ToText(const Spanset& spanset);
std::string ToText(const Pipeline& pipeline);

}  // namespace awry::query
