#include "awry/check/rule_parts.h"

#include <algorithm>

namespace awry::check {

using query::Expr;
using query::Field;
using query::FieldScope;
using query::Intrinsic;
using query::Op;

namespace {

bool IsField(const Expr& expr) { return expr.kind == Expr::Kind::kField; }
bool IsNil(const Expr& expr) {
  return expr.kind == Expr::Kind::kLiteral && expr.literal.kind == query::Literal::Kind::kNil;
}
bool IsOp(const Expr& expr, Op op) { return expr.kind == Expr::Kind::kOp && expr.op == op; }
bool IsComparison(Op op) { return op >= Op::kEq && op <= Op::kNoMatch; }

// Says which span it is, and is never missing.
bool IsIdentity(const Field& field) {
  if (field.scope == FieldScope::kIntrinsic) {
    return field.intrinsic == Intrinsic::kName || field.intrinsic == Intrinsic::kKind ||
           field.intrinsic == Intrinsic::kTraceRootName ||
           field.intrinsic == Intrinsic::kTraceRootService;
  }
  return (field.scope == FieldScope::kResource || field.scope == FieldScope::kAny) &&
         field.key == "service.name";
}

bool IsSelector(const Expr& expr) {
  if (IsOp(expr, Op::kAnd) || IsOp(expr, Op::kOr)) {
    return std::ranges::all_of(expr.args, [](const Expr& arg) { return IsSelector(arg); });
  }
  if (!IsOp(expr, Op::kEq) && !IsOp(expr, Op::kMatch)) return false;
  const Expr& left = expr.args[0];
  const Expr& right = expr.args[1];
  const bool field_left = IsField(left) && IsIdentity(left.field) && !IsField(right) && !IsNil(right);
  const bool field_right = IsField(right) && IsIdentity(right.field) && !IsField(left) && !IsNil(left);
  return field_left || field_right;
}

void Flatten(const Expr& expr, std::vector<Expr>& out) {
  if (!IsOp(expr, Op::kAnd)) {
    out.push_back(expr);
    return;
  }
  for (const Expr& arg : expr.args) Flatten(arg, out);
}

bool MayBeMissing(const Field& field) {
  if (IsIdentity(field)) return false;
  if (field.scope != FieldScope::kIntrinsic) return true;
  switch (field.intrinsic) {
    case Intrinsic::kStatusMessage:
    case Intrinsic::kParentId:
    case Intrinsic::kEventName:
    case Intrinsic::kScopeName:
    case Intrinsic::kScopeVersion:
    case Intrinsic::kLabel:
      return true;
    default:
      return false;
  }
}

bool HasOneValue(const Expr& expr) {
  if (!IsField(expr)) return expr.kind == Expr::Kind::kLiteral && !IsNil(expr);
  switch (expr.field.scope) {
    case FieldScope::kSpan:
    case FieldScope::kResource:
    case FieldScope::kTrace:
    case FieldScope::kParent:
      return true;
    default:
      return false;
  }
}

Expr Join(Op op, Expr left, Expr right) {
  Expr out;
  out.kind = Expr::Kind::kOp;
  out.op = op;
  out.args = {std::move(left), std::move(right)};
  return out;
}

Expr IsThere(const Field& field) {
  Expr left;
  left.kind = Expr::Kind::kField;
  left.field = field;
  return Join(Op::kNe, std::move(left), Expr());  // a literal is nil by default
}

// Both, where one or none may be there.
std::optional<Expr> JoinIfAny(Op op, std::optional<Expr> left, std::optional<Expr> right) {
  if (!left.has_value()) return right;
  if (!right.has_value()) return left;
  return Join(op, *std::move(left), *std::move(right));
}

}  // namespace

RuleParts PartsOf(const Expr& condition) {
  std::vector<Expr> flat;
  Flatten(condition, flat);
  RuleParts parts;
  for (Expr& part : flat) (IsSelector(part) ? parts.selectors : parts.claims).push_back(std::move(part));
  return parts;
}

std::optional<Expr> PresenceFor(const Expr& claim) {
  if (claim.kind == Expr::Kind::kLiteral) return std::nullopt;
  if (IsField(claim)) return MayBeMissing(claim.field) ? std::optional(IsThere(claim.field)) : std::nullopt;
  if (claim.op == Op::kTag) return std::nullopt;
  if (IsComparison(claim.op) && std::ranges::any_of(claim.args, IsNil)) return std::nullopt;
  std::optional<Expr> out = PresenceFor(claim.args[0]);
  if (claim.args.size() == 1) return out;
  std::optional<Expr> right = PresenceFor(claim.args[1]);
  if (claim.op == Op::kOr) {  // one side that can be told is enough
    if (!out.has_value() || !right.has_value()) return std::nullopt;
    return Join(Op::kOr, *std::move(out), *std::move(right));
  }
  return JoinIfAny(Op::kAnd, std::move(out), std::move(right));
}

bool TestsPresenceOnly(const Expr& claim) {
  if (IsOp(claim, Op::kAnd) || IsOp(claim, Op::kOr)) {
    return std::ranges::all_of(claim.args, [](const Expr& arg) { return TestsPresenceOnly(arg); });
  }
  return IsOp(claim, Op::kNe) && std::ranges::any_of(claim.args, IsNil);
}

Opposite OppositeOf(const Expr& claim) {
  if (claim.kind == Expr::Kind::kOp && std::ranges::all_of(claim.args, HasOneValue)) {
    Opposite out{.expr = claim, .needs_presence = false};
    switch (claim.op) {
      case Op::kEq:
        out.expr.op = Op::kNe;
        return out;
      case Op::kNe:
        out.expr.op = Op::kEq;
        return out;
      case Op::kMatch:
        out.expr.op = Op::kNoMatch;
        return out;
      case Op::kNoMatch:
        out.expr.op = Op::kMatch;
        return out;
      default:
        break;
    }
  }
  Expr negated;
  negated.kind = Expr::Kind::kOp;
  negated.op = Op::kNot;
  negated.args = {claim};
  return {.expr = std::move(negated)};
}

std::optional<Expr> All(std::vector<Expr> parts) {
  std::optional<Expr> out;
  for (Expr& part : parts) out = JoinIfAny(Op::kAnd, std::move(out), std::move(part));
  return out;
}

void CollectFields(const Expr& expr, std::vector<Field>& out) {
  if (IsField(expr)) {
    if (std::ranges::find(out, expr.field) == out.end()) out.push_back(expr.field);
    return;
  }
  for (const Expr& arg : expr.args) CollectFields(arg, out);
}

std::string NameOf(const std::vector<Expr>& selectors) {
  std::string name;
  for (const Expr& selector : selectors) {
    if (!IsOp(selector, Op::kEq)) continue;
    for (size_t i = 0; i < 2; ++i) {
      const Expr& field = selector.args[i];
      const bool is_name = IsField(field) && field.field.scope == FieldScope::kIntrinsic &&
                           field.field.intrinsic == Intrinsic::kName;
      if (!is_name) continue;
      if (!name.empty()) return "";
      name = selector.args[1 - i].literal.text;
    }
  }
  return name;
}

}  // namespace awry::check
