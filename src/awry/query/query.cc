#include "awry/query/query.h"

#include <algorithm>

#include "awry/query/print.h"

namespace awry::query {
namespace {

bool UsesLabels(const Expr& expr) {
  if (expr.kind == Expr::Kind::kField) {
    return expr.field.scope == FieldScope::kIntrinsic && expr.field.intrinsic == Intrinsic::kLabel;
  }
  return std::ranges::any_of(expr.args, [](const Expr& arg) { return UsesLabels(arg); });
}

bool UsesLabels(const Spanset& set) {
  return (set.filter.has_value() && UsesLabels(*set.filter)) ||
         std::ranges::any_of(set.args, [](const Spanset& arg) { return UsesLabels(arg); });
}

bool UsesLabels(const Stage& stage) {
  const auto scalar = [](const Scalar& s) { return s.of.has_value() && UsesLabels(*s.of); };
  return UsesLabels(stage.spanset) || UsesLabels(stage.by) || scalar(stage.left) ||
         scalar(stage.right);
}

}  // namespace

Query::Query(Pipeline pipeline)
    : pipeline_(std::make_shared<const Pipeline>(std::move(pipeline))),
      uses_labels_(
          UsesLabels(pipeline_->source) ||
          std::ranges::any_of(pipeline_->stages, [](const Stage& s) { return UsesLabels(s); })) {}

std::string Query::ToText() const { return query::ToText(*pipeline_); }

}  // namespace awry::query
