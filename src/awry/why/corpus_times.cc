// Times of spans, whole and in parts, and what comes after them.
#include <algorithm>
#include <cmath>
#include <set>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "awry/why/corpus.h"

namespace awry::why {

bool Corpus::CallsOnly(const trace::Span& span, const std::vector<const trace::Span*>& children) {
  return children.size() == 1 && children.front()->resource->service != span.resource->service;
}

// What a caller waits beyond its callee's work is the way there and back, and the queue: it is told of the
// callee, as callers often have one name for all that they call. Of several in a trace the longest counts.
void Corpus::PutGap(const trace::Span& span, const trace::Span& callee) {
  const uint32_t of = ClassIndex(callee.resource->service, callee.name);
  Column* column = of == kNoText ? nullptr : ColumnFor(of, "@gap", Origin::kDerived);
  if (column == nullptr) return;
  const double before = column->number.size() == size() ? column->number.back() : kNoNumber;
  const double gap = static_cast<double>(span.duration_ns() - callee.duration_ns()) / 1e6;
  PutNumber(*column, std::isnan(before) ? gap : std::max(before, gap));
}

// A request that breaks off does so at the last thing that it did: of a call that is what was called.
void Corpus::PutSequel(uint32_t span_class, const trace::Span& span, const Children& children,
                       const std::unordered_map<trace::SpanId, const trace::Span*>& by_id) {
  const auto siblings_of = [&](const trace::Span& of) -> const std::vector<const trace::Span*>* {
    const auto found = by_id.contains(of.parent_id) ? children.find(of.parent_id) : children.end();
    return found == children.end() ? nullptr : &found->second;
  };
  const auto below = children.find(span.span_id);
  if (below != children.end() && CallsOnly(span, below->second)) return;  // told of the callee
  const trace::Span* step = &span;
  const std::vector<const trace::Span*>* siblings = siblings_of(span);
  if (siblings != nullptr && siblings->size() == 1 && CallsOnly(*by_id.at(span.parent_id), *siblings)) {
    step = by_id.at(span.parent_id);
    siblings = siblings_of(*step);
  }
  if (siblings == nullptr) return;
  if (Column* column = ColumnFor(span_class, "@then", Origin::kDerived)) {
    const bool more = std::ranges::any_of(*siblings, [&](const trace::Span* other) { return other->start_ns > step->start_ns; });
    PutText(*column, more ? kGoesOn : kEnds);
  }
}

// `inside`: spans that run within `span`, by start.
void Corpus::PutOwnTime(uint32_t span_class, const trace::Span& span, const std::vector<const trace::Span*>& inside) {
  int64_t covered = 0, until = std::numeric_limits<int64_t>::min();
  for (const trace::Span* other : inside) {
    const int64_t from = std::max(other->start_ns, until);
    covered += std::max<int64_t>(0, other->end_ns - from);
    until = std::max(until, other->end_ns);
  }
  if (Column* column = ColumnFor(span_class, "@self", Origin::kDerived)) {
    PutNumber(*column, static_cast<double>(span.duration_ns() - covered) / 1e6);
  }
}

// `children`: of the span, by start.
void Corpus::PutTimes(uint32_t span_class, const trace::Span& span, const std::vector<const trace::Span*>& children) {
  std::set<std::string_view> names;
  for (const trace::Span* child : children) {
    if (child->status != trace::SpanStatus::kError) names.insert(child->name);
  }
  if (CallsOnly(span, children)) {
    ++classes_[span_class].calls;
  } else {
    PutOwnTime(span_class, span, children);
  }
  if (Column* column = ColumnFor(span_class, "@children", Origin::kDerived)) {
    PutText(*column, fmt::format("{}", fmt::join(names, ", ")));
  }
}

// A span without children waits for siblings of its process that start later and run within it: frameworks
// put what a handler calls beside the handler.
void Corpus::PutTimeBeside(uint32_t span_class, const trace::Span& span, const std::vector<const trace::Span*>& siblings) {
  std::vector<trace::Span> clipped;
  for (const trace::Span* other : siblings) {
    if (other->start_ns <= span.start_ns || other->start_ns >= span.end_ns || other->resource->service != span.resource->service) continue;
    clipped.push_back({.start_ns = other->start_ns, .end_ns = std::min(other->end_ns, span.end_ns)});
  }
  if (clipped.empty()) return;
  std::ranges::sort(clipped, {}, &trace::Span::start_ns);
  std::vector<const trace::Span*> inside;
  for (const trace::Span& part : clipped) inside.push_back(&part);
  PutOwnTime(span_class, span, inside);
}

}  // namespace awry::why
