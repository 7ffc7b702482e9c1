// Makes expressions in code; not for other rooms.
#pragma once

#include <cstdint>
#include <string>
#include <utility>

#include "awry/query/ast.h"

namespace awry::query {

inline Expr FieldExpr(Field field) {
  return {.kind = Expr::Kind::kField, .field = std::move(field)};
}
inline Expr IntrinsicExpr(Intrinsic intrinsic) {
  return FieldExpr({.scope = FieldScope::kIntrinsic, .intrinsic = intrinsic});
}
inline Expr LiteralExpr(Literal literal) {
  return {.kind = Expr::Kind::kLiteral, .literal = std::move(literal)};
}
inline Expr TextExpr(const std::string& text) {
  return LiteralExpr({.kind = Literal::Kind::kString, .text = text});
}
inline Expr Comparison(Op op, Expr left, Expr right) {
  Expr out{.kind = Expr::Kind::kOp, .op = op};
  out.args.push_back(std::move(left));
  out.args.push_back(std::move(right));
  return out;
}
inline Expr ServiceIs(const std::string& service) {
  return Comparison(Op::kEq, FieldExpr({.scope = FieldScope::kResource, .key = "service.name"}),
                    TextExpr(service));
}
inline Expr NameIs(const std::string& name) {
  return Comparison(Op::kEq, IntrinsicExpr(Intrinsic::kName), TextExpr(name));
}
inline Expr DurationIs(Op op, int64_t duration_ns) {
  return Comparison(op, IntrinsicExpr(Intrinsic::kDuration),
                    LiteralExpr({.kind = Literal::Kind::kDuration, .integer = duration_ns}));
}

// The spans for which all of `conditions` hold; every span when there are none.
inline Pipeline AllOf(std::vector<Expr> conditions) {
  Pipeline pipeline;
  if (conditions.size() == 1) {
    pipeline.source.filter = std::move(conditions.front());
  } else if (!conditions.empty()) {
    pipeline.source.filter = Expr{.kind = Expr::Kind::kOp, .op = Op::kAnd};
    pipeline.source.filter->args = std::move(conditions);
  }
  return pipeline;
}

}  // namespace awry::query
