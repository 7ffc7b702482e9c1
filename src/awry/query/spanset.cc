// Spansets as one flag a span; structural operators go over the trace level by level.
#include <algorithm>

#include "awry/query/evaluator.h"

namespace awry::query {
namespace {

using Flags = std::vector<bool>;

bool Any(const Flags& flags) { return std::ranges::find(flags, true) != flags.end(); }

Flags ChildrenOf(const Topology& topology, const Flags& of) {
  Flags out(of.size());
  for (size_t i = 0; i < of.size(); ++i) {
    const size_t parent = topology.parent(i);
    out[i] = parent != kNone && of[parent];
  }
  return out;
}

Flags DescendantsOf(const Topology& topology, const Flags& of) {
  Flags out(of.size());
  for (const size_t i : topology.by_level()) {
    const size_t parent = topology.parent(i);
    out[i] = parent != kNone && (of[parent] || out[parent]);
  }
  return out;
}

Flags ParentsOf(const Topology& topology, const Flags& of) {
  Flags out(of.size());
  for (size_t i = 0; i < of.size(); ++i) {
    const size_t parent = topology.parent(i);
    if (of[i] && parent != kNone) out[parent] = true;
  }
  return out;
}

Flags AncestorsOf(const Topology& topology, const Flags& of) {
  Flags out(of.size());
  const auto& levels = topology.by_level();
  for (auto i = levels.rbegin(); i != levels.rend(); ++i) {
    const size_t parent = topology.parent(*i);
    if (parent != kNone && (of[*i] || out[*i])) out[parent] = true;
  }
  return out;
}

Flags SiblingsOf(const Topology& topology, const Flags& of) {
  Flags out(of.size());
  for (size_t i = 0; i < of.size(); ++i) {
    const auto& children = topology.children(i);
    const auto count = std::ranges::count_if(children, [&](size_t child) { return of[child]; });
    for (const size_t child : children) out[child] = count > (of[child] ? 1 : 0);
  }
  return out;
}

Flags RelatedTo(const Topology& topology, SpansetOp op, const Flags& left) {
  switch (op) {
    case SpansetOp::kChild:
      return ChildrenOf(topology, left);
    case SpansetOp::kDescendant:
      return DescendantsOf(topology, left);
    case SpansetOp::kParent:
      return ParentsOf(topology, left);
    case SpansetOp::kAncestor:
      return AncestorsOf(topology, left);
    default:
      return SiblingsOf(topology, left);
  }
}

Flags Filtered(Evaluator& evaluator, const Spanset& set) {
  Flags out(evaluator.trace().spans.size(), true);
  if (!set.filter.has_value()) return out;
  for (size_t i = 0; i < out.size(); ++i) out[i] = evaluator.Holds(*set.filter, i);
  return out;
}

void Unite(Flags& into, const Flags& more) {
  for (size_t i = 0; i < into.size(); ++i) into[i] = into[i] || more[i];
}

Flags AllOf(Evaluator& evaluator, const Spanset& set) {
  Flags out(evaluator.trace().spans.size());
  for (const Spanset& arg : set.args) {
    const Flags flags = Select(evaluator, arg);
    if (!Any(flags)) return Flags(out.size());
    Unite(out, flags);
  }
  return out;
}

Flags AnyOf(Evaluator& evaluator, const Spanset& set) {
  Flags out(evaluator.trace().spans.size());
  for (const Spanset& arg : set.args) Unite(out, Select(evaluator, arg));
  return out;
}

Flags NoneOf(Evaluator& evaluator, const Spanset& set) {
  Flags out(evaluator.trace().spans.size());
  if (!Any(Select(evaluator, set.args[0]))) out[evaluator.root()] = true;
  return out;
}

Flags Structural(Evaluator& evaluator, const Spanset& set) {
  Flags right = Select(evaluator, set.args[1]);
  if (!Any(right)) return right;
  const Flags related = RelatedTo(evaluator.topology(), set.op, Select(evaluator, set.args[0]));
  for (size_t i = 0; i < right.size(); ++i) right[i] = right[i] && related[i] != set.negated;
  return right;
}

}  // namespace

std::vector<bool> Select(Evaluator& evaluator, const Spanset& set) {
  switch (set.op) {
    case SpansetOp::kFilter:
      return Filtered(evaluator, set);
    case SpansetOp::kAnd:
      return AllOf(evaluator, set);
    case SpansetOp::kOr:
      return AnyOf(evaluator, set);
    case SpansetOp::kNot:
      return NoneOf(evaluator, set);
    default:
      return Structural(evaluator, set);
  }
}

}  // namespace awry::query
