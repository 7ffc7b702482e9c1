// Recursive descent, loosest operator first: || && comparison +- */ unary, then fields, literals,
// calls and brackets.
#include "awry/query/expr_parser.h"

#include <optional>
#include <utility>

#include "awry/query/names.h"
#include "trace/ids.h"

namespace awry::query {
namespace {

// What a value can be told to be before it is seen.
enum class Type { kAny, kString, kNumber, kBool, kStatus, kSpanKind, kVerdict, kNil };

Type TypeOf(const Literal& literal) {
  switch (literal.kind) {
    case Literal::Kind::kNil:
      return Type::kNil;
    case Literal::Kind::kString:
      return Type::kString;
    case Literal::Kind::kBool:
      return Type::kBool;
    case Literal::Kind::kInt:
    case Literal::Kind::kDouble:
    case Literal::Kind::kDuration:
      return Type::kNumber;
    case Literal::Kind::kStatus:
      return Type::kStatus;
    case Literal::Kind::kSpanKind:
      return Type::kSpanKind;
    case Literal::Kind::kVerdict:
      return Type::kVerdict;
  }
  return Type::kAny;
}

Type TypeOf(Intrinsic intrinsic) {
  switch (intrinsic) {
    case Intrinsic::kStatus:
      return Type::kStatus;
    case Intrinsic::kKind:
      return Type::kSpanKind;
    case Intrinsic::kLabel:
      return Type::kVerdict;
    case Intrinsic::kDuration:
    case Intrinsic::kTraceDuration:
    case Intrinsic::kChildCount:
      return Type::kNumber;
    default:
      return Type::kString;
  }
}

Type TypeOf(const Expr& expr) {
  if (expr.kind == Expr::Kind::kLiteral) return TypeOf(expr.literal);
  if (expr.kind == Expr::Kind::kField) {
    return expr.field.scope == FieldScope::kIntrinsic ? TypeOf(expr.field.intrinsic) : Type::kAny;
  }
  return expr.op >= Op::kAdd && expr.op <= Op::kNegate ? Type::kNumber : Type::kBool;
}

std::string ValueOfType(Type type) {
  switch (type) {
    case Type::kString:
      return "a text in quotes";
    case Type::kNumber:
      return "a number or a duration such as 100ms";
    case Type::kBool:
      return "true or false";
    case Type::kStatus:
      return "error, ok or unset";
    case Type::kSpanKind:
      return "server, client, producer, consumer, internal or unspecified";
    case Type::kVerdict:
      return "wrong or right";
    default:
      return "a value";
  }
}

Expr Binary(Op op, Expr left, Expr right) {
  Expr expr{.kind = Expr::Kind::kOp, .op = op};
  expr.args.push_back(std::move(left));
  expr.args.push_back(std::move(right));
  return expr;
}

bool ParseOr(Cursor& cursor, Expr& out);

// Takes two arguments in brackets.
bool ParseCall(Cursor& cursor, Op op, Expr& out) {
  Expr left, right;
  if (!cursor.Expect(Tok::kLParen, "( and two values")) return false;
  const Token& first = cursor.peek();
  if (!ParseValue(cursor, left) || !cursor.Expect(Tok::kComma, ", and a second value"))
    return false;
  const Token& second = cursor.peek();
  if (!ParseValue(cursor, right) || !cursor.Expect(Tok::kRParen, ")")) return false;
  if (op == Op::kTag) {
    const auto is_text = [](const Expr& e) {
      return TypeOf(e) == Type::kString && e.kind == Expr::Kind::kLiteral;
    };
    if (!is_text(left)) return cursor.FailAt(first, "the tag's key in quotes");
    if (!is_text(right)) return cursor.FailAt(second, "the tag's value in quotes");
  }
  out = Binary(op, std::move(left), std::move(right));
  return true;
}

std::optional<Op> CallOf(std::string_view word) {
  if (word == "contains") return Op::kContains;
  if (word == "starts_with") return Op::kStartsWith;
  if (word == "tag") return Op::kTag;
  return std::nullopt;
}

bool ParsePrimary(Cursor& cursor, Expr& out) {
  const Token& token = cursor.peek();
  if (cursor.Accept(Tok::kLParen)) {
    return ParseOr(cursor, out) && cursor.Expect(Tok::kRParen, ") or an operator");
  }
  if (token.tok == Tok::kWord) {
    if (const auto call = CallOf(token.text); call.has_value()) {
      cursor.Take();
      return ParseCall(cursor, *call, out);
    }
    if (!NamedLiteral(token.text).has_value()) {
      out.kind = Expr::Kind::kField;
      return ParseField(cursor, out.field);
    }
  }
  if (token.tok == Tok::kField || token.tok == Tok::kIntrinsic) {
    out.kind = Expr::Kind::kField;
    return ParseField(cursor, out.field);
  }
  out.kind = Expr::Kind::kLiteral;
  return ParseLiteral(cursor, out.literal);
}

bool IsBoolean(const Expr& expr) {
  const Type type = TypeOf(expr);
  return type == Type::kBool || type == Type::kAny;
}

bool ParseUnary(Cursor& cursor, Expr& out) {
  Cursor::Level level(cursor);
  if (!level.ok()) return false;
  const Token& token = cursor.peek();
  if (token.tok != Tok::kNot && token.tok != Tok::kMinus) return ParsePrimary(cursor, out);
  cursor.Take();
  const Token& operand_token = cursor.peek();
  Expr operand;
  if (!ParseUnary(cursor, operand)) return false;
  if (token.tok == Tok::kNot && !IsBoolean(operand)) {
    return cursor.FailAt(operand_token, "a condition after '!'");
  }
  const bool number = operand.kind == Expr::Kind::kLiteral && TypeOf(operand) == Type::kNumber;
  if (token.tok == Tok::kMinus && number) {  // a negative number is a literal
    operand.literal.integer = -operand.literal.integer;
    operand.literal.real = -operand.literal.real;
    out = std::move(operand);
    return true;
  }
  out = Expr{.kind = Expr::Kind::kOp, .op = token.tok == Tok::kNot ? Op::kNot : Op::kNegate};
  out.args.push_back(std::move(operand));
  return true;
}

bool NumberOrAny(Cursor& cursor, const Token& at, const Expr& expr) {
  const Type type = TypeOf(expr);
  return type == Type::kNumber || type == Type::kAny ||
         cursor.FailAt(at, "a number to calculate with");
}

bool ParseProduct(Cursor& cursor, Expr& out) {
  const Token& first = cursor.peek();
  if (!ParseUnary(cursor, out)) return false;
  int operators = 0;
  while (cursor.Is(Tok::kStar) || cursor.Is(Tok::kSlash)) {
    if (++operators > kOperatorsInARowMax)
      return cursor.Fail("brackets: at most 16 operators in a row");
    const Op op = cursor.Take().tok == Tok::kStar ? Op::kMul : Op::kDiv;
    const Token& second = cursor.peek();
    Expr right;
    if (!ParseUnary(cursor, right)) return false;
    if (!NumberOrAny(cursor, first, out) || !NumberOrAny(cursor, second, right)) return false;
    out = Binary(op, std::move(out), std::move(right));
  }
  return true;
}

bool ParseSum(Cursor& cursor, Expr& out) {
  const Token& first = cursor.peek();
  if (!ParseProduct(cursor, out)) return false;
  int operators = 0;
  while (cursor.Is(Tok::kPlus) || cursor.Is(Tok::kMinus)) {
    if (++operators > kOperatorsInARowMax)
      return cursor.Fail("brackets: at most 16 operators in a row");
    const Op op = cursor.Take().tok == Tok::kPlus ? Op::kAdd : Op::kSub;
    const Token& second = cursor.peek();
    Expr right;
    if (!ParseProduct(cursor, right)) return false;
    if (!NumberOrAny(cursor, first, out) || !NumberOrAny(cursor, second, right)) return false;
    out = Binary(op, std::move(out), std::move(right));
  }
  return true;
}

bool CheckRegex(Cursor& cursor, const Token& at, Expr& comparison) {
  const Expr& pattern = comparison.args[1];
  if (pattern.kind != Expr::Kind::kLiteral || pattern.literal.kind != Literal::Kind::kString) {
    return cursor.FailAt(at, "a regular expression in quotes");
  }
  auto regex = Regex::Compile(pattern.literal.text);
  if (!regex.ok())
    return cursor.FailAt(at, "a valid regular expression (" + regex.status().message() + ")");
  comparison.regex = *std::move(regex);
  const Type left = TypeOf(comparison.args[0]);
  return left == Type::kString || left == Type::kAny ||
         cursor.FailAt(at, ValueOfType(left) + " (a regular expression fits text only)");
}

// `at` is the right side's first token.
bool CheckComparison(Cursor& cursor, const Token& at, Expr& comparison) {
  const Op op = comparison.op;
  if (op == Op::kMatch || op == Op::kNoMatch) return CheckRegex(cursor, at, comparison);
  const Type left = TypeOf(comparison.args[0]);
  const Type right = TypeOf(comparison.args[1]);
  const bool equality = op == Op::kEq || op == Op::kNe;
  if (left == Type::kNil || right == Type::kNil) {
    return equality || cursor.FailAt(at, "a value: nil is only tested with = and !=");
  }
  const bool ordered = left != Type::kBool && left != Type::kStatus && left != Type::kSpanKind &&
                       left != Type::kVerdict;
  if (!equality && !ordered) return cursor.FailAt(at, "= or != before " + ValueOfType(left));
  return left == right || left == Type::kAny || right == Type::kAny ||
         cursor.FailAt(at, ValueOfType(left));
}

// A trace id may be written with any case and without leading zeros.
bool CanonicalIds(Cursor& cursor, const Token& at, Expr& comparison) {
  const Expr& field = comparison.args[0];
  Literal& literal = comparison.args[1].literal;
  const bool on_trace_id =
      field.kind == Expr::Kind::kField && field.field.scope == FieldScope::kIntrinsic &&
      field.field.intrinsic == Intrinsic::kTraceId && comparison.regex == nullptr;
  if (!on_trace_id || literal.kind != Literal::Kind::kString) return true;
  const auto id = trace::TraceIdFromHex(literal.text);
  if (!id.has_value()) return cursor.FailAt(at, "a trace id: 1 to 32 hex digits in quotes");
  literal.text = trace::ToHex(*id);
  return true;
}

bool ParseComparison(Cursor& cursor, Expr& out) {
  if (!ParseSum(cursor, out)) return false;
  const auto op = ComparisonOf(cursor.peek().tok);
  if (!op.has_value()) return true;
  const std::string sign(cursor.Take().raw);
  const Token& at = cursor.peek();
  if (at.tok == Tok::kRBrace || at.tok == Tok::kEnd)
    return cursor.Fail("a value after '" + sign + "'");
  Expr right;
  if (!ParseSum(cursor, right)) return false;
  out = Binary(*op, std::move(out), std::move(right));
  if (!CheckComparison(cursor, at, out) || !CanonicalIds(cursor, at, out)) return false;
  return !ComparisonOf(cursor.peek().tok).has_value() ||
         cursor.Fail("&&, || or the end: a comparison has two sides");
}

// Flat chains stay flat: `a && b && c` is one node with three arguments.
bool ParseChain(Cursor& cursor, Expr& out, Tok tok, Op op, bool (*next)(Cursor&, Expr&)) {
  const Token& first = cursor.peek();
  if (!next(cursor, out)) return false;
  if (!cursor.Is(tok)) return true;
  if (!IsBoolean(out)) return cursor.FailAt(first, "a condition, such as name = \"x\"");
  Expr chain{.kind = Expr::Kind::kOp, .op = op};
  chain.args.push_back(std::move(out));
  while (cursor.Accept(tok)) {
    const Token& at = cursor.peek();
    Expr right;
    if (!next(cursor, right)) return false;
    if (!IsBoolean(right)) return cursor.FailAt(at, "a condition, such as name = \"x\"");
    chain.args.push_back(std::move(right));
  }
  out = std::move(chain);
  return true;
}

bool ParseAnd(Cursor& cursor, Expr& out) {
  return ParseChain(cursor, out, Tok::kAndAnd, Op::kAnd, ParseComparison);
}

bool ParseOr(Cursor& cursor, Expr& out) {
  Cursor::Level level(cursor);
  return level.ok() && ParseChain(cursor, out, Tok::kOrOr, Op::kOr, ParseAnd);
}

}  // namespace

std::optional<Op> ComparisonOf(Tok tok) {
  switch (tok) {
    case Tok::kEq:
      return Op::kEq;
    case Tok::kNe:
      return Op::kNe;
    case Tok::kLt:
      return Op::kLt;
    case Tok::kLe:
      return Op::kLe;
    case Tok::kGt:
      return Op::kGt;
    case Tok::kGe:
      return Op::kGe;
    case Tok::kMatch:
      return Op::kMatch;
    case Tok::kNoMatch:
      return Op::kNoMatch;
    default:
      return std::nullopt;
  }
}

bool ParseCondition(Cursor& cursor, Expr& out) {
  const Token& first = cursor.peek();
  if (!ParseOr(cursor, out)) return false;
  return IsBoolean(out) ||
         cursor.Fail("an operator and a value after '" + std::string(first.raw) + "'");
}

bool ParseValue(Cursor& cursor, Expr& out) {
  Cursor::Level level(cursor);
  return level.ok() && ParseSum(cursor, out);
}

bool ParseField(Cursor& cursor, Field& out) {
  const Token& token = cursor.peek();
  if (token.tok == Tok::kField) {
    out.scope = token.scope;
    out.key = token.text;
    cursor.Take();
    return true;
  }
  if (token.tok == Tok::kWord || token.tok == Tok::kIntrinsic) {
    if (const auto intrinsic = IntrinsicOf(token.text); intrinsic.has_value()) {
      out.scope = FieldScope::kIntrinsic;
      out.intrinsic = *intrinsic;
      cursor.Take();
      return true;
    }
    return cursor.Fail(
        "a known word: name, status, duration, kind, label, trace:id …, or an attribute such as "
        "span.key");
  }
  return cursor.Fail("a field");
}

bool ParseLiteral(Cursor& cursor, Literal& out) {
  const Token& token = cursor.peek();
  switch (token.tok) {
    case Tok::kString:
      out = {.kind = Literal::Kind::kString, .text = token.text};
      break;
    case Tok::kInt:
      out = {.kind = Literal::Kind::kInt, .integer = token.integer};
      break;
    case Tok::kDouble:
      out = {.kind = Literal::Kind::kDouble, .real = token.real};
      break;
    case Tok::kDuration:
      out = {.kind = Literal::Kind::kDuration, .integer = token.integer};
      break;
    case Tok::kWord:
      if (auto named = NamedLiteral(token.text); named.has_value()) {
        out = *std::move(named);
        break;
      }
      [[fallthrough]];
    default:
      return cursor.Fail("a value or a field");
  }
  cursor.Take();
  return true;
}

}  // namespace awry::query
