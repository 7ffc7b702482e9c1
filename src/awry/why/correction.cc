// What is true of a whole service, and which spans are there, are families of their own, far smaller than the one of
// all values; relations depend on each other through shared attributes: Yekutieli's correction for them.
#include "awry/why/correction.h"

#include <algorithm>
#include <set>
#include <string_view>

#include "awry/why/statistics.h"

namespace awry::why {
namespace {

constexpr size_t kFactsOfSpan = 4;     // there, missing, too often or seldom, in error
constexpr size_t kFactsOfService = 2;  // its steps, the ways to it

enum Family { kPlain, kRelated, kOfService, kSpans, kFamilies };

Family FamilyOf(const Fact& fact) {
  switch (fact.kind) {
    case FactKind::kRelation: return kRelated;
    case FactKind::kSlowSteps:
    case FactKind::kSlowCalls: return kOfService;
    case FactKind::kSpanMissing:
    case FactKind::kSpanPresent:
    case FactKind::kSpanCount:
    case FactKind::kSpanError: return kSpans;
    default: return kPlain;
  }
}

size_t ServicesOf(const Corpus& corpus) {
  std::set<std::string_view> names;
  for (const SpanClass& span_class : corpus.classes()) names.insert(span_class.ref.service);
  return names.size();
}

}  // namespace

void CorrectForAllTried(const Corpus& corpus, const Facts& facts, size_t relations, std::vector<Scored>& scored) {
  std::vector<double> log_p[kFamilies];
  for (const Scored& s : scored) log_p[FamilyOf(facts.facts[s.fact])].push_back(s.log_p);
  log_p[kPlain] = BenjaminiHochberg(log_p[kPlain], facts.tried - std::min(facts.tried, relations));
  log_p[kRelated] = BenjaminiYekutieli(log_p[kRelated], relations);
  log_p[kOfService] = BenjaminiHochberg(log_p[kOfService], ServicesOf(corpus) * kFactsOfService);
  log_p[kSpans] = BenjaminiHochberg(log_p[kSpans], corpus.classes().size() * kFactsOfSpan);
  size_t next[kFamilies] = {};
  for (Scored& s : scored) {
    const Family family = FamilyOf(facts.facts[s.fact]);
    s.log_p_corrected = log_p[family][next[family]++];
  }
}

}  // namespace awry::why
