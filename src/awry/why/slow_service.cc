#include "awry/why/slow_service.h"

#include <map>
#include <set>
#include <string>

namespace awry::why {
namespace {

constexpr double kOfCaller = 0.9;      // of several services, and
constexpr double kOfOneCaller = 0.4;   // of one: that one is more likely slow to reach

struct Tally {
  double g = 0;
  double best = 0;
  SlowService service;
  // A step of its own names the service better than a way to another one.
  void Add(const SlowPlace& place, bool is_caller, double part) {
    const double counted = part * place.g;
    g += counted;
    const bool better = service.is_caller == is_caller ? counted > best : service.is_caller;
    if (service.fact != kNoText && !better) return;
    best = counted;
    service = {.fact = place.fact, .is_caller = is_caller};
  }
};

}  // namespace

bool Calls(const Corpus& corpus, const std::string& caller, const std::string& callee) {
  constexpr size_t kDepthMax = 64;
  const auto& classes = corpus.classes();
  if (caller == callee) return false;
  for (const SpanClass& here : classes) {
    if (here.ref.service != callee) continue;
    uint32_t above = here.parent;
    for (size_t depth = 0; above != kNoText && depth < kDepthMax; ++depth, above = classes[above].parent) {
      if (classes[above].ref.service == caller) return true;
    }
  }
  return false;
}

bool IsSlow(const Corpus& corpus, const Fact& fact) {
  if (fact.kind == FactKind::kSlowSteps || fact.kind == FactKind::kSlowCalls) return true;
  return fact.kind == FactKind::kAtLeast && fact.column != kNoText && corpus.columns()[fact.column].is_time();
}

SlowService SlowServiceOf(const Corpus& corpus, const std::vector<Fact>& facts, const std::vector<SlowPlace>& places) {
  const auto& classes = corpus.classes();
  // The service that calls the fact's, when the fact is the way to it; "": none.
  const auto caller_of = [&](const Fact& fact) -> std::string {
    const SpanClass& here = classes[fact.span_class];
    const bool way = fact.column == kNoText ? fact.kind == FactKind::kSlowCalls : corpus.columns()[fact.column].key == "@gap";
    if (!way || here.parent == kNoText) return "";
    const std::string& caller = classes[here.parent].ref.service;
    return caller == here.ref.service ? "" : caller;
  };
  std::map<std::string, std::set<std::string>> called;  // by caller: services that are slow to reach from it
  for (const SlowPlace& place : places) {
    const Fact& fact = facts[place.fact];
    if (const std::string caller = caller_of(fact); !caller.empty()) called[caller].insert(classes[fact.span_class].ref.service);
  }
  std::map<std::string, Tally> services;
  for (const SlowPlace& place : places) {
    const Fact& fact = facts[place.fact];
    const SpanClass& here = classes[fact.span_class];
    services[here.ref.service].Add(place, false, 1);
    const std::string caller = caller_of(fact);
    if (caller.empty()) continue;
    services[caller].Add(place, true, here.parent_share * (called[caller].size() > 1 ? kOfCaller : kOfOneCaller));
  }
  SlowService out;
  double most = 0;
  for (const auto& [name, tally] : services) {
    if (tally.g <= most) continue;
    most = tally.g;
    out = tally.service;
  }
  return out;
}

}  // namespace awry::why
