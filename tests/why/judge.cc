#include "judge.h"

#include <algorithm>
#include <array>
#include <string_view>

#include <fmt/format.h>

#include "awry/why/statistics.h"

namespace awry::made {
namespace {

constexpr std::array<std::string_view, 9> kStructural{"structure", "missing_span", "extra_span", "span_count", "presence",
                                                      "absence", "repeat", "duplicate", "order"};
constexpr size_t kAttributesMax = 4;

bool Contains(const std::vector<std::string>& list, std::string_view item) {
  return std::find(list.begin(), list.end(), item) != list.end();
}

bool ServiceFits(const Culprit& culprit, const why::SpanRef& ref) {
  return culprit.place.service == "*" || culprit.place.service == ref.service;
}
bool SpanFits(const Culprit& culprit, const why::SpanRef& ref) {
  return ServiceFits(culprit, ref) && (culprit.place.span == "*" || culprit.place.span == ref.name);
}

bool AttributesFit(const Culprit& culprit, const why::Cause& cause) {
  const size_t count = std::min(cause.attributes.size(), kAttributesMax);
  if (count == 0) {
    const bool structural = Contains(culprit.any, "@present") || Contains(culprit.any, "@count") || Contains(culprit.any, "@order");
    return structural && std::find(kStructural.begin(), kStructural.end(), cause.kind) != kStructural.end();
  }
  size_t fine = 0;
  bool any = false;
  for (size_t k = 0; k < count; ++k) {
    const bool right = Contains(culprit.any, cause.attributes[k]);
    any |= right;
    fine += right || Contains(culprit.ok, cause.attributes[k]) ? 1 : 0;
  }
  return any && 2 * fine >= count;
}

}  // namespace

Verdict Judge(const std::vector<Culprit>& culprits, const std::vector<why::Cause>& causes) {
  Verdict out;
  for (const why::Cause& cause : causes) {
    if (cause.kind == "context") continue;
    const size_t rank = ++out.named;
    for (const Culprit& culprit : culprits) {
      std::vector<why::SpanRef> refs{cause.span};
      if (cause.other_span) refs.push_back(*cause.other_span);
      const bool service = std::any_of(refs.begin(), refs.end(), [&](const auto& ref) { return ServiceFits(culprit, ref); });
      const bool span = std::any_of(refs.begin(), refs.end(), [&](const auto& ref) { return SpanFits(culprit, ref); });
      if (service && out.service == 0) out.service = rank;
      if (span && out.span == 0) out.span = rank;
      if (span && out.attribute == 0 && AttributesFit(culprit, cause)) out.attribute = rank;
    }
  }
  return out;
}

std::string ShareText(size_t with, size_t of) {
  const why::Interval ci = why::ClopperPearson(with, of);
  return fmt::format("{} of {} ({:.1f} %, 95 %: {:.1f}–{:.1f} %)", with, of, of == 0 ? 0 : 100.0 * static_cast<double>(with) / static_cast<double>(of),
                     100 * ci.lo, 100 * ci.hi);
}

}  // namespace awry::made
