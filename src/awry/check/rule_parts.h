// Takes the condition of one pair of braces apart: which spans are meant, and what is claimed of them.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "awry/query/ast.h"

namespace awry::check {

struct RuleParts {
  std::vector<query::Expr> selectors;  // conditions on name, kind or service alone
  std::vector<query::Expr> claims;     // the rest; all are joined by &&
};
RuleParts PartsOf(const query::Expr& condition);

// What must be there for `claim` to be told: its attributes are not nil. None: it can always be told.
std::optional<query::Expr> PresenceFor(const query::Expr& claim);

// True of `attribute != nil` and of several joined by && and ||.
bool TestsPresenceOnly(const query::Expr& claim);

// The opposite of `claim` where it can be told; a single comparison of attributes that have one value
// becomes the opposite comparison.
struct Opposite {
  query::Expr expr;
  bool needs_presence = true;  // false: it is false by itself when an attribute is missing
};
Opposite OppositeOf(const query::Expr& claim);

// The parts joined by &&; none when there are none.
std::optional<query::Expr> All(std::vector<query::Expr> parts);

// The fields compared in `expr`, each once, appended to `out`.
void CollectFields(const query::Expr& expr, std::vector<query::Field>& out);

// The literal of `name = "…"` when it is among `selectors` once; "" otherwise.
std::string NameOf(const std::vector<query::Expr>& selectors);

}  // namespace awry::check
