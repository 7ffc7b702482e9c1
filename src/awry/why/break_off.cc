#include "awry/why/break_off.h"

#include <algorithm>

namespace awry::why {
namespace {

constexpr double kCallerThere = 0.2;  // of the cases that lack a span: in so many its caller ran, so that it is the caller's
constexpr size_t kDepthMax = 64;

// The class itself, or one that runs within it.
bool IsBelow(const Corpus& corpus, uint32_t span_class, uint32_t top) {
  for (size_t depth = 0; span_class != kNoText && depth < kDepthMax; ++depth) {
    if (span_class == top) return true;
    span_class = corpus.classes()[span_class].parent;
  }
  return false;
}

}  // namespace

uint32_t TopmostMissing(const Corpus& corpus, const Fact& missing, const Bits& cases) {
  const auto& classes = corpus.classes();
  const Bits met = And(missing.with, cases);
  uint32_t topmost = missing.span_class;
  for (uint32_t above = classes[topmost].parent; above != kNoText; above = classes[above].parent) {
    if (static_cast<double>(CountAnd(classes[above].present, met)) > kCallerThere * static_cast<double>(met.Count())) break;
    topmost = above;
  }
  return topmost;
}

uint32_t WhoBrokeOff(const Corpus& corpus, uint32_t called, const std::vector<uint32_t>& odd) {
  const auto& classes = corpus.classes();
  const uint32_t caller = classes[called].parent;
  if (caller == kNoText || classes[caller].ref.service == classes[called].ref.service) return called;
  const bool has_steps = std::ranges::any_of(classes, [&](const SpanClass& c) { return c.parent == called; });
  const bool did_other = std::ranges::any_of(odd, [&](uint32_t c) { return IsBelow(corpus, c, called); });
  return has_steps && !did_other ? caller : called;
}

}  // namespace awry::why
