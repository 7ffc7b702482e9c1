#include "awry/why/seldom_called.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <string>

#include "awry/why/oddness.h"
#include "awry/why/rank_scan.h"
#include "awry/why/service_time.h"
#include "awry/why/slow_service.h"
#include "awry/why/statistics.h"

namespace awry::why {
namespace {

constexpr double kTestsOfService = 4;
constexpr double kSlower = 1.6;       // times the usual
constexpr double kOwnLogP = -4.6;     // 0.01
constexpr double kWithMin = 2;        // cases
constexpr double kOddsLowerMin = 3;
constexpr double kOddShareMin = 0.6;  // of the service's odd cases: what they have in common

std::vector<double> Among(const std::vector<double>& values, const Bits& rows) {
  std::vector<double> out;
  rows.ForEach([&](size_t i) { if (!std::isnan(values[i])) out.push_back(values[i]); });
  return out;
}

class Search {
 public:
  Search(const Corpus& corpus, const std::vector<Fact>& facts, const Groups& groups, const std::function<bool(uint32_t)>& may_lead)
      : corpus_(corpus), facts_(facts), groups_(groups), may_lead_(may_lead), everyone_(groups.cases) {
    everyone_ |= groups.controls;
  }

  std::optional<SeldomCalled> Run() {
    std::map<std::string, Bits> services;
    for (const SpanClass& span_class : corpus_.classes()) {
      const auto [place, added] = services.emplace(span_class.ref.service, span_class.present);
      if (!added) place->second |= span_class.present;
    }
    log_tests_ = std::log(kTestsOfService * static_cast<double>(services.size()));
    for (const auto& [service, called] : services) {
      const size_t cases = CountAnd(called, groups_.cases);
      if (cases < static_cast<size_t>(kWithMin) || cases > kSeldomMax) continue;
      AskTimes(service);
      AskOddness(service);
    }
    return WhereItBegins();
  }

 private:
  struct Candidate {
    std::string service;
    SeldomCalled named;
    bool own = false;  // what the service itself does, not the ways to it and from it
  };

  bool Passes(uint32_t f) const {
    const Table table = TableOf(facts_[f], groups_);
    return table.a >= kWithMin && OddsRatioOf(table).ci.lo >= kOddsLowerMin && may_lead_(f);
  }

  RankScan Scan(const std::vector<double>& values, double from) const {
    return ScanRanks(Among(values, groups_.cases), Among(values, groups_.controls), from);
  }

  // Its steps, the ways to it, and both with the ways from it.
  void AskTimes(const std::string& service) {
    double least = Scan(ServiceSlowness(corpus_, groups_, service), kSlower).log_p;
    uint32_t told = kNoText;
    bool own = false;
    for (uint32_t f = 0; f < facts_.size(); ++f) {
      const Fact& fact = facts_[f];
      if (fact.kind != FactKind::kSlowSteps && fact.kind != FactKind::kSlowCalls) continue;
      if (corpus_.classes()[fact.span_class].ref.service != service || !Passes(f)) continue;
      least = std::min(least, fact.log_p_exact);
      own |= fact.kind == FactKind::kSlowSteps && fact.log_p_exact <= kOwnLogP;
      if (told == kNoText || fact.log_p_exact < facts_[told].log_p_exact) told = f;
    }
    if (told != kNoText) AddIfSure(service, told, least, own);
  }

  void AskOddness(const std::string& service) {
    const std::vector<double> odd = OddnessOf(corpus_, service, everyone_);
    const RankScan scan = Scan(odd, 0);
    if (scan.log_p + log_tests_ > kSeldomLogP) return;
    Bits odd_cases(corpus_.size());
    groups_.cases.ForEach([&](size_t i) { if (odd[i] >= scan.threshold) odd_cases.Set(i); });
    if (const uint32_t f = WhatIsOdd(service, odd_cases); f != kNoText) AddIfSure(service, f, scan.log_p, true);
  }

  void AddIfSure(const std::string& service, uint32_t fact, double log_p, bool own) {
    const double corrected = std::min(0.0, log_p + log_tests_);
    if (corrected <= kSeldomLogP) candidates_.push_back({.service = service, .named = {.fact = fact, .log_p_corrected = corrected}, .own = own});
  }

  // The fact of the service, no time, that tells best and that most of the odd cases have in common.
  uint32_t WhatIsOdd(const std::string& service, const Bits& odd_cases) const {
    uint32_t out = kNoText;
    double least = 0;
    for (uint32_t f = 0; f < facts_.size(); ++f) {
      const Fact& fact = facts_[f];
      if (corpus_.classes()[fact.span_class].ref.service != service || IsSlow(corpus_, fact) || fact.kind == FactKind::kRelation) continue;
      if (static_cast<double>(CountAnd(fact.with, odd_cases)) < kOddShareMin * static_cast<double>(odd_cases.Count())) continue;
      const double log_p = LogPValueCommonerInWrong(TableOf(fact, groups_));
      if (log_p >= least || !Passes(f)) continue;
      least = log_p;
      out = f;
    }
    return out;
  }

  // From the likeliest on: what a service does otherwise makes its callers do otherwise; a way that is slow is its
  // caller's when the caller's own steps are slow and the callee's are not.
  std::optional<SeldomCalled> WhereItBegins() const {
    if (candidates_.empty()) return std::nullopt;
    const Candidate* found = &*std::ranges::min_element(candidates_, {}, [](const Candidate& c) { return c.named.log_p_corrected; });
    for (size_t steps = 0; steps < candidates_.size(); ++steps) {
      const auto next = std::ranges::find_if(candidates_, [&](const Candidate& c) {
        if (c.service == found->service || !c.own) return false;
        return found->own ? Calls(corpus_, found->service, c.service) : Calls(corpus_, c.service, found->service);
      });
      if (next == candidates_.end()) break;
      found = &*next;
    }
    return found->named;
  }

  const Corpus& corpus_;
  const std::vector<Fact>& facts_;
  const Groups& groups_;
  const std::function<bool(uint32_t)>& may_lead_;
  Bits everyone_;
  double log_tests_ = 0;
  std::vector<Candidate> candidates_;
};

}  // namespace

std::optional<SeldomCalled> SeldomCalledAtFault(const Corpus& corpus, const std::vector<Fact>& facts, const Groups& groups,
                                                const std::function<bool(uint32_t)>& may_lead) {
  return Search(corpus, facts, groups, may_lead).Run();
}

}  // namespace awry::why
