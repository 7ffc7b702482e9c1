#include <algorithm>
#include <cmath>
#include <optional>
#include <string>

#include <fmt/format.h>

#include "awry/query/query.h"
#include "awry/why/cause.h"
#include "trace/value.h"

namespace awry::why {
namespace {

class Writer {
 public:
  explicit Writer(const CauseInput& input) : input_(input) {}

  std::string Of(const Fact& fact) const {
    const std::string& name = input_.corpus.classes()[fact.span_class].ref.name;
    const std::string named = "name = " + query::QuoteString(name);
    const auto one = [&](const std::string& condition) { return fmt::format("{{ {} && {} }}", named, condition); };
    switch (fact.kind) {
      case FactKind::kValue: return WithCondition(fact, "=", LiteralAt(fact));
      case FactKind::kAtLeast: return WithCondition(fact, ">=", Threshold(fact));
      case FactKind::kAtMost: return WithCondition(fact, "<=", Threshold(fact));
      case FactKind::kAttributeMissing:
        if (ColumnAt(fact.column).key.starts_with("@")) return "";
        return one(fmt::format("span.{} = nil", query::QuoteKey(ColumnAt(fact.column).key)));
      case FactKind::kAttributePresent: {
        const Column& column = ColumnAt(fact.column);
        if (column.key.starts_with("@")) return "";
        const char* scope = column.origin == Origin::kEvent ? "event" : "span";
        return one(fmt::format("{}.{} != nil", scope, query::QuoteKey(column.key)));
      }
      case FactKind::kSpanMissing: return Missing(fact, named);
      case FactKind::kSpanPresent: return fmt::format("{{ {} }}", named);
      case FactKind::kSpanCount:
        return fmt::format("{{ {} }} | count() {} {}", named, fact.above ? ">=" : "<=",
                           static_cast<int64_t>(fact.threshold));
      case FactKind::kSpanError: return one("status = error");
      case FactKind::kRelation: {
        // Said of the span of the relation's first attribute, whichever of the two is to blame.
        const Relation& r = input_.relations[fact.relation];
        const std::string condition = Broken(r);
        const std::string& place = input_.corpus.classes()[ColumnAt(r.a).span_class].ref.name;
        return condition.empty() ? "" : fmt::format("{{ name = {} && {} }}", query::QuoteString(place), condition);
      }
      case FactKind::kBoth: return Both(fact);
      default: return "";
    }
  }

 private:
  const Column& ColumnAt(uint32_t c) const { return input_.corpus.columns()[c]; }

  std::string Missing(const Fact& fact, const std::string& named) const {
    const uint32_t parent = input_.corpus.classes()[fact.span_class].parent;
    if (parent == kNoText) return "";
    const std::string& above = input_.corpus.classes()[parent].ref.name;
    return fmt::format("{{ name = {} }} && !{{ {} }}", query::QuoteString(above), named);
  }

  // The condition on the attribute of `fact`, without the span.
  std::string Condition(const Fact& fact, std::string_view op, const std::string& literal) const {
    const Column& column = ColumnAt(fact.column);
    if (column.key == "@duration") return fmt::format("duration {} {}", op, literal);
    if (column.key.starts_with("@") || column.aggregate != Aggregate::kLast || literal.empty()) return "";
    const char* scope = column.origin == Origin::kResource ? "resource"
                        : column.origin == Origin::kEvent  ? "event"
                                                           : "span";
    return fmt::format("{}.{} {} {}", scope, query::QuoteKey(column.key), op, literal);
  }

  std::string WithCondition(const Fact& fact, std::string_view op, const std::string& literal) const {
    const std::string condition = Condition(fact, op, literal);
    if (condition.empty()) return "";
    const SpanRef& ref = input_.corpus.classes()[fact.span_class].ref;
    if (ColumnAt(fact.column).origin == Origin::kResource) {
      return fmt::format("{{ resource.service.name = {} && {} }}", query::QuoteString(ref.service), condition);
    }
    return fmt::format("{{ name = {} && {} }}", query::QuoteString(ref.name), condition);
  }

  std::string LiteralAt(const Fact& fact) const {
    const Column& column = ColumnAt(fact.column);
    const std::string text = input_.corpus.ValueText(column, fact.value_trace);
    if (column.numeric || column.is_list) return column.numeric ? text : "";
    if (text == "true" || text == "false") return text;
    return query::QuoteString(text);
  }

  std::string Threshold(const Fact& fact) const {
    if (ColumnAt(fact.column).key == "@duration") return fmt::format("{}us", static_cast<int64_t>(fact.threshold * 1'000));
    return trace::DoubleToText(fact.threshold);
  }

  // How a span of `from` names the column; nothing when only another span could.
  std::optional<std::string> Field(uint32_t column, uint32_t from) const {
    const Column& c = ColumnAt(column);
    if (c.key.starts_with("@") || c.aggregate != Aggregate::kLast || c.origin != Origin::kSpan) return std::nullopt;
    const std::string key = query::QuoteKey(c.key);
    if (c.span_class == from) return "span." + key;
    const auto& classes = input_.corpus.classes();
    if (classes[from].parent == c.span_class) return "parent." + key;
    for (const Column& other : input_.corpus.columns()) {
      if (other.key == c.key && other.origin == Origin::kSpan &&
          classes[other.span_class].depth < classes[c.span_class].depth) {
        return std::nullopt;
      }
    }
    return "trace." + key;
  }

  std::string Broken(const Relation& r) const {
    const uint32_t from = ColumnAt(r.a).span_class;
    const auto a = Field(r.a, from), b = Field(r.b, from);
    const auto c = r.c == kNoText ? std::optional<std::string>("") : Field(r.c, from);
    if (!a || !b || !c) return "";
    switch (r.kind) {
      case RelationKind::kEqual: return fmt::format("{} != {}", *a, *b);
      case RelationKind::kTemplate:
      case RelationKind::kContains: return fmt::format("!(contains({}, {}))", *a, *b);
      case RelationKind::kWithin:
        return fmt::format("({} - {} < {} || {} - {} > {})", *a, *b, trace::DoubleToText(r.factor), *a, *b,
                           trace::DoubleToText(r.offset));
      case RelationKind::kAtMost: return fmt::format("{} > {}", *a, *b);
      case RelationKind::kRatio:
      case RelationKind::kOffset:
      case RelationKind::kLinear: return Apart(r, *a, Scaled(r, *b));
      case RelationKind::kSum: return Apart(r, *a, fmt::format("({} + {})", *b, *c));
      case RelationKind::kProduct: return Apart(r, *a, fmt::format("{} * {}", *b, *c));
      default: return "";
    }
  }

  static std::string Scaled(const Relation& r, const std::string& b) {
    std::string out = r.factor == 1 ? b : fmt::format("{} * {}", b, trace::DoubleToText(r.factor));
    if (r.offset != 0) out = fmt::format("({} {} {})", out, r.offset < 0 ? "-" : "+", trace::DoubleToText(std::abs(r.offset)));
    return out;
  }

  // Numbers, further from each other than rounding makes them.
  std::string Apart(const Relation& r, const std::string& a, const std::string& b) const {
    for (uint32_t c : {r.a, r.b, r.c}) {
      if (c != kNoText && !ColumnAt(c).numeric) return "";  // texts that read as numbers
    }
    const double slack = std::stod(fmt::format("{:.2g}", 1.05 * std::max(r.tolerance, Slack(r.a))));
    return fmt::format("({} - {} > {} || {} - {} > {})", a, b, trace::DoubleToText(slack), b, a, trace::DoubleToText(slack));
  }

  // What adding and multiplying of such numbers loses.
  double Slack(uint32_t column) const {
    double most = 0;
    ColumnAt(column).present.ForEach([&](size_t i) {
      if (!std::isnan(ColumnAt(column).number[i])) most = std::max(most, std::abs(ColumnAt(column).number[i]));
    });
    return std::max(1e-9, 1e-9 * most);
  }

  std::string Both(const Fact& fact) const {
    const Fact& x = input_.facts[fact.parts[0]];
    const Fact& y = input_.facts[fact.parts[1]];
    const std::string left = Of(x), right = Of(y);
    return left.empty() || right.empty() ? "" : fmt::format("{} && {}", left, right);
  }

  const CauseInput& input_;
};

}  // namespace

std::string CheckQuery(const CauseInput& input, const Fact& fact) { return Writer(input).Of(fact); }

}  // namespace awry::why
