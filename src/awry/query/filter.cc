// What a store can look up becomes plain conditions, so that the planner sees them; the rest runs
// as one predicate.
#include "awry/query/filter.h"

#include <memory>
#include <utility>

#include "awry/query/expr_build.h"
#include "awry/query/filter_node.h"
#include "awry/query/names.h"
#include "awry/query/tag_search.h"

namespace awry::query {
namespace {

class FilterPredicate final : public SpanPredicate {
 public:
  explicit FilterPredicate(FilterNode node) : node_(std::move(node)) {}
  bool Holds(const trace::Span& span) const override { return FilterHolds(node_, span); }
  std::string ToText() const override { return FilterText(node_); }

 private:
  const FilterNode node_;
};

// A condition of the language, and whether it says all that the node says.
struct Lowered {
  std::optional<Expr> condition;
  bool exact = false;
};

std::optional<Op> DurationOp(FilterOp op) {
  switch (op) {
    case FilterOp::kEq:
      return Op::kEq;
    case FilterOp::kGt:
      return Op::kGt;
    case FilterOp::kGte:
      return Op::kGe;
    case FilterOp::kLt:
      return Op::kLt;
    case FilterOp::kLte:
      return Op::kLe;
    default:
      return std::nullopt;
  }
}

Lowered LowerField(const FilterNode& node, const FilterOperand& field, const Datum& constant) {
  if (field.level == FilterLevel::kSpan && field.field == FilterField::kDuration) {
    const auto op = DurationOp(node.op);
    if (!op.has_value()) return {};
    return {DurationIs(*op, constant.integer), true};
  }
  if (node.op != FilterOp::kEq) return {};
  const std::string text = constant.owned;
  if (field.level == FilterLevel::kResource && field.field == FilterField::kService)
    return {ServiceIs(text), true};
  if (field.level != FilterLevel::kSpan) return {};
  if (field.field == FilterField::kName) return {NameIs(text), true};
  if (field.field == FilterField::kStatus || field.field == FilterField::kKind) {
    const Intrinsic intrinsic =
        field.field == FilterField::kStatus ? Intrinsic::kStatus : Intrinsic::kKind;
    return {Comparison(Op::kEq, IntrinsicExpr(intrinsic), LiteralExpr(*NamedLiteral(text))), true};
  }
  if (field.field == FilterField::kTraceId && trace::TraceIdFromHex(text).has_value())
    return {Comparison(Op::kEq, IntrinsicExpr(Intrinsic::kTraceId), TextExpr(text)), false};
  return {};
}

Lowered Lower(const FilterNode& node) {
  if (node.operands.size() != 2 || node.operands[1].kind != FilterOperand::Kind::kConstant ||
      node.op == FilterOp::kRegex)
    return {};
  const FilterOperand& left = node.operands[0];
  const Datum& constant = node.operands[1].constant;
  if (left.kind == FilterOperand::Kind::kField) return LowerField(node, left, constant);
  if (left.kind != FilterOperand::Kind::kAttribute || node.op != FilterOp::kEq) return {};
  if (left.name == "service.name") {
    const bool resource = left.level == FilterLevel::kResource;
    return resource ? Lowered{ServiceIs(constant.owned), false} : Lowered{};
  }
  // Every value that equals a double need not print as the same text.
  if (constant.kind == Datum::Kind::kDouble || IsDerivedTag(left.name)) return {};
  return {Comparison(Op::kTag, TextExpr(left.name), TextExpr(TextOf(constant))), false};
}

}  // namespace

base::Result<Query> FilterQuery(const FilterTerm& call) {
  ASSIGN_OR_RETURN(FilterNode node, CheckFilter(call));
  std::vector<FilterNode> parts;
  if (node.op == FilterOp::kAnd) {
    parts = std::move(node.args);
  } else {
    parts.push_back(std::move(node));
  }
  std::vector<Expr> conditions;
  FilterNode rest{.op = FilterOp::kAnd};
  for (FilterNode& part : parts) {
    Lowered lowered = Lower(part);
    if (lowered.condition.has_value()) conditions.push_back(*std::move(lowered.condition));
    if (!lowered.exact) rest.args.push_back(std::move(part));
  }
  if (!rest.args.empty()) {
    FilterNode whole = rest.args.size() == 1 ? std::move(rest.args.front()) : std::move(rest);
    Expr predicate{.kind = Expr::Kind::kOp, .op = Op::kPredicate};
    predicate.predicate = std::make_shared<const FilterPredicate>(std::move(whole));
    conditions.push_back(std::move(predicate));
  }
  return Query(AllOf(std::move(conditions)));
}

}  // namespace awry::query
