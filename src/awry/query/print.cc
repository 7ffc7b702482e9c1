// Brackets are written only where the grammar needs them; the same tree gives the same text.
#include "awry/query/print.h"

#include <fmt/format.h>

#include "awry/query/names.h"
#include "awry/query/query.h"
#include "awry/query/tag_search.h"
#include "trace/value.h"

namespace awry::query {
namespace {

// How tightly a node binds; an operand that binds less is put in brackets.
int Tightness(const Expr& expr) {
  if (expr.kind != Expr::Kind::kOp) return 7;
  switch (expr.op) {
    case Op::kOr:
      return 1;
    case Op::kAnd:
      return 2;
    case Op::kAdd:
    case Op::kSub:
      return 4;
    case Op::kMul:
    case Op::kDiv:
      return 5;
    case Op::kNot:
    case Op::kNegate:
      return 6;
    case Op::kContains:
    case Op::kStartsWith:
    case Op::kTag:
    case Op::kPredicate:
      return 7;
    default:
      return 3;
  }
}

std::string Operand(const Expr& expr, int tightness) {
  return Tightness(expr) < tightness ? "(" + ToText(expr) + ")" : ToText(expr);
}

int Tightness(const Spanset& set) {
  switch (set.op) {
    case SpansetOp::kOr:
      return 1;
    case SpansetOp::kAnd:
      return 2;
    case SpansetOp::kNot:
    case SpansetOp::kFilter:
      return 4;
    default:
      return 3;
  }
}

std::string Operand(const Spanset& set, int tightness) {
  return Tightness(set) < tightness ? "(" + ToText(set) + ")" : ToText(set);
}

std::string Joined(const Expr& expr, int tightness) {
  std::string out;
  for (const Expr& arg : expr.args) {
    if (!out.empty()) out += fmt::format(" {} ", OpText(expr.op));
    out += Operand(arg, out.empty() ? tightness : tightness + 1);
  }
  return out;
}

bool IsBareKey(std::string_view key) {
  if (key.empty()) return false;
  for (const char c : key) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte <= ' ' || std::string_view("{}()=~!<>&|^,\"`").find(c) != std::string_view::npos)
      return false;
  }
  return true;
}

std::string ScalarText(const Scalar& scalar) {
  if (scalar.is_constant) return ToText(scalar.constant);
  return fmt::format("{}({})", AggregateName(scalar.fn),
                     scalar.of.has_value() ? ToText(*scalar.of) : "");
}

std::string StageText(const Stage& stage) {
  switch (stage.kind) {
    case Stage::Kind::kSpanset:
      return ToText(stage.spanset);
    case Stage::Kind::kBy:
      return fmt::format("by({})", ToText(stage.by));
    case Stage::Kind::kCompare:
      return fmt::format("{} {} {}", ScalarText(stage.left), OpText(stage.op),
                         ScalarText(stage.right));
    case Stage::Kind::kSelect:
      break;
  }
  std::string fields;
  for (const Field& field : stage.select) fields += (fields.empty() ? "" : ", ") + ToText(field);
  return "select(" + fields + ")";
}

}  // namespace

std::string QuoteString(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    switch (c) {
      case '"':
        out += "\\\"";
        break;
      case '\\':
        out += "\\\\";
        break;
      case '\n':
        out += "\\n";
        break;
      case '\t':
        out += "\\t";
        break;
      case '\r':
        out += "\\r";
        break;
      default:
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) {
          out += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
        } else {
          out += c;
        }
    }
  }
  return out + '"';
}

std::string QuoteKey(std::string_view key) {
  return IsBareKey(key) ? std::string(key) : QuoteString(key);
}

std::string LiteralOf(const trace::ValueView& value) {
  switch (value.kind) {
    case trace::ValueKind::kNull:
      return "nil";
    case trace::ValueKind::kBool:
    case trace::ValueKind::kInt:
      return trace::ToText(value);
    case trace::ValueKind::kDouble:
      if (value.real == value.real && value.real <= 1.7976931348623157e308 &&
          value.real >= -1.7976931348623157e308) {
        return ToText(Literal{.kind = Literal::Kind::kDouble, .real = value.real});
      }
      [[fallthrough]];
    default:
      return QuoteString(trace::ToText(value));
  }
}

std::string ToText(const Literal& literal) {
  switch (literal.kind) {
    case Literal::Kind::kString:
      return QuoteString(literal.text);
    case Literal::Kind::kInt:
      return std::to_string(literal.integer);
    case Literal::Kind::kDouble: {
      const std::string text = trace::DoubleToText(literal.real);
      return text.find_first_of(".e") == std::string::npos ? text + ".0" : text;
    }
    case Literal::Kind::kDuration:
      return DurationToText(literal.integer);
    default:
      return std::string(NameOf(literal));
  }
}

std::string ToText(const Field& field) {
  if (field.scope == FieldScope::kIntrinsic) return std::string(IntrinsicName(field.intrinsic));
  return std::string(ScopePrefix(field.scope)) + QuoteKey(field.key);
}

std::string ToText(const Expr& expr) {
  if (expr.kind == Expr::Kind::kLiteral) return ToText(expr.literal);
  if (expr.kind == Expr::Kind::kField) return ToText(expr.field);
  switch (expr.op) {
    case Op::kContains:
    case Op::kStartsWith:
    case Op::kTag:
      return fmt::format("{}({}, {})", OpText(expr.op), ToText(expr.args[0]), ToText(expr.args[1]));
    case Op::kPredicate:
      return expr.predicate->ToText();
    case Op::kNot:
      return "!" + Operand(expr.args[0], 6);
    case Op::kNegate:
      return "-" + Operand(expr.args[0], 6);
    case Op::kOr:
    case Op::kAnd:
    case Op::kAdd:
    case Op::kSub:
    case Op::kMul:
    case Op::kDiv:
      return Joined(expr, Tightness(expr));
    default:
      return fmt::format("{} {} {}", Operand(expr.args[0], 4), OpText(expr.op),
                         Operand(expr.args[1], 4));
  }
}

std::string ToText(const Spanset& set) {
  if (set.op == SpansetOp::kFilter) {
    return set.filter.has_value() ? "{ " + ToText(*set.filter) + " }" : "{}";
  }
  if (set.op == SpansetOp::kNot) return "!" + Operand(set.args[0], 4);
  std::string out;
  for (const Spanset& arg : set.args) {
    const int tightness = Tightness(set) + (out.empty() ? 0 : 1);
    if (!out.empty()) out += fmt::format(" {} ", SpansetOpText(set.op, set.negated));
    out += Operand(arg, tightness);
  }
  return out;
}

std::string ToText(const Pipeline& pipeline) {
  std::string out = ToText(pipeline.source);
  for (const Stage& stage : pipeline.stages) out += " | " + StageText(stage);
  return out;
}

}  // namespace awry::query
