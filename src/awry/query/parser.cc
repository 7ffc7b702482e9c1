// The pipeline around the braces: spansets with && and ||, tighter the structural operators, then
// `| stage`. A text without braces is the inside of one pair.
#include <fmt/format.h>

#include <utility>

#include "awry/query/cursor.h"
#include "awry/query/expr_parser.h"
#include "awry/query/lexer.h"
#include "awry/query/names.h"
#include "awry/query/query.h"

namespace awry::query {
namespace {

constexpr int kChainMax = 256;  // spansets or stages in a row

struct Structural {
  SpansetOp op;
  bool negated;
};

std::optional<Structural> StructuralOf(Tok tok) {
  switch (tok) {
    case Tok::kDescendant:
      return Structural{SpansetOp::kDescendant, false};
    case Tok::kAncestor:
      return Structural{SpansetOp::kAncestor, false};
    case Tok::kGt:
      return Structural{SpansetOp::kChild, false};
    case Tok::kLt:
      return Structural{SpansetOp::kParent, false};
    case Tok::kTilde:
      return Structural{SpansetOp::kSibling, false};
    case Tok::kNotDescendant:
      return Structural{SpansetOp::kDescendant, true};
    case Tok::kNotAncestor:
      return Structural{SpansetOp::kAncestor, true};
    case Tok::kNotGt:
      return Structural{SpansetOp::kChild, true};
    case Tok::kNotLt:
      return Structural{SpansetOp::kParent, true};
    case Tok::kNoMatch:
      return Structural{SpansetOp::kSibling, true};
    default:
      return std::nullopt;
  }
}

Spanset Combine(SpansetOp op, bool negated, Spanset left, Spanset right) {
  Spanset set{.op = op, .negated = negated};
  set.args.push_back(std::move(left));
  set.args.push_back(std::move(right));
  return set;
}

bool ParseSpanset(Cursor& cursor, Spanset& out);

bool ParseBraces(Cursor& cursor, Spanset& out) {
  out.op = SpansetOp::kFilter;
  if (cursor.Accept(Tok::kRBrace)) return true;
  out.filter.emplace();
  return ParseCondition(cursor, *out.filter) && cursor.Expect(Tok::kRBrace, "}, && or ||");
}

bool ParseTerm(Cursor& cursor, Spanset& out) {
  Cursor::Level level(cursor);
  if (!level.ok()) return false;
  if (cursor.Accept(Tok::kLBrace)) return ParseBraces(cursor, out);
  if (cursor.Accept(Tok::kLParen)) {
    return ParseSpanset(cursor, out) && cursor.Expect(Tok::kRParen, ") or an operator");
  }
  if (cursor.Accept(Tok::kNot)) {
    out.op = SpansetOp::kNot;
    out.args.resize(1);
    return ParseTerm(cursor, out.args[0]);
  }
  return cursor.Fail("{ or (");
}

bool ParseStructural(Cursor& cursor, Spanset& out) {
  if (!ParseTerm(cursor, out)) return false;
  for (int count = 0; const auto structural = StructuralOf(cursor.peek().tok);) {
    if (++count > kOperatorsInARowMax)
      return cursor.Fail("brackets: at most 16 operators in a row");
    cursor.Take();
    Spanset right;
    if (!ParseTerm(cursor, right)) return false;
    out = Combine(structural->op, structural->negated, std::move(out), std::move(right));
  }
  return true;
}

bool ParseSpansetChain(Cursor& cursor, Spanset& out, Tok tok, SpansetOp op,
                       bool (*next)(Cursor&, Spanset&)) {
  if (!next(cursor, out)) return false;
  if (!cursor.Is(tok)) return true;
  Spanset chain{.op = op};
  chain.args.push_back(std::move(out));
  while (cursor.Accept(tok)) {
    if (chain.args.size() >= kChainMax) return cursor.Fail("fewer spansets: at most 256");
    Spanset right;
    if (!next(cursor, right)) return false;
    chain.args.push_back(std::move(right));
  }
  out = std::move(chain);
  return true;
}

bool ParseSpansetAnd(Cursor& cursor, Spanset& out) {
  return ParseSpansetChain(cursor, out, Tok::kAndAnd, SpansetOp::kAnd, ParseStructural);
}

bool ParseSpanset(Cursor& cursor, Spanset& out) {
  return ParseSpansetChain(cursor, out, Tok::kOrOr, SpansetOp::kOr, ParseSpansetAnd);
}

bool ParseScalar(Cursor& cursor, Scalar& out) {
  const Token& token = cursor.peek();
  const auto fn = token.tok == Tok::kWord ? AggregateOf(token.text) : std::nullopt;
  if (!fn.has_value()) {
    out.is_constant = true;
    const bool negative = cursor.Accept(Tok::kMinus);
    const Token& at = cursor.peek();
    if (at.tok != Tok::kInt && at.tok != Tok::kDouble && at.tok != Tok::kDuration) {
      return cursor.Fail("a number, a duration, count(), avg(…), min(…), max(…) or sum(…)");
    }
    if (!ParseLiteral(cursor, out.constant)) return false;
    if (negative) {
      out.constant.integer = -out.constant.integer;
      out.constant.real = -out.constant.real;
    }
    return true;
  }
  cursor.Take();
  out.fn = *fn;
  if (!cursor.Expect(Tok::kLParen, "( after the function's name")) return false;
  if (*fn != AggregateFn::kCount) {
    out.of.emplace();
    if (!ParseValue(cursor, *out.of)) return false;
  }
  return cursor.Expect(Tok::kRParen, ")");
}

// A count or a sum is a number: no regular expressions.
std::optional<Op> ScalarComparisonOf(Tok tok) {
  if (tok == Tok::kMatch || tok == Tok::kNoMatch) return std::nullopt;
  return ComparisonOf(tok);
}

bool ParseCompareStage(Cursor& cursor, Stage& out) {
  out.kind = Stage::Kind::kCompare;
  if (!ParseScalar(cursor, out.left)) return false;
  const auto op = ScalarComparisonOf(cursor.peek().tok);
  if (!op.has_value()) return cursor.Fail("a comparison: = != < <= > >=");
  out.op = *op;
  cursor.Take();
  return ParseScalar(cursor, out.right);
}

bool ParseSelect(Cursor& cursor, Stage& out) {
  out.kind = Stage::Kind::kSelect;
  do {
    if (out.select.size() >= kChainMax) return cursor.Fail("fewer fields: at most 256");
    if (!ParseField(cursor, out.select.emplace_back())) return false;
  } while (cursor.Accept(Tok::kComma));
  return cursor.Expect(Tok::kRParen, ", or )");
}

bool ParseStage(Cursor& cursor, Stage& out) {
  if (cursor.Is(Tok::kLBrace) || cursor.Is(Tok::kLParen) || cursor.Is(Tok::kNot)) {
    out.kind = Stage::Kind::kSpanset;
    return ParseSpanset(cursor, out.spanset);
  }
  if (cursor.IsWord("by")) {
    cursor.Take();
    out.kind = Stage::Kind::kBy;
    return cursor.Expect(Tok::kLParen, "( after by") && ParseValue(cursor, out.by) &&
           cursor.Expect(Tok::kRParen, ")");
  }
  if (cursor.IsWord("select")) {
    cursor.Take();
    return cursor.Expect(Tok::kLParen, "( after select") && ParseSelect(cursor, out);
  }
  return ParseCompareStage(cursor, out);
}

// Whether the text begins with a spanset rather than with a bare condition.
bool HasBraces(const Cursor& cursor) {
  size_t ahead = 0;
  while (cursor.peek(ahead).tok == Tok::kLParen || cursor.peek(ahead).tok == Tok::kNot) ++ahead;
  return cursor.peek(ahead).tok == Tok::kLBrace || cursor.peek(ahead).tok == Tok::kEnd;
}

bool ParseSource(Cursor& cursor, Spanset& out) {
  if (HasBraces(cursor)) return ParseSpanset(cursor, out);
  Cursor::Level braces(cursor);  // those it is printed with
  out.filter.emplace();
  return ParseCondition(cursor, *out.filter);
}

bool ParsePipeline(Cursor& cursor, Pipeline& out) {
  if (!ParseSource(cursor, out.source)) return false;
  while (cursor.Accept(Tok::kPipe)) {
    if (out.stages.size() >= kChainMax) return cursor.Fail("fewer stages: at most 256");
    if (!ParseStage(cursor, out.stages.emplace_back())) return false;
  }
  return cursor.Expect(Tok::kEnd, "an operator, | or the end") || cursor.Is(Tok::kEnd);
}

}  // namespace

base::Result<Query> Parse(std::string_view text, ParseError* error) {
  if (text.size() > kQueryBytesMax) {
    return base::InvalidArgument(
        fmt::format("query is too long: {} bytes, at most {}", text.size(), kQueryBytesMax));
  }
  ParseError problem;
  std::vector<Token> tokens;
  Pipeline pipeline;
  if (Tokenize(text, tokens, problem)) {
    Cursor cursor(tokens, problem);
    if (ParsePipeline(cursor, pipeline)) return Query(std::move(pipeline));
  }
  const std::string found = problem.found == "the end" ? problem.found : "'" + problem.found + "'";
  if (error != nullptr) *error = problem;
  return base::InvalidArgument(fmt::format("query does not parse: column {}: expected {}, found {}",
                                           problem.column, problem.expected, found));
}

}  // namespace awry::query
