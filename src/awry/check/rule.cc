// A check is turned into queries: one that tells to which traces it applies, and one that finds what
// violates it (or, where absence violates it, one that must match).
#include "awry/check/rule.h"

#include <fmt/format.h>

#include <set>

#include "awry/check/rule_parts.h"
#include "awry/query/ast.h"

namespace awry::check {

using query::Expr;
using query::Pipeline;
using query::Query;
using query::Spanset;
using query::SpansetOp;
using query::Stage;

namespace {

Query Braces(Expr condition) {
  Spanset set;
  set.filter = std::move(condition);
  return Query(Pipeline{.source = std::move(set), .stages = {}});
}

// Whether there is one pair of braces and nothing that counts or groups.
bool IsOnePair(const Pipeline& pipeline) {
  for (const Stage& stage : pipeline.stages) {
    if (stage.kind != Stage::Kind::kSelect) return false;
  }
  return pipeline.source.op == SpansetOp::kFilter && pipeline.source.filter.has_value();
}

// Where the attributes that each pair of braces compares are there. None: everywhere.
std::optional<Spanset> WhereTold(const Spanset& set) {
  if (set.op == SpansetOp::kNot) return std::nullopt;  // nothing there satisfies it as well
  if (set.op == SpansetOp::kFilter) {
    auto presence = set.filter.has_value() ? PresenceFor(*set.filter) : std::nullopt;
    if (!presence.has_value()) return std::nullopt;
    Spanset out;
    out.filter = *std::move(presence);
    return out;
  }
  std::optional<Spanset> out;
  for (const Spanset& arg : set.args) {
    std::optional<Spanset> part = WhereTold(arg);
    if (!part.has_value()) {
      if (set.op == SpansetOp::kOr) return std::nullopt;
      continue;
    }
    if (!out.has_value()) {
      out = std::move(part);
      continue;
    }
    Spanset both;
    both.op = set.op == SpansetOp::kOr ? SpansetOp::kOr : SpansetOp::kAnd;
    both.args = {*std::move(out), *std::move(part)};
    out = std::move(both);
  }
  return out;
}

void CollectFieldsOf(const Spanset& set, std::vector<query::Field>& out) {
  if (set.filter.has_value()) CollectFields(*set.filter, out);
  for (const Spanset& arg : set.args) CollectFieldsOf(arg, out);
}

bool HasStagesThatCount(const Pipeline& pipeline) {
  for (const Stage& stage : pipeline.stages) {
    if (stage.kind != Stage::Kind::kSelect) return true;
  }
  return false;
}

std::string NotFound(const Pipeline& pipeline) {
  if (HasStagesThatCount(pipeline)) return "";
  Spanset none;
  none.op = SpansetOp::kNot;
  none.args = {pipeline.source};
  return Query(Pipeline{.source = std::move(none), .stages = {}}).ToText();
}

}  // namespace

void Rule::Prepare(const Query& parsed) {
  const Pipeline& pipeline = parsed.pipeline();
  uses_labels_ = parsed.uses_labels();
  CollectFieldsOf(pipeline.source, fields_);
  if (!IsOnePair(pipeline)) {
    if (auto told = WhereTold(pipeline.source)) applies_ = Query(Pipeline{.source = *std::move(told), .stages = {}});
    (check_.always ? required_ : finder_) = parsed;
    names_a_span_ = !check_.always && pipeline.source.op != SpansetOp::kNot;
    violation_query_ = check_.always ? NotFound(pipeline) : parsed.ToText();
    return;
  }
  const RuleParts parts = PartsOf(*pipeline.source.filter);
  span_name_ = NameOf(parts.selectors);
  const std::optional<Expr> claim = All(parts.claims);
  const bool presence_only = parts.selectors.empty() && claim.has_value() && TestsPresenceOnly(*claim);
  if (claim.has_value() && !presence_only) {
    std::vector<Expr> where = parts.selectors;
    if (auto presence = PresenceFor(*claim)) where.push_back(*std::move(presence));
    if (auto all = All(std::move(where))) applies_ = Braces(*std::move(all));
  }
  if (!check_.always) {
    finder_ = parsed;
    names_a_span_ = true;
    violation_query_ = parsed.ToText();
    return;
  }
  if (!claim.has_value() || presence_only) {
    required_ = parsed;
    violation_query_ = NotFound(pipeline);
    return;
  }
  Opposite opposite = OppositeOf(*claim);
  std::vector<Expr> violated = parts.selectors;
  if (auto presence = PresenceFor(*claim); presence.has_value() && opposite.needs_presence) {
    violated.push_back(*std::move(presence));
  }
  violated.push_back(std::move(opposite.expr));
  finder_ = Braces(*All(std::move(violated)));
  names_a_span_ = true;
  violation_query_ = finder_->ToText();
}

base::Result<Rule> Rule::Make(Check check, query::ParseError* error) {
  ASSIGN_OR_RETURN(const Query parsed, query::Parse(check.query, error));
  Rule rule;
  rule.check_ = std::move(check);
  rule.Prepare(parsed);
  return rule;
}

Judgement Rule::Judge(const trace::Trace& trace, query::Labels labels) const {
  Judgement out;
  if (finder_.has_value()) {
    const std::vector<size_t> matched = query::Match(*finder_, trace, labels);
    if (!matched.empty()) {
      out.applies = out.violated = true;
      if (names_a_span_) out.span = matched.front();
      return out;
    }
  }
  out.applies = !applies_.has_value() || !query::Match(*applies_, trace, labels).empty();
  if (out.applies && required_.has_value()) {
    out.violated = query::Match(*required_, trace, labels).empty();
  }
  return out;
}

namespace {

base::Status CheckLimits(const Check& check) {
  if (check.name.empty() || check.name.size() > kNameBytesMax)
    return base::InvalidArgument(fmt::format("a check's name must have 1 to {} bytes", kNameBytesMax));
  for (const char c : check.name) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F)
      return base::InvalidArgument("a check's name must not have control characters");
  }
  if (check.description.size() > kDescriptionBytesMax) {
    return base::InvalidArgument(fmt::format("a check's description must have at most {} bytes",
                                             kDescriptionBytesMax));
  }
  return base::OkStatus();
}

base::Status Placed(const base::Status& status, const PlacedCheck& placed) {
  const std::string context =
      placed.line == 0 ? fmt::format("check '{}'", placed.check.name)
                       : fmt::format("check '{}' (line {})", placed.check.name, placed.line);
  return status.WithContext(context);
}

}  // namespace

base::Result<std::shared_ptr<const RuleSet>> RuleSet::Make(const std::vector<PlacedCheck>& checks,
                                                           Problem* problem) {
  if (checks.size() > kChecksMax) {
    return base::ResourceExhausted(
        fmt::format("too many checks: {}, at most {}", checks.size(), kChecksMax));
  }
  auto set = std::make_shared<RuleSet>();
  std::set<std::string_view> names;
  for (const PlacedCheck& placed : checks) {
    Problem at{.line = placed.line, .column = placed.column, .check = placed.check.name};
    base::Status status = CheckLimits(placed.check);
    if (status.ok() && !names.insert(placed.check.name).second)
      status = base::InvalidArgument("another check has this name");
    if (status.ok()) {
      query::ParseError error;
      auto rule = Rule::Make(placed.check, &error);
      if (rule.ok()) {
        set->rules_.push_back(*std::move(rule));
        continue;
      }
      status = rule.status();
      at.query_column = error.column;
      at.expected = error.expected;
      at.found = error.found;
    }
    if (problem != nullptr) *problem = std::move(at);
    return Placed(status, placed);
  }
  return std::shared_ptr<const RuleSet>(std::move(set));
}

std::vector<Check> RuleSet::checks() const {
  std::vector<Check> out;
  for (const Rule& rule : rules_) out.push_back(rule.check());
  return out;
}

}  // namespace awry::check
