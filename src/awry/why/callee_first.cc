#include "awry/why/callee_first.h"

#include <algorithm>
#include <string>

#include "awry/why/slow_service.h"

namespace awry::why {
namespace {

constexpr double kWheneverShare = 0.9;  // of the cases that call it

bool IsValueOf(const Corpus& corpus, const Fact& fact, bool (Column::*is)() const) {
  return fact.kind == FactKind::kValue && (corpus.columns()[fact.column].*is)();
}

bool BreaksOff(const Corpus& corpus, const Fact& fact) {
  return fact.kind == FactKind::kSpanMissing || fact.kind == FactKind::kSpanError || (fact.kind == FactKind::kSpanCount && !fact.above) ||
         IsValueOf(corpus, fact, &Column::is_sequel);
}

}  // namespace

bool TellsOfSteps(const Corpus& corpus, const Fact& fact) {
  return BreaksOff(corpus, fact) || fact.kind == FactKind::kSpanPresent || fact.kind == FactKind::kSpanCount ||
         IsValueOf(corpus, fact, &Column::is_summary);
}

void PutSlowCalleeFirst(const Corpus& corpus, const std::vector<Fact>& facts, std::vector<Ranked>& causes) {
  if (causes.empty() || !BreaksOff(corpus, facts[causes.front().lead.fact])) return;
  const auto service_of = [&](const Ranked& cause) -> const std::string& { return corpus.classes()[facts[cause.lead.fact].span_class].ref.service; };
  const auto callee = std::ranges::find_if(causes, [&](const Ranked& cause) {
    const Table& table = cause.lead.table;
    return IsSlow(corpus, facts[cause.lead.fact]) && table.a >= kWheneverShare * (table.a + table.b) &&
           Calls(corpus, service_of(causes.front()), service_of(cause));
  });
  if (callee != causes.end()) std::rotate(causes.begin(), callee, callee + 1);
}

}  // namespace awry::why
