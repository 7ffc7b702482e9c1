// Only what must be true of every matching trace is asked of the store; the rest is evaluated on
// the traces that come back.
#include "awry/query/plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "awry/query/print.h"
#include "awry/query/tag_search.h"
#include "awry/query/time_text.h"

namespace awry::query {
namespace {

// What one spanset asks, and what is left of it.
struct Push {
  store::SpanFilter filter;
  std::optional<trace::Verdict> verdict;
  std::vector<trace::TraceId> ids;
  std::vector<std::string> rest;
  size_t rest_in_equals = 0;  // so many of them say what filter.equals says

  // How few traces it is likely to let through.
  int selectivity() const {
    if (!ids.empty()) return 100;
    return (verdict.has_value() ? 40 : 0) + static_cast<int>(filter.equals.size()) * 20 +
           (filter.name.empty() ? 0 : 10) + (filter.errors_only ? 8 : 0) +
           (filter.service.empty() ? 0 : 6) + (filter.duration_min_ns > 0 ? 4 : 0) +
           (filter.duration_max_ns != store::kTimeMax ? 1 : 0);
  }
};

// The text that every stored value has that equals `literal`; none when there could be several.
std::optional<std::string> TextOfAll(const Literal& literal) {
  switch (literal.kind) {
    case Literal::Kind::kString:
      return literal.text;
    case Literal::Kind::kBool:
      return literal.boolean ? "true" : "false";
    case Literal::Kind::kInt: {  // the store may hold the same number as a double
      const std::string text = std::to_string(literal.integer);
      if (trace::DoubleToText(static_cast<double>(literal.integer)) == text) return text;
      return std::nullopt;
    }
    case Literal::Kind::kDouble: {
      const std::string text = trace::DoubleToText(literal.real);
      const bool whole = text.find('.') == std::string::npos;
      const bool small = literal.real > -1e6 && literal.real < 1e6 && text != "-0";
      if (!whole || small) return text;
      return std::nullopt;
    }
    default:
      return std::nullopt;
  }
}

bool PushDuration(Op op, const Literal& literal, store::SpanFilter& filter) {
  if (literal.kind != Literal::Kind::kDuration && literal.kind != Literal::Kind::kInt) return false;
  const int64_t ns = literal.integer;
  if (ns < 0 || ns == store::kTimeMax) return false;
  const auto at_least = [&](int64_t bound) {
    filter.duration_min_ns = std::max(filter.duration_min_ns, bound);
  };
  const auto at_most = [&](int64_t bound) {
    filter.duration_max_ns = std::min(filter.duration_max_ns, bound);
  };
  if (op == Op::kGe || op == Op::kEq) at_least(ns);
  if (op == Op::kGt) at_least(ns + 1);
  if (op == Op::kLe || op == Op::kEq) at_most(ns);
  if (op == Op::kLt) at_most(ns - 1);
  return op != Op::kNe;
}

bool PushIntrinsic(Intrinsic intrinsic, Op op, const Literal& literal, Push& push) {
  if (intrinsic == Intrinsic::kDuration) return PushDuration(op, literal, push.filter);
  if (op != Op::kEq) return false;
  switch (intrinsic) {
    case Intrinsic::kName:
      if (!push.filter.name.empty() || literal.text.empty()) return false;
      push.filter.name = literal.text;
      return true;
    case Intrinsic::kStatus:
      if (literal.integer != static_cast<int64_t>(trace::SpanStatus::kError)) return false;
      push.filter.errors_only = true;
      return true;
    case Intrinsic::kLabel:
      if (!push.verdict.has_value()) push.verdict = static_cast<trace::Verdict>(literal.integer);
      return false;  // a label may be of one span only
    case Intrinsic::kTraceId:
      if (push.ids.empty()) push.ids.push_back(*trace::TraceIdFromHex(literal.text));
      return false;
    default:
      return false;
  }
}

bool PushAttribute(const Field& field, const Literal& literal, Push& push) {
  if (field.scope == FieldScope::kTrace || field.scope == FieldScope::kParent) return false;
  const bool resource_like =
      field.scope == FieldScope::kResource || field.scope == FieldScope::kAny;
  if (field.key == "service.name" && resource_like) {
    const bool fits = literal.kind == Literal::Kind::kString && !literal.text.empty() &&
                      push.filter.service.empty();
    if (fits) push.filter.service = literal.text;
    return fits;
  }
  if (auto text = TextOfAll(literal); text.has_value())
    push.filter.equals.emplace_back(field.key, *std::move(text));
  return false;  // the store does not know scope and kind, so it is evaluated again
}

// Returns whether the store answers `condition` for good.
bool PushCondition(const Expr& condition, Push& push) {
  if (condition.kind != Expr::Kind::kOp || condition.args.size() != 2) return false;
  const Expr& left = condition.args[0];
  const Expr& right = condition.args[1];
  if (condition.op == Op::kTag) {
    if (left.literal.text == "error" && right.literal.text == "true") {
      push.filter.errors_only = true;
      return true;
    }
    if (IsDerivedTag(left.literal.text)) return false;
    push.filter.equals.emplace_back(left.literal.text, right.literal.text);
    ++push.rest_in_equals;
    return false;  // not every store settles it
  }
  if (left.kind == Expr::Kind::kLiteral && right.kind == Expr::Kind::kField &&
      condition.op == Op::kEq) {
    Expr turned{.kind = Expr::Kind::kOp, .op = Op::kEq};
    turned.args = {right, left};
    return PushCondition(turned, push);
  }
  if (left.kind != Expr::Kind::kField || right.kind != Expr::Kind::kLiteral) return false;
  const bool comparison = condition.op >= Op::kEq && condition.op <= Op::kGe;
  if (!comparison || right.literal.kind == Literal::Kind::kNil) return false;
  if (left.field.scope == FieldScope::kIntrinsic) {
    return PushIntrinsic(left.field.intrinsic, condition.op, right.literal, push);
  }
  return condition.op == Op::kEq && PushAttribute(left.field, right.literal, push);
}

Push PushFilter(const Spanset& set) {
  Push push;
  if (!set.filter.has_value()) return push;
  const auto bracketed = [](const Expr& condition) {
    const bool is_or = condition.kind == Expr::Kind::kOp && condition.op == Op::kOr;
    return is_or ? "(" + ToText(condition) + ")" : ToText(condition);
  };
  if (set.filter->kind == Expr::Kind::kOp && set.filter->op == Op::kAnd) {
    for (const Expr& condition : set.filter->args) {
      if (!PushCondition(condition, push)) push.rest.push_back(bracketed(condition));
    }
  } else if (!PushCondition(*set.filter, push)) {
    push.rest.push_back(ToText(*set.filter));
  }
  return push;
}

// The most selective of what each of several spansets asks by itself.
Push PushSpanset(const Spanset& set) {
  if (set.op == SpansetOp::kFilter) return PushFilter(set);
  if (set.op == SpansetOp::kOr || set.op == SpansetOp::kNot) return {};
  if (set.negated) return PushSpanset(set.args[1]);
  Push best;
  for (const Spanset& arg : set.args) {
    Push push = PushSpanset(arg);
    if (push.selectivity() > best.selectivity()) best = std::move(push);
  }
  return best;
}

int64_t Widened(int64_t at_ns, int64_t by_ns) {
  int64_t out = 0;
  if (at_ns == store::kTimeMin || at_ns == store::kTimeMax) return at_ns;
  if (__builtin_add_overflow(at_ns, by_ns, &out))
    return by_ns < 0 ? store::kTimeMin : store::kTimeMax;
  return out;
}

std::string FilterText(const store::SpanFilter& filter) {
  std::string out;
  if (!filter.service.empty()) out += " service=" + QuoteString(filter.service);
  if (!filter.name.empty()) out += " name=" + QuoteString(filter.name);
  if (filter.errors_only) out += " status=error";
  if (filter.duration_min_ns > 0) out += " duration>=" + DurationToText(filter.duration_min_ns);
  if (filter.duration_max_ns != store::kTimeMax)
    out += " duration<=" + DurationToText(filter.duration_max_ns);
  for (const auto& [key, value] : filter.equals)
    out += fmt::format(" has({}={})", QuoteKey(key), QuoteString(value));
  if (filter.start_from_ns != store::kTimeMin) out += " from=" + TimeToText(filter.start_from_ns);
  if (filter.start_until_ns != store::kTimeMax)
    out += " until=" + TimeToText(filter.start_until_ns);
  return out;
}

}  // namespace

std::string Plan::ToText() const {
  std::string from = "scan spans:";
  if (source == Source::kLabels)
    from = fmt::format("read traces labelled {}:",
                       verdict == trace::Verdict::kWrong ? "wrong" : "right");
  if (source == Source::kIds) from = fmt::format("read trace {}:", trace::ToHex(ids.front()));
  const std::string filter_text = FilterText(filter);
  std::string out = from + (filter_text.empty() ? " all" : filter_text) + "\n";
  if (!rest.empty()) out += "evaluate: " + rest + "\n";
  out += exact ? "count: from the scan\n" : "count: by evaluation\n";
  return out;
}

Plan MakePlan(const Query& query, const Window& window) {
  const Pipeline& pipeline = query.pipeline();
  const bool simple = pipeline.source.op == SpansetOp::kFilter;
  Push push = PushSpanset(pipeline.source);
  Plan plan;
  plan.filter = std::move(push.filter);
  plan.filter.start_from_ns = simple ? window.from_ns : Widened(window.from_ns, -kTraceLengthMaxNs);
  plan.filter.start_until_ns =
      simple ? window.until_ns : Widened(window.until_ns, kTraceLengthMaxNs);
  if (push.verdict.has_value()) {
    plan.source = Plan::Source::kLabels;
    plan.verdict = *push.verdict;
  }
  if (!push.ids.empty()) {
    plan.source = Plan::Source::kIds;
    plan.ids = std::move(push.ids);
  }
  if (!simple || !pipeline.stages.empty()) {
    plan.rest = query.ToText();
  } else {
    for (const std::string& condition : push.rest)
      plan.rest += (plan.rest.empty() ? "" : " && ") + condition;
  }
  plan.exact = plan.rest.empty() && plan.source == Plan::Source::kSpans;
  plan.exact_with_equals = simple && pipeline.stages.empty() && push.rest.size() == push.rest_in_equals &&
                           plan.source == Plan::Source::kSpans;
  return plan;
}

bool Satisfies(const store::SpanFilter& filter, const trace::Trace& trace, int64_t* newest_ns) {
  bool any = false;
  for (const trace::Span& span : trace.spans) {
    const bool fits = span.start_ns >= filter.start_from_ns &&
                      span.start_ns <= filter.start_until_ns &&
                      (filter.service.empty() || span.resource->service == filter.service) &&
                      (filter.name.empty() || span.name == filter.name) &&
                      span.duration_ns() >= filter.duration_min_ns &&
                      span.duration_ns() <= filter.duration_max_ns &&
                      (!filter.errors_only || span.status == trace::SpanStatus::kError) &&
                      std::ranges::all_of(filter.equals, [&](const auto& equal) {
                        return HasAttribute(span, equal.first, equal.second);
                      });
    if (!fits) continue;
    if (newest_ns != nullptr)
      *newest_ns = any ? std::max(*newest_ns, span.start_ns) : span.start_ns;
    any = true;
    if (newest_ns == nullptr) return true;
  }
  return any;
}

}  // namespace awry::query
