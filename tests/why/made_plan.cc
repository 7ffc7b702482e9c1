#include "made_plan.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "made_names.h"

namespace awry::made {
namespace {

constexpr std::array kFaults{
    FaultInfo{Fault::kKeyCut, "key cut", 'R', true},
    FaultInfo{Fault::kOwnerSwapped, "another asker's row", 'R', true},
    FaultInfo{Fault::kTenantDropped, "tenant dropped from the key", 'R', true},
    FaultInfo{Fault::kStaleRow, "row older than its time to live", 'R', true},
    FaultInfo{Fault::kInputsSwapped, "inputs swapped", 'R', true},
    FaultInfo{Fault::kTimesHundred, "times 100", 'R', true},
    FaultInfo{Fault::kTimesThousand, "times 1000", 'R', true},
    FaultInfo{Fault::kFahrenheit, "1.8 x + 32", 'R', true},
    FaultInfo{Fault::kHoursOff, "hours off", 'R', true},
    FaultInfo{Fault::kOtherTenantItems, "items of another tenant", 'R', true},
    FaultInfo{Fault::kTopNotMember, "best item not in the list", 'R', true},
    FaultInfo{Fault::kCountWrong, "count of the list", 'R', true},
    FaultInfo{Fault::kWrongResponse, "another request's response", 'R', true},
    FaultInfo{Fault::kMojibake, "wrong character set", 'R', true},
    FaultInfo{Fault::kTextCut, "text cut", 'R', true},
    FaultInfo{Fault::kStaleIndex, "stale index", 'R', true},
    FaultInfo{Fault::kDayOff, "another day", 'R', true},
    FaultInfo{Fault::kWrongRegion, "another region's endpoint", 'R', true},
    FaultInfo{Fault::kSumWrong, "sum wrong", 'R', true},
    FaultInfo{Fault::kCopyRounded, "input rounded", 'R', true},
    FaultInfo{Fault::kOldModel, "old model", 'V', true},
    FaultInfo{Fault::kBadConfig, "bad configuration", 'V', true},
    FaultInfo{Fault::kDefaults, "defaults", 'V', true},
    FaultInfo{Fault::kBadShard, "bad shard", 'V', false},
    FaultInfo{Fault::kInputMissing, "input missing", 'V', true},
    FaultInfo{Fault::kInputClamped, "input clamped", 'V', true},
    FaultInfo{Fault::kFallback, "fallback", 'S', true},
    FaultInfo{Fault::kSpanSkipped, "step skipped", 'S', true},
    FaultInfo{Fault::kSpanExtra, "extra step", 'S', true},
    FaultInfo{Fault::kPageMissing, "page missing", 'S', true},
    FaultInfo{Fault::kPageTwice, "page twice", 'S', true},
    FaultInfo{Fault::kEventTwice, "event twice", 'S', true},
    FaultInfo{Fault::kRetryTwice, "retry applied twice", 'S', true},
    FaultInfo{Fault::kErrorSwallowed, "error swallowed", 'S', true},
    FaultInfo{Fault::kEventsDisordered, "events disordered", 'T', true},
    FaultInfo{Fault::kSpansSwapped, "steps swapped", 'T', true},
    FaultInfo{Fault::kSpansOverlap, "steps overlap", 'T', true},
    FaultInfo{Fault::kSlowDefault, "slow, then defaults", 'T', true},
    FaultInfo{Fault::kLagging, "lagging", 'T', true},
    FaultInfo{Fault::kQueued, "long in the queue", 'T', true},
    FaultInfo{Fault::kLocaleParser, "locale and parser", 'I', true},
    FaultInfo{Fault::kBatchPrecision, "batch and precision", 'I', false},
    FaultInfo{Fault::kTenantModel, "tenant and model", 'I', false},
    FaultInfo{Fault::kPreviousRow, "row of the request before", 'X', true},
    FaultInfo{Fault::kPreviousVector, "vector of the request before", 'X', true},
    FaultInfo{Fault::kIdReused, "id used before", 'X', true},
    FaultInfo{Fault::kKeyCollides, "two texts, one key", 'X', true},
};

constexpr size_t kKeys = 12;

}  // namespace

std::span<const FaultInfo> AllFaults() { return kFaults; }

StepKind KindFor(Fault fault) {
  switch (fault) {
    case Fault::kKeyCut:
    case Fault::kOwnerSwapped:
    case Fault::kTenantDropped:
    case Fault::kStaleRow:
    case Fault::kDefaults:
    case Fault::kSlowDefault:
    case Fault::kPreviousRow: return StepKind::kProfile;
    case Fault::kLocaleParser: return StepKind::kParse;
    case Fault::kMojibake:
    case Fault::kTextCut: return StepKind::kText;
    case Fault::kOtherTenantItems:
    case Fault::kTopNotMember:
    case Fault::kCountWrong: return StepKind::kItems;
    case Fault::kPageMissing:
    case Fault::kPageTwice: return StepKind::kPages;
    case Fault::kEventTwice:
    case Fault::kEventsDisordered: return StepKind::kEvents;
    case Fault::kWrongResponse:
    case Fault::kRetryTwice:
    case Fault::kErrorSwallowed:
    case Fault::kQueued: return StepKind::kCall;
    case Fault::kStaleIndex:
    case Fault::kBadShard: return StepKind::kIndex;
    case Fault::kDayOff: return StepKind::kWindow;
    case Fault::kWrongRegion: return StepKind::kPlaceOf;
    case Fault::kSumWrong: return StepKind::kBudget;
    case Fault::kHoursOff:
    case Fault::kLagging: return StepKind::kClock;
    case Fault::kSpansSwapped:
    case Fault::kSpansOverlap: return StepKind::kTwo;
    case Fault::kPreviousVector: return StepKind::kVector;
    case Fault::kIdReused: return StepKind::kDedup;
    case Fault::kKeyCollides: return StepKind::kLookup;
    case Fault::kSpanSkipped:
    case Fault::kSpanExtra: return StepKind::kGuard;
    default: return StepKind::kModel;
  }
}

namespace {

std::vector<StepKind> ChooseKinds(base::Random& random, StepKind needed) {
  std::vector<StepKind> out{StepKind::kProfile};
  if (needed != StepKind::kModel && needed != StepKind::kProfile) out.push_back(needed);
  for (size_t k = 3 + random.Below(7); k > 0; --k) {
    const auto kind = static_cast<StepKind>(1 + random.Below(static_cast<uint64_t>(StepKind::kModel) - 1));
    if (std::find(out.begin(), out.end(), kind) == out.end()) out.push_back(kind);
  }
  for (size_t k = out.size() - 1; k > 0; --k) std::swap(out[k], out[random.Below(k + 1)]);
  out.push_back(StepKind::kModel);
  return out;
}

ServicePlan MakeService(Names& names, base::Random& random, size_t regions) {
  ServicePlan out{.name = names.Service(),
                  .version = fmt::format("{}.{}.{}", 1 + random.Below(4), random.Below(30), random.Below(9)),
                  .config = fmt::format("{:08x}", random.Next() >> 32)};
  out.next_version = out.version + "1";
  for (size_t k = 2 * regions + random.Below(4); k > 0; --k) {
    out.pods.push_back({.name = fmt::format("{}-{:05x}", out.name, random.Below(0xfffff)), .region = k % regions,
                        .skew_ns = static_cast<int64_t>(random.Normal(0, 2e6))});
  }
  return out;
}

std::string AnswerKey(Names& names, base::Random& random, const std::string& prefix) {
  constexpr std::array kSure{"confidence", "score", "probability", "certainty", "margin"};
  return names.Key(prefix, kSure[random.Below(kSure.size())]);
}

}  // namespace

SystemPlan MakePlan(uint64_t seed, Fault fault) {
  base::Random random(seed * 7919 + 17);
  Names names(random);
  SystemPlan out;
  for (size_t k = 2 + random.Below(2); k > 0; --k) out.regions.push_back(fmt::format("{}-{}", names.Word(), 1 + random.Below(3)));
  for (size_t k = 3 + random.Below(10); k > 0; --k) out.services.push_back(MakeService(names, random, out.regions.size()));
  out.entry_span = names.Span();
  const std::string who = names.Word();
  out.user = names.Key(who, random.Chance(0.6) ? "id" : "ref");
  out.segment = names.Key(who, "segment");
  out.locale = names.Key(who, random.Chance(0.5) ? "locale" : "lang");
  out.platform = names.Key(names.Word());
  out.session = names.Key("session", "id");
  out.amount = names.Key(names.Word());
  out.load = names.Key("app", random.Chance(0.5) ? "inflight" : "load");
  out.version = names.Key(names.Word(), "version");
  out.day = names.Key(names.Word(), "day");
  out.tenants = random.Chance(0.5) || fault == Fault::kTenantDropped || fault == Fault::kOtherTenantItems || fault == Fault::kTenantModel
                    ? 3 + random.Below(5) : 0;
  out.tenant = names.Key(names.Word(), "tenant");
  out.user_prefix = random.Chance(0.5) ? names.Word().substr(0, 2) + "-" : "";
  out.users = 200 + random.Below(5'000);
  const std::string result = random.Chance(0.5) ? "result" : random.Chance(0.5) ? "answer" : names.Word();
  out.answer = names.Key(result);
  out.sureness = AnswerKey(names, random, result);
  const std::string prediction = random.Chance(0.6) ? "prediction" : names.Word();
  out.model_answer = names.Key(prediction);
  out.model_sureness = AnswerKey(names, random, prediction);
  out.natural = 0.02 + 0.05 * random.Uniform();
  out.begin_ns = 1'770'000'000'000'000'000 + static_cast<int64_t>(random.Below(86'400)) * 1'000'000'000;
  out.span_ns = static_cast<int64_t>(16 + random.Below(32)) * 3'600 * 1'000'000'000;
  for (StepKind kind : ChooseKinds(random, KindFor(fault))) {
    StepPlan step{.kind = kind, .service = random.Below(out.services.size()), .span = names.Span(), .other_span = names.Span(),
                  .client_span = random.Chance(0.4) ? names.Span() : "", .harmless = random.Chance(0.5) ? 0.002 + 0.02 * random.Uniform() : 0,
                  .ms = 0.5 + 12 * random.Uniform() * random.Uniform()};
    if (kind == StepKind::kCall) step.client_span = names.Span();
    if (!out.steps.empty() && random.Chance(0.2) && out.steps.back().kind != StepKind::kTwo) step.parent = out.steps.size();
    if (kind == KindFor(fault) && random.Chance(0.6)) step.harmless = 0;
    const std::string prefix = names.Word();
    for (size_t k = 0; k < kKeys; ++k) step.key.push_back(names.Key(prefix));
    if (kind == StepKind::kProfile && random.Chance(0.6)) {
      step.key[3] = names.Key(prefix, "age_s");
      step.key[4] = names.Key(prefix, "ttl_s");
    }
    out.steps.push_back(std::move(step));
  }
  out.deployed = random.Below(out.services.size());
  for (const StepPlan& step : out.steps) {
    // The deploy at the moment has nothing to do with the fault.
    if (step.kind == KindFor(fault) && step.service == out.deployed) out.deployed = (out.deployed + 1) % out.services.size();
  }
  out.canary = random.Below(out.services.size());
  return out;
}

}  // namespace awry::made
