// Says what is wrong with a filter before it runs: operators, their operands, levels, fields, and
// constants that their field cannot hold.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <utility>

#include "awry/query/filter_node.h"
#include "awry/query/names.h"
#include "awry/query/tag_search.h"
#include "awry/query/time_text.h"

namespace awry::query {
namespace {

using base::InvalidArgument;
using base::Result;
using base::Status;
using Kind = FilterTerm::Kind;

std::string_view TermName(const FilterTerm& term) {
  constexpr std::string_view kNames[] = {"nothing",  "an attribute", "a field", "a collection",
                                         "a scalar", "a list",       "a call"};
  return kNames[static_cast<size_t>(term.kind)];
}

std::string_view DomainName(FilterDomain domain) {
  constexpr std::string_view kNames[] = {"anything",   "a text", "a span kind", "a span status",
                                         "a duration", "a time", "a number",    "a boolean"};
  return kNames[static_cast<size_t>(domain)];
}

std::string ScalarText(const FilterTerm& term) {
  return term.values.empty() ? std::string() : term.values.front();
}

bool IsWord(FilterDomain domain) {
  return domain == FilterDomain::kKindWord || domain == FilterDomain::kStatusWord;
}

Result<FilterLevel> LevelOf(const FilterTerm& term) {
  const auto level = FilterLevelOf(term.level);
  if (!level.has_value()) {
    return InvalidArgument(fmt::format(
        "unknown filter level '{}': span, resource, scope, event or link is expected", term.level));
  }
  return *level;
}

Result<FilterOperand> Reference(const FilterTerm& term) {
  FilterOperand out{.name = term.name};
  if (term.kind == Kind::kAttribute) {
    out.kind = FilterOperand::Kind::kAttribute;
    if (term.name.empty()) return InvalidArgument("attribute reference has no key");
    if (term.level.empty()) return out;
    ASSIGN_OR_RETURN(out.level, LevelOf(term));
    return out;
  }
  out.kind = FilterOperand::Kind::kField;
  if (term.level.empty())
    return InvalidArgument(fmt::format("field reference has no level: '{}'", term.name));
  ASSIGN_OR_RETURN(out.level, LevelOf(term));
  const FilterFieldInfo* info = FindField(out.level, term.name);
  if (info == nullptr) {
    return InvalidArgument(
        fmt::format("unknown built-in field '{}' at the '{}' level; name an attribute to match a "
                    "tag of that name instead",
                    term.name, term.level));
  }
  out.field = info->field;
  out.domain = info->domain;
  return out;
}

template <typename Number>
bool ReadAll(std::string_view text, Number& number) {
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
  return !text.empty() && problem == std::errc() && end == text.data() + text.size();
}

// `text` as the type that the constant names.
Result<FilterOperand> TypedConstant(const std::string& text, std::string_view type) {
  FilterOperand out{.typed = true};
  const auto bad = [&] {
    return InvalidArgument(fmt::format("constant is no {}: '{}'", type, text));
  };
  if (type == "string") {
    out.domain = FilterDomain::kText;
    out.constant.kind = Datum::Kind::kString;
    out.constant.owned = text;
  } else if (type == "int") {
    out.domain = FilterDomain::kNumber;
    out.constant.kind = Datum::Kind::kInt;
    if (!ReadAll(text, out.constant.integer)) return bad();
  } else if (type == "double") {
    out.domain = FilterDomain::kNumber;
    out.constant.kind = Datum::Kind::kDouble;
    if (!ReadAll(text, out.constant.real)) return bad();
  } else if (type == "bool") {
    out.domain = FilterDomain::kBool;
    out.constant.kind = Datum::Kind::kBool;
    out.constant.boolean = text == "true";
    if (text != "true" && text != "false") return bad();
  } else {
    return InvalidArgument(fmt::format(
        "unknown type of a constant '{}': string, int, double or bool is expected", type));
  }
  return out;
}

Result<FilterOperand> Constant(const std::string& text, std::string_view type) {
  if (!type.empty()) return TypedConstant(text, type);
  FilterOperand out;
  out.constant.kind = Datum::Kind::kString;
  out.constant.owned = text;
  return out;
}

Status CheckWord(const FilterOperand& field, const std::string& text) {
  const auto literal = NamedLiteral(text);
  const auto wanted =
      field.domain == FilterDomain::kKindWord ? Literal::Kind::kSpanKind : Literal::Kind::kStatus;
  if (literal.has_value() && literal->kind == wanted) return base::OkStatus();
  return InvalidArgument(
      fmt::format("'{}' is no {}: {} is expected", text, field.name,
                  wanted == Literal::Kind::kStatus
                      ? "unset, ok or error"
                      : "unspecified, internal, server, client, producer or consumer"));
}

// Reads a constant as what the field beside it holds.
Status Resolve(const FilterOperand& field, FilterOperand& constant) {
  if (field.kind != FilterOperand::Kind::kField) return base::OkStatus();
  const FilterDomain domain = field.domain;
  const bool texty = domain == FilterDomain::kText || IsWord(domain);
  if (constant.typed && !(texty && constant.domain == FilterDomain::kText)) {
    return InvalidArgument(fmt::format("field {}.{} holds {}, not {}", NameOf(field.level),
                                       field.name, DomainName(domain),
                                       DomainName(constant.domain)));
  }
  const std::string text = constant.constant.owned;
  if (IsWord(domain)) RETURN_IF_ERROR(CheckWord(field, text));
  if (domain == FilterDomain::kDuration || domain == FilterDomain::kTime) {
    const auto parsed =
        domain == FilterDomain::kDuration ? ParseDuration(text) : ParseRfc3339(text);
    if (!parsed.ok()) {
      return parsed.status().WithContext(
          fmt::format("field {}.{} holds {}", NameOf(field.level), field.name, DomainName(domain)));
    }
    constant.constant = Datum();
    constant.constant.kind = Datum::Kind::kInt;
    constant.constant.integer = *parsed;
  }
  if (field.field == FilterField::kTraceId) {
    if (const auto id = trace::TraceIdFromHex(text)) constant.constant.owned = trace::ToHex(*id);
  }
  constant.typed = true;
  constant.domain = domain;
  return base::OkStatus();
}

bool IsReference(const FilterTerm& term) {
  return term.kind == Kind::kAttribute || term.kind == Kind::kField;
}

class Checker {
 public:
  Result<FilterNode> Check(const FilterTerm& term, int depth) {
    if (depth > kFilterDepthMax)
      return InvalidArgument(
          fmt::format("filter nests calls too deep: at most {}", kFilterDepthMax));
    if (term.kind != Kind::kCall)
      return InvalidArgument(fmt::format("a call is expected, not {}", TermName(term)));
    const auto op = FilterOpOf(term.name);
    if (!op.has_value())
      return InvalidArgument(fmt::format("unknown filter operator '{}'", term.name));
    terms_ += 1 + term.args.size();
    if (terms_ > kFilterTermsMax)
      return InvalidArgument(fmt::format("filter is too large: at most {} terms", kFilterTermsMax));
    FilterNode node{.op = *op};
    RETURN_IF_ERROR(Fill(term, depth, node));
    return node;
  }

 private:
  Status Fill(const FilterTerm& term, int depth, FilterNode& node) {
    switch (node.op) {
      case FilterOp::kAnd:
      case FilterOp::kOr:
      case FilterOp::kNot:
        return FillLogic(term, depth, node);
      case FilterOp::kSome:
        return FillSome(term, depth, node);
      case FilterOp::kExists: {
        RETURN_IF_ERROR(Arity(term, 1));
        return AddReference(term, node);
      }
      case FilterOp::kRegex:
        return FillRegex(term, node);
      case FilterOp::kIn:
      case FilterOp::kNotIn:
        return FillMembership(term, node);
      default:
        return FillComparison(term, node);
    }
  }

  static Status Arity(const FilterTerm& term, size_t count) {
    if (term.args.size() == count) return base::OkStatus();
    return InvalidArgument(fmt::format("operator '{}' takes {} argument{}, got {}", term.name,
                                       count, count == 1 ? "" : "s", term.args.size()));
  }

  Status FillLogic(const FilterTerm& term, int depth, FilterNode& node) {
    if (node.op == FilterOp::kNot) {
      RETURN_IF_ERROR(Arity(term, 1));
    } else if (term.args.size() < 2) {
      return InvalidArgument(fmt::format("operator '{}' takes at least two arguments, got {}",
                                         term.name, term.args.size()));
    }
    for (const FilterTerm& arg : term.args) {
      auto checked = Check(arg, depth + 1);
      if (!checked.ok()) return checked.status().WithContext("in " + term.name);
      node.args.push_back(*std::move(checked));
    }
    return base::OkStatus();
  }

  Status FillSome(const FilterTerm& term, int depth, FilterNode& node) {
    RETURN_IF_ERROR(Arity(term, 2));
    if (term.args[0].kind != Kind::kNested) {
      return InvalidArgument(
          fmt::format("operator 'some' takes a collection as its first argument, got {}",
                      TermName(term.args[0])));
    }
    ASSIGN_OR_RETURN(node.collection, LevelOf(term.args[0]));
    if (node.collection != FilterLevel::kEvent && node.collection != FilterLevel::kLink)
      return InvalidArgument("operator 'some' goes over events or links, not level '" +
                             term.args[0].level + "'");
    bool& bound = node.collection == FilterLevel::kEvent ? event_bound_ : link_bound_;
    if (bound)
      return InvalidArgument("operator 'some' is in another one over the same level: '" +
                             term.args[0].level + "'");
    bound = true;
    auto checked = Check(term.args[1], depth + 1);
    bound = false;
    if (!checked.ok()) return checked.status().WithContext("in some");
    node.args.push_back(*std::move(checked));
    return base::OkStatus();
  }

  static Status AddReference(const FilterTerm& term, FilterNode& node) {
    if (!IsReference(term.args[0])) {
      return InvalidArgument(
          fmt::format("operator '{}' takes an attribute or a field as its first argument, got {}",
                      term.name, TermName(term.args[0])));
    }
    ASSIGN_OR_RETURN(FilterOperand operand, Reference(term.args[0]));
    node.operands.push_back(std::move(operand));
    return base::OkStatus();
  }

  static Status FillRegex(const FilterTerm& term, FilterNode& node) {
    RETURN_IF_ERROR(Arity(term, 2));
    RETURN_IF_ERROR(AddReference(term, node));
    const FilterDomain domain = node.operands[0].domain;
    if (domain == FilterDomain::kDuration || domain == FilterDomain::kTime)
      return InvalidArgument(fmt::format("operator 'regex' matches text, and {} holds {}",
                                         term.args[0].name, DomainName(domain)));
    const FilterTerm& pattern = term.args[1];
    if (pattern.kind != Kind::kScalar || (!pattern.type.empty() && pattern.type != "string")) {
      return InvalidArgument(fmt::format(
          "operator 'regex' takes a constant string as its pattern, got {}", TermName(pattern)));
    }
    ASSIGN_OR_RETURN(FilterOperand text, Constant(ScalarText(pattern), "string"));
    ASSIGN_OR_RETURN(node.regex, Regex::Compile(text.constant.owned));
    node.operands.push_back(std::move(text));
    return base::OkStatus();
  }

  Status FillMembership(const FilterTerm& term, FilterNode& node) {
    RETURN_IF_ERROR(Arity(term, 2));
    RETURN_IF_ERROR(AddReference(term, node));
    const FilterTerm& list = term.args[1];
    if (list.kind != Kind::kList || list.values.empty()) {
      return InvalidArgument(fmt::format(
          "operator '{}' takes a list with at least one element as its second argument, got {}",
          term.name, list.kind == Kind::kList ? "an empty one" : TermName(list)));
    }
    if (terms_ += list.values.size(); terms_ > kFilterTermsMax)
      return InvalidArgument(fmt::format("filter is too large: at most {} terms", kFilterTermsMax));
    for (const std::string& value : list.values) {
      ASSIGN_OR_RETURN(FilterOperand constant, Constant(value, list.type));
      RETURN_IF_ERROR(Resolve(node.operands[0], constant));
      node.operands.push_back(std::move(constant));
    }
    return base::OkStatus();
  }

  static Result<FilterOperand> Side(const FilterTerm& term, const std::string& op) {
    if (IsReference(term)) return Reference(term);
    if (term.kind == Kind::kScalar) return Constant(ScalarText(term), term.type);
    return InvalidArgument(fmt::format(
        "operator '{}' compares attributes, fields and scalars, got {}", op, TermName(term)));
  }

  static Status FillComparison(const FilterTerm& term, FilterNode& node) {
    RETURN_IF_ERROR(Arity(term, 2));
    ASSIGN_OR_RETURN(FilterOperand left, Side(term.args[0], term.name));
    ASSIGN_OR_RETURN(FilterOperand right, Side(term.args[1], term.name));
    const auto rank = [](const FilterOperand& operand) {
      if (operand.kind != FilterOperand::Kind::kConstant) return 0;
      return operand.typed ? 1 : 2;
    };
    if (rank(left) > rank(right)) {
      std::swap(left, right);
      node.op = Turned(node.op);
    }
    if (right.kind == FilterOperand::Kind::kConstant) RETURN_IF_ERROR(Resolve(left, right));
    RETURN_IF_ERROR(CheckDomains(term.name, node.op, left, right));
    node.operands.push_back(std::move(left));
    node.operands.push_back(std::move(right));
    return base::OkStatus();
  }

  static FilterOp Turned(FilterOp op) {
    switch (op) {
      case FilterOp::kGt:
        return FilterOp::kLt;
      case FilterOp::kLt:
        return FilterOp::kGt;
      case FilterOp::kGte:
        return FilterOp::kLte;
      case FilterOp::kLte:
        return FilterOp::kGte;
      default:
        return op;
    }
  }

  static Status CheckDomains(const std::string& name, FilterOp op, const FilterOperand& left,
                             const FilterOperand& right) {
    const auto text_like = [](FilterDomain d) { return IsWord(d) ? FilterDomain::kText : d; };
    const FilterDomain a = text_like(left.domain), b = text_like(right.domain);
    if (a != b && a != FilterDomain::kAnything && b != FilterDomain::kAnything)
      return InvalidArgument(fmt::format("operator '{}' compares {} with {}", name,
                                         DomainName(left.domain), DomainName(right.domain)));
    if (op == FilterOp::kEq || op == FilterOp::kNe) return base::OkStatus();
    for (const FilterDomain domain : {left.domain, right.domain}) {
      if (IsWord(domain) || domain == FilterDomain::kBool)
        return InvalidArgument(
            fmt::format("operator '{}' has no order for {}", name, DomainName(domain)));
    }
    return base::OkStatus();
  }

  size_t terms_ = 0;
  bool event_bound_ = false;
  bool link_bound_ = false;
};

}  // namespace

Result<FilterNode> CheckFilter(const FilterTerm& call) { return Checker().Check(call, 1); }

}  // namespace awry::query
