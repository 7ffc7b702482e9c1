// Runs the stages of a pipeline: groups of spans, of which each stage keeps, cuts or divides some.
#include <algorithm>
#include <map>

#include "awry/query/datum.h"
#include "awry/query/evaluator.h"
#include "awry/query/query.h"

namespace awry::query {
namespace {

using Group = std::vector<size_t>;  // indexes of spans, ascending

Group Indexes(const std::vector<bool>& flags) {
  Group out;
  for (size_t i = 0; i < flags.size(); ++i) {
    if (flags[i]) out.push_back(i);
  }
  return out;
}

// Sum of the values of all spans as it grows; ints stay exact until they overflow.
std::optional<Datum> Fold(AggregateFn fn, const std::vector<Datum>& numbers) {
  if (numbers.empty()) return std::nullopt;
  Datum out = numbers.front();
  for (size_t i = 1; i < numbers.size(); ++i) {
    const Datum& next = numbers[i];
    if (fn == AggregateFn::kMin) {
      if (Compares(Op::kLt, next, out)) out = next;
    } else if (fn == AggregateFn::kMax) {
      if (Compares(Op::kGt, next, out)) out = next;
    } else {
      const auto sum = Calculate(Op::kAdd, out, next);
      if (!sum.has_value()) return std::nullopt;
      out = *sum;
    }
  }
  if (fn != AggregateFn::kAvg) return out;
  Datum count;
  count.kind = Datum::Kind::kDouble;
  count.real = static_cast<double>(numbers.size());
  return Calculate(Op::kDiv, out, count);
}

std::optional<Datum> ValueOf(Evaluator& evaluator, const Scalar& scalar, const Group& group) {
  if (scalar.is_constant) return DatumOf(scalar.constant);
  if (scalar.fn == AggregateFn::kCount) {
    Datum count;
    count.kind = Datum::Kind::kInt;
    count.integer = static_cast<int64_t>(group.size());
    return count;
  }
  std::vector<Datum> numbers;
  for (const size_t span : group) {
    for (Datum& datum : evaluator.Values(*scalar.of, span)) {
      if (datum.is_number()) numbers.push_back(std::move(datum));
    }
  }
  return Fold(scalar.fn, numbers);
}

bool Keeps(Evaluator& evaluator, const Stage& stage, const Group& group) {
  const auto left = ValueOf(evaluator, stage.left, group);
  const auto right = ValueOf(evaluator, stage.right, group);
  return left.has_value() && right.has_value() && Compares(stage.op, *left, *right);
}

// One group per value; spans without a value form a group of their own.
void Divide(Evaluator& evaluator, const Expr& by, const Group& group, std::vector<Group>& out) {
  std::map<std::pair<bool, std::string>, Group> parts;
  for (const size_t span : group) {
    const Data values = evaluator.Values(by, span);
    parts[values.empty() ? std::pair(false, std::string())
                         : std::pair(true, TextOf(values.front()))]
        .push_back(span);
  }
  for (auto& [value, part] : parts) out.push_back(std::move(part));
}

std::vector<Group> Run(Evaluator& evaluator, const Stage& stage, std::vector<Group> groups) {
  std::vector<Group> out;
  switch (stage.kind) {
    case Stage::Kind::kSelect:
      return groups;
    case Stage::Kind::kCompare:
      std::erase_if(groups, [&](const Group& group) { return !Keeps(evaluator, stage, group); });
      return groups;
    case Stage::Kind::kBy:
      for (const Group& group : groups) Divide(evaluator, stage.by, group, out);
      return out;
    case Stage::Kind::kSpanset:
      break;
  }
  const std::vector<bool> selected = Select(evaluator, stage.spanset);
  for (Group& group : groups) {
    std::erase_if(group, [&](size_t span) { return !selected[span]; });
    if (!group.empty()) out.push_back(std::move(group));
  }
  return out;
}

}  // namespace

std::vector<size_t> Match(const Query& query, const trace::Trace& trace, Labels labels) {
  if (trace.spans.empty()) return {};
  Evaluator evaluator(trace, labels);
  Group matched = Indexes(Select(evaluator, query.pipeline().source));
  if (matched.empty() || query.pipeline().stages.empty()) return matched;
  std::vector<Group> groups{std::move(matched)};
  for (const Stage& stage : query.pipeline().stages) {
    groups = Run(evaluator, stage, std::move(groups));
    if (groups.empty()) return {};
  }
  Group all;
  for (const Group& group : groups) all.insert(all.end(), group.begin(), group.end());
  std::ranges::sort(all);
  all.erase(std::unique(all.begin(), all.end()), all.end());
  return all;
}

}  // namespace awry::query
