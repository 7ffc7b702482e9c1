#include "awry/query/names.h"

#include <array>

#include "base/check.h"
#include "trace/label.h"
#include "trace/span.h"

namespace awry::query {
namespace {

struct IntrinsicWord {
  std::string_view word;
  Intrinsic intrinsic;
};
// The first of an intrinsic is how it is printed.
constexpr std::array kIntrinsics{
    IntrinsicWord{"name", Intrinsic::kName},
    IntrinsicWord{"span:name", Intrinsic::kName},
    IntrinsicWord{"status", Intrinsic::kStatus},
    IntrinsicWord{"span:status", Intrinsic::kStatus},
    IntrinsicWord{"statusMessage", Intrinsic::kStatusMessage},
    IntrinsicWord{"span:statusMessage", Intrinsic::kStatusMessage},
    IntrinsicWord{"kind", Intrinsic::kKind},
    IntrinsicWord{"span:kind", Intrinsic::kKind},
    IntrinsicWord{"duration", Intrinsic::kDuration},
    IntrinsicWord{"span:duration", Intrinsic::kDuration},
    IntrinsicWord{"span:id", Intrinsic::kSpanId},
    IntrinsicWord{"span:parentID", Intrinsic::kParentId},
    IntrinsicWord{"parent", Intrinsic::kParentId},
    IntrinsicWord{"span:childCount", Intrinsic::kChildCount},
    IntrinsicWord{"childCount", Intrinsic::kChildCount},
    IntrinsicWord{"trace:id", Intrinsic::kTraceId},
    IntrinsicWord{"trace:duration", Intrinsic::kTraceDuration},
    IntrinsicWord{"traceDuration", Intrinsic::kTraceDuration},
    IntrinsicWord{"trace:rootName", Intrinsic::kTraceRootName},
    IntrinsicWord{"rootName", Intrinsic::kTraceRootName},
    IntrinsicWord{"trace:rootService", Intrinsic::kTraceRootService},
    IntrinsicWord{"rootServiceName", Intrinsic::kTraceRootService},
    IntrinsicWord{"event:name", Intrinsic::kEventName},
    IntrinsicWord{"instrumentation:name", Intrinsic::kScopeName},
    IntrinsicWord{"instrumentation:version", Intrinsic::kScopeVersion},
    IntrinsicWord{"label", Intrinsic::kLabel},
};

struct LiteralWord {
  std::string_view word;
  Literal::Kind kind;
  int64_t number;
};
constexpr int64_t Number(auto value) { return static_cast<int64_t>(value); }
constexpr std::array kLiterals{
    LiteralWord{"nil", Literal::Kind::kNil, 0},
    LiteralWord{"true", Literal::Kind::kBool, 1},
    LiteralWord{"false", Literal::Kind::kBool, 0},
    LiteralWord{"unset", Literal::Kind::kStatus, Number(trace::SpanStatus::kUnset)},
    LiteralWord{"ok", Literal::Kind::kStatus, Number(trace::SpanStatus::kOk)},
    LiteralWord{"error", Literal::Kind::kStatus, Number(trace::SpanStatus::kError)},
    LiteralWord{"unspecified", Literal::Kind::kSpanKind, Number(trace::SpanKind::kUnspecified)},
    LiteralWord{"internal", Literal::Kind::kSpanKind, Number(trace::SpanKind::kInternal)},
    LiteralWord{"server", Literal::Kind::kSpanKind, Number(trace::SpanKind::kServer)},
    LiteralWord{"client", Literal::Kind::kSpanKind, Number(trace::SpanKind::kClient)},
    LiteralWord{"producer", Literal::Kind::kSpanKind, Number(trace::SpanKind::kProducer)},
    LiteralWord{"consumer", Literal::Kind::kSpanKind, Number(trace::SpanKind::kConsumer)},
    LiteralWord{"wrong", Literal::Kind::kVerdict, Number(trace::Verdict::kWrong)},
    LiteralWord{"right", Literal::Kind::kVerdict, Number(trace::Verdict::kRight)},
};

}  // namespace

std::optional<Intrinsic> IntrinsicOf(std::string_view word) {
  for (const IntrinsicWord& known : kIntrinsics) {
    if (known.word == word) return known.intrinsic;
  }
  return std::nullopt;
}

std::string_view IntrinsicName(Intrinsic intrinsic) {
  for (const IntrinsicWord& known : kIntrinsics) {
    if (known.intrinsic == intrinsic) return known.word;
  }
  CHECK(false);
  return {};
}

std::optional<Literal> NamedLiteral(std::string_view word) {
  for (const LiteralWord& known : kLiterals) {
    if (known.word != word) continue;
    Literal literal{.kind = known.kind};
    if (known.kind == Literal::Kind::kBool) {
      literal.boolean = known.number != 0;
    } else {
      literal.integer = known.number;
    }
    return literal;
  }
  return std::nullopt;
}

std::string_view NameOf(const Literal& literal) {
  for (const LiteralWord& known : kLiterals) {
    const int64_t number =
        literal.kind == Literal::Kind::kBool ? (literal.boolean ? 1 : 0) : literal.integer;
    if (known.kind == literal.kind && known.number == number) return known.word;
  }
  CHECK(false);
  return {};
}

std::string_view OpText(Op op) {
  constexpr std::array<std::string_view, 17> kTexts{"&&", "||", "!",  "=",  "!=",      "<",
                                                    "<=", ">",  ">=", "=~", "!~",      "+",
                                                    "-",  "*",  "/",  "-",  "contains"};
  if (op == Op::kStartsWith) return "starts_with";
  if (op == Op::kTag) return "tag";
  return kTexts[static_cast<size_t>(op)];
}

namespace {
constexpr std::array<std::string_view, 5> kAggregates{"count", "avg", "min", "max", "sum"};
}

std::string_view AggregateName(AggregateFn fn) { return kAggregates[static_cast<size_t>(fn)]; }

std::optional<AggregateFn> AggregateOf(std::string_view word) {
  for (size_t i = 0; i < kAggregates.size(); ++i) {
    if (kAggregates[i] == word) return static_cast<AggregateFn>(i);
  }
  return std::nullopt;
}

std::string_view SpansetOpText(SpansetOp op, bool negated) {
  switch (op) {
    case SpansetOp::kAnd:
      return "&&";
    case SpansetOp::kOr:
      return "||";
    case SpansetOp::kNot:
      return "!";
    case SpansetOp::kChild:
      return negated ? "!>" : ">";
    case SpansetOp::kDescendant:
      return negated ? "!>>" : ">>";
    case SpansetOp::kParent:
      return negated ? "!<" : "<";
    case SpansetOp::kAncestor:
      return negated ? "!<<" : "<<";
    case SpansetOp::kSibling:
      return negated ? "!~" : "~";
    case SpansetOp::kFilter:
      break;
  }
  return "";
}

std::string_view ScopePrefix(FieldScope scope) {
  switch (scope) {
    case FieldScope::kSpan:
      return "span.";
    case FieldScope::kResource:
      return "resource.";
    case FieldScope::kEvent:
      return "event.";
    case FieldScope::kLink:
      return "link.";
    case FieldScope::kInstrumentation:
      return "instrumentation.";
    case FieldScope::kTrace:
      return "trace.";
    case FieldScope::kParent:
      return "parent.";
    case FieldScope::kAny:
      return ".";
    case FieldScope::kIntrinsic:
      break;
  }
  return "";
}

}  // namespace awry::query
