#include "awry/query/evaluator.h"

#include <algorithm>

#include "awry/query/datum.h"
#include "awry/query/tag_search.h"

namespace awry::query {
namespace {

constexpr std::string_view kServiceName = "service.name";

Datum Enum(Literal::Kind kind, auto number) {
  Datum out;
  out.kind = Datum::Kind::kEnum;
  out.enum_kind = kind;
  out.integer = static_cast<int64_t>(number);
  return out;
}

// Adds the value of `key`; a null value counts as missing.
bool Add(const trace::Attributes& attributes, std::string_view key, Data& out) {
  const trace::Value* value = trace::Find(attributes, key);
  if (value == nullptr || value->kind() == trace::ValueKind::kNull) return false;
  out.push_back(DatumOf(value->view()));
  return true;
}

bool AddOfResource(const trace::Resource& resource, std::string_view key, Data& out) {
  if (key == kServiceName) {
    out.push_back(TextDatum(resource.service));
    return true;
  }
  return Add(resource.attributes, key, out);
}

bool AddOfSpanOrResource(const trace::Span& span, std::string_view key, Data& out) {
  return Add(span.attributes, key, out) || AddOfResource(*span.resource, key, out);
}

void AddOfEvents(const trace::Span& span, std::string_view key, Data& out) {
  for (const trace::Event& event : span.events) Add(event.attributes, key, out);
}
void AddOfLinks(const trace::Span& span, std::string_view key, Data& out) {
  for (const trace::Link& link : span.links) Add(link.attributes, key, out);
}

Data Unscoped(const trace::Span& span, std::string_view key) {
  Data out;
  if (key == kServiceName) return {TextDatum(span.resource->service)};
  if (AddOfSpanOrResource(span, key, out) || Add(span.scope->attributes, key, out)) return out;
  AddOfEvents(span, key, out);
  if (out.empty()) AddOfLinks(span, key, out);
  return out;
}

}  // namespace

const Topology& Evaluator::topology() {
  if (!topology_.has_value()) topology_.emplace(trace_);
  return *topology_;
}

size_t Evaluator::root() {
  if (root_ == kNone) root_ = static_cast<size_t>(trace::Root(trace_) - trace_.spans.data());
  return root_;
}

Data Evaluator::LabelsOf(const trace::Span& span) {
  Data out;
  for (const trace::Label& label : labels_) {
    if (label.trace_id == trace_.id && (label.span_id == 0 || label.span_id == span.span_id)) {
      out.push_back(Enum(Literal::Kind::kVerdict, label.verdict));
    }
  }
  return out;
}

Data Evaluator::NearestToRoot(const std::string& key) {
  const auto known = nearest_.find(key);
  if (known != nearest_.end()) return known->second;
  Data out;
  for (const size_t index : topology().by_level()) {
    if (AddOfSpanOrResource(trace_.spans[index], key, out)) break;
  }
  nearest_.emplace(key, out);
  return out;
}

Data Evaluator::Intrinsic(query::Intrinsic intrinsic, size_t index) {
  using enum query::Intrinsic;
  const trace::Span& span = trace_.spans[index];
  switch (intrinsic) {
    case kName:
      return {TextDatum(span.name)};
    case kStatus:
      return {Enum(Literal::Kind::kStatus, span.status)};
    case kStatusMessage:
      return span.status_message.empty() ? Data{} : Data{TextDatum(span.status_message)};
    case kKind:
      return {Enum(Literal::Kind::kSpanKind, span.kind)};
    case kDuration:
      return {IntegerDatum(span.duration_ns())};
    case kSpanId:
      return {OwnedTextDatum(trace::SpanIdToHex(span.span_id))};
    case kParentId:
      return span.parent_id == 0 ? Data{} : Data{OwnedTextDatum(trace::SpanIdToHex(span.parent_id))};
    case kChildCount:
      return {IntegerDatum(static_cast<int64_t>(topology().children(index).size()))};
    case kTraceId:
      return {OwnedTextDatum(trace::ToHex(trace_.id))};
    case kTraceRootName:
      return {TextDatum(trace_.spans[root()].name)};
    case kTraceRootService:
      return {TextDatum(trace_.spans[root()].resource->service)};
    case kScopeName:
      return span.scope->name.empty() ? Data{} : Data{TextDatum(span.scope->name)};
    case kScopeVersion:
      return span.scope->version.empty() ? Data{} : Data{TextDatum(span.scope->version)};
    case kLabel:
      return LabelsOf(span);
    case kEventName: {
      Data out;
      for (const trace::Event& event : span.events) out.push_back(TextDatum(event.name));
      return out;
    }
    case kTraceDuration:
      break;
  }
  if (!extent_.has_value()) {
    extent_.emplace(span.start_ns, span.end_ns);
    for (const trace::Span& other : trace_.spans) {
      extent_->first = std::min(extent_->first, other.start_ns);
      extent_->second = std::max(extent_->second, other.end_ns);
    }
  }
  return {IntegerDatum(extent_->second - extent_->first)};
}

Data Evaluator::Values(const Field& field, size_t index) {
  const trace::Span& span = trace_.spans[index];
  Data out;
  switch (field.scope) {
    case FieldScope::kIntrinsic:
      return Intrinsic(field.intrinsic, index);
    case FieldScope::kAny:
      return Unscoped(span, field.key);
    case FieldScope::kTrace:
      return NearestToRoot(field.key);
    case FieldScope::kSpan:
      Add(span.attributes, field.key, out);
      break;
    case FieldScope::kResource:
      AddOfResource(*span.resource, field.key, out);
      break;
    case FieldScope::kInstrumentation:
      Add(span.scope->attributes, field.key, out);
      break;
    case FieldScope::kEvent:
      AddOfEvents(span, field.key, out);
      break;
    case FieldScope::kLink:
      AddOfLinks(span, field.key, out);
      break;
    case FieldScope::kParent:
      if (const size_t parent = topology().parent(index); parent != kNone) {
        AddOfSpanOrResource(trace_.spans[parent], field.key, out);
      }
      break;
  }
  return out;
}

Data Evaluator::Arithmetic(const Expr& expr, size_t span) {
  const Data left = Values(expr.args[0], span);
  if (left.empty()) return {};
  if (expr.op == Op::kNegate) {
    const auto negated = Calculate(Op::kSub, IntegerDatum(0), left.front());
    return negated.has_value() ? Data{*negated} : Data{};
  }
  const Data right = Values(expr.args[1], span);
  if (right.empty()) return {};
  const auto result = Calculate(expr.op, left.front(), right.front());
  return result.has_value() ? Data{*result} : Data{};
}

Data Evaluator::Values(const Expr& value, size_t span) {
  if (value.kind == Expr::Kind::kField) return Values(value.field, span);
  if (value.kind == Expr::Kind::kLiteral) {
    return value.literal.kind == Literal::Kind::kNil ? Data{} : Data{DatumOf(value.literal)};
  }
  if (value.op >= Op::kAdd && value.op <= Op::kNegate) return Arithmetic(value, span);
  Datum truth;
  truth.kind = Datum::Kind::kBool;
  truth.boolean = Holds(value, span);
  return {truth};
}

namespace {
bool IsNil(const Expr& expr) {
  return expr.kind == Expr::Kind::kLiteral && expr.literal.kind == Literal::Kind::kNil;
}

// Whether some pair of values satisfies the operator; never when one side is missing.
template <typename Test>
bool AnyPair(const Data& left, const Data& right, Test test) {
  return std::ranges::any_of(left, [&](const Datum& a) {
    return std::ranges::any_of(right, [&](const Datum& b) { return test(a, b); });
  });
}
}  // namespace

bool Evaluator::Compare(const Expr& comparison, size_t span) {
  const Op op = comparison.op;
  const Data left = Values(comparison.args[0], span);
  if (op == Op::kMatch || op == Op::kNoMatch) {
    return std::ranges::any_of(left, [&](const Datum& datum) {
      return comparison.regex->Matches(TextOf(datum)) == (op == Op::kMatch);
    });
  }
  const Data right = Values(comparison.args[1], span);
  if (IsNil(comparison.args[0]) || IsNil(comparison.args[1])) {
    return (left.empty() && right.empty()) == (op == Op::kEq);
  }
  return AnyPair(left, right, [op](const Datum& a, const Datum& b) { return Compares(op, a, b); });
}

bool Evaluator::Holds(const Expr& condition, size_t span) {
  const auto holds = [&](const Expr& arg) { return Holds(arg, span); };
  if (condition.kind != Expr::Kind::kOp) {
    const Data values = Values(condition, span);
    return std::ranges::any_of(
        values, [](const Datum& d) { return d.kind == Datum::Kind::kBool && d.boolean; });
  }
  switch (condition.op) {
    case Op::kAnd:
      return std::ranges::all_of(condition.args, holds);
    case Op::kOr:
      return std::ranges::any_of(condition.args, holds);
    case Op::kNot:
      return !holds(condition.args[0]);
    case Op::kContains:
      return AnyPair(Values(condition.args[0], span), Values(condition.args[1], span), Contains);
    case Op::kStartsWith:
      return AnyPair(Values(condition.args[0], span), Values(condition.args[1], span), StartsWith);
    case Op::kTag:
      return TagMatches(trace_.spans[span], condition.args[0].literal.text,
                        condition.args[1].literal.text);
    case Op::kPredicate:
      return condition.predicate->Holds(trace_.spans[span]);
    default:
      return Compare(condition, span);
  }
}

}  // namespace awry::query
