// Runs a checked filter on one span, and prints it.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "awry/query/datum.h"
#include "awry/query/filter_node.h"
#include "awry/query/names.h"
#include "awry/query/print.h"

namespace awry::query {
namespace {

// The event and link that `some` has bound; null: all of the span.
struct Scene {
  const trace::Span& span;
  const trace::Event* event = nullptr;
  const trace::Link* link = nullptr;
};

void AddText(std::string_view text, Data& out) {
  if (!text.empty()) out.push_back(TextDatum(text));
}

void AddAttribute(const trace::Attributes& attributes, std::string_view key, Data& out) {
  const trace::Value* value = trace::Find(attributes, key);
  if (value != nullptr && value->kind() != trace::ValueKind::kNull)
    out.push_back(DatumOf(value->view()));
}

template <typename Part, typename Add>
void OfEach(const Part* bound, const std::vector<Part>& all, Add add) {
  if (bound != nullptr) {
    add(*bound);
  } else {
    std::ranges::for_each(all, add);
  }
}

Data AttributeValues(const FilterOperand& operand, const Scene& scene, bool negated) {
  Data out;
  const auto at = [&](FilterLevel level) {
    return operand.level == level || (operand.level == FilterLevel::kAny && !negated);
  };
  const auto near_span = [&](FilterLevel level) {
    return operand.level == level || operand.level == FilterLevel::kAny;
  };
  const auto add = [&](const auto& part) { AddAttribute(part.attributes, operand.name, out); };
  if (near_span(FilterLevel::kSpan)) add(scene.span);
  if (near_span(FilterLevel::kResource)) {
    if (operand.name == "service.name") AddText(scene.span.resource->service, out);
    add(*scene.span.resource);
  }
  if (at(FilterLevel::kScope)) add(*scene.span.scope);
  if (at(FilterLevel::kEvent)) OfEach(scene.event, scene.span.events, add);
  if (at(FilterLevel::kLink)) OfEach(scene.link, scene.span.links, add);
  return out;
}

void AddEventField(FilterField field, const trace::Span& span, const trace::Event& event,
                   Data& out) {
  if (field == FilterField::kName) out.push_back(TextDatum(event.name));
  if (field == FilterField::kTime) out.push_back(IntegerDatum(event.time_ns));
  if (field == FilterField::kTimeSinceStart) out.push_back(IntegerDatum(event.time_ns - span.start_ns));
}

void AddLinkField(FilterField field, const trace::Link& link, Data& out) {
  if (field == FilterField::kTraceId) out.push_back(OwnedTextDatum(trace::ToHex(link.trace_id)));
  if (field == FilterField::kSpanId) out.push_back(OwnedTextDatum(trace::SpanIdToHex(link.span_id)));
  if (field == FilterField::kTraceState) AddText(link.trace_state, out);
}

void AddSpanField(FilterField field, const trace::Span& span, Data& out) {
  switch (field) {
    case FilterField::kTraceId:
      out.push_back(OwnedTextDatum(trace::ToHex(span.trace_id)));
      break;
    case FilterField::kSpanId:
      out.push_back(OwnedTextDatum(trace::SpanIdToHex(span.span_id)));
      break;
    case FilterField::kParentSpanId:
      if (span.parent_id != 0) out.push_back(OwnedTextDatum(trace::SpanIdToHex(span.parent_id)));
      break;
    case FilterField::kTraceState:
      AddText(span.trace_state, out);
      break;
    case FilterField::kName:
      out.push_back(TextDatum(span.name));
      break;
    case FilterField::kKind:
      out.push_back(TextDatum(
          NameOf({.kind = Literal::Kind::kSpanKind, .integer = static_cast<int64_t>(span.kind)})));
      break;
    case FilterField::kStatus:
      out.push_back(TextDatum(
          NameOf({.kind = Literal::Kind::kStatus, .integer = static_cast<int64_t>(span.status)})));
      break;
    case FilterField::kStatusMessage:
      AddText(span.status_message, out);
      break;
    case FilterField::kStartTime:
      out.push_back(IntegerDatum(span.start_ns));
      break;
    case FilterField::kEndTime:
      out.push_back(IntegerDatum(span.end_ns));
      break;
    default:
      out.push_back(IntegerDatum(span.duration_ns()));
  }
}

Data FieldValues(const FilterOperand& operand, const Scene& scene) {
  Data out;
  const trace::Span& span = scene.span;
  switch (operand.level) {
    case FilterLevel::kResource:
      AddText(operand.field == FilterField::kService ? span.resource->service
                                                     : span.resource->schema_url,
              out);
      break;
    case FilterLevel::kScope:
      AddText(operand.field == FilterField::kName      ? span.scope->name
              : operand.field == FilterField::kVersion ? span.scope->version
                                                       : span.scope->schema_url,
              out);
      break;
    case FilterLevel::kEvent:
      OfEach(scene.event, span.events,
             [&](const trace::Event& event) { AddEventField(operand.field, span, event, out); });
      break;
    case FilterLevel::kLink:
      OfEach(scene.link, span.links,
             [&](const trace::Link& link) { AddLinkField(operand.field, link, out); });
      break;
    default:
      AddSpanField(operand.field, span, out);
  }
  return out;
}

Data Values(const FilterOperand& operand, const Scene& scene, bool negated) {
  if (operand.kind == FilterOperand::Kind::kAttribute)
    return AttributeValues(operand, scene, negated);
  if (operand.kind == FilterOperand::Kind::kField) return FieldValues(operand, scene);
  return {operand.constant};
}

std::optional<Datum> NumberOf(const Datum& datum) {
  if (datum.is_number()) return datum;
  if (datum.kind != Datum::Kind::kString) return std::nullopt;
  const std::string_view text = datum.text();
  Datum out;
  const auto read = [&](auto& number) {
    const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
    return problem == std::errc() && end == text.data() + text.size();
  };
  out.kind = Datum::Kind::kInt;
  if (read(out.integer)) return out;
  out.kind = Datum::Kind::kDouble;
  if (read(out.real)) return out;
  return std::nullopt;
}

// `value` against a constant that says no type.
bool ComparesUntyped(Op op, const Datum& value, const Datum& constant) {
  if (op == Op::kEq) return TextOf(value) == constant.text();
  const auto left = NumberOf(value);
  const auto right = NumberOf(constant);
  if (left.has_value() && right.has_value()) return Compares(op, *left, *right);
  return value.kind == Datum::Kind::kString && Compares(op, value, constant);
}

// References stand on the left of constants, and constants with a type on the left of those
// without.
bool Fits(Op op, const Datum& left, const Datum& right, const FilterOperand& of_right) {
  if (of_right.kind != FilterOperand::Kind::kConstant) return Compares(op, left, right);
  if (!of_right.typed) return ComparesUntyped(op, left, right);
  // A field's own values have the constant's kind; an attribute must have the very type.
  return left.kind == right.kind && Compares(op, left, right);
}

Op PlainOp(FilterOp op) {
  switch (op) {
    case FilterOp::kGt:
      return Op::kGt;
    case FilterOp::kLt:
      return Op::kLt;
    case FilterOp::kGte:
      return Op::kGe;
    case FilterOp::kLte:
      return Op::kLe;
    default:
      return Op::kEq;
  }
}

// Whether some value on the left fits some on the right; for the negated operators, whether both
// are there and none is equal.
bool Relates(const FilterNode& node, const Scene& scene) {
  const bool negated = node.op == FilterOp::kNe || node.op == FilterOp::kNotIn;
  const Op op = PlainOp(node.op);
  const Data left = Values(node.operands[0], scene, negated);
  bool any_right = false, fits = false;
  for (size_t i = 1; i < node.operands.size() && !left.empty(); ++i) {
    for (const Datum& right : Values(node.operands[i], scene, negated)) {
      any_right = true;
      fits = fits || std::ranges::any_of(left, [&](const Datum& value) {
               return Fits(op, value, right, node.operands[i]);
             });
    }
  }
  return negated ? any_right && !fits : fits;
}

bool Holds(const FilterNode& node, const Scene& scene) {
  const auto holds = [&](const FilterNode& arg) { return Holds(arg, scene); };
  switch (node.op) {
    case FilterOp::kAnd:
      return std::ranges::all_of(node.args, holds);
    case FilterOp::kOr:
      return std::ranges::any_of(node.args, holds);
    case FilterOp::kNot:
      return !holds(node.args[0]);
    case FilterOp::kSome:
      if (node.collection == FilterLevel::kEvent) {
        return std::ranges::any_of(scene.span.events, [&](const trace::Event& event) {
          return Holds(node.args[0], {scene.span, &event, scene.link});
        });
      }
      return std::ranges::any_of(scene.span.links, [&](const trace::Link& link) {
        return Holds(node.args[0], {scene.span, scene.event, &link});
      });
    case FilterOp::kExists:
      return !Values(node.operands[0], scene, false).empty();
    case FilterOp::kRegex:
      return std::ranges::any_of(Values(node.operands[0], scene, false), [&](const Datum& value) {
        return node.regex->Finds(TextOf(value));
      });
    default:
      return Relates(node, scene);
  }
}

std::string OperandText(const FilterOperand& operand) {
  if (operand.kind == FilterOperand::Kind::kConstant) return QuoteString(TextOf(operand.constant));
  const std::string_view mark = operand.kind == FilterOperand::Kind::kField ? ":" : ".";
  const bool field = operand.kind == FilterOperand::Kind::kField;
  return fmt::format("{}{}{}", NameOf(operand.level), mark,
                     field ? operand.name : QuoteKey(operand.name));
}

}  // namespace

bool FilterHolds(const FilterNode& node, const trace::Span& span) { return Holds(node, {span}); }

std::string FilterText(const FilterNode& node) {
  std::string args;
  const auto add = [&](const std::string& arg) { args += (args.empty() ? "" : ", ") + arg; };
  if (node.op == FilterOp::kSome) add(std::string(NameOf(node.collection)));
  for (const FilterNode& arg : node.args) add(FilterText(arg));
  for (const FilterOperand& operand : node.operands) add(OperandText(operand));
  return fmt::format("{}({})", NameOf(node.op), args);
}

}  // namespace awry::query
