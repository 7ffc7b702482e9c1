#include "made_world.h"

#include <algorithm>
#include <cmath>

#include "made_request.h"

namespace awry::made {
namespace {

constexpr int64_t kMinute = int64_t{60} * 1'000'000'000;

std::shared_ptr<const trace::Resource> MakeResource(const SystemPlan& plan, const ServicePlan& service, const PodPlan& pod, size_t variant) {
  const auto text = [](const std::string& t) { return trace::Value(trace::ValueView::String(t)); };
  auto out = std::make_shared<trace::Resource>();
  out->service = service.name;
  out->attributes = {{"service.version", text(variant == 1 ? service.next_version : service.version)},
                     {"cloud.region", text(plan.regions[pod.region])},
                     {"k8s.pod.name", text(pod.name)},
                     {"app.config.hash", text(variant == 2 ? "0badc0de" : service.config)},
                     {"telemetry.sdk.name", text("opentelemetry")}};
  return out;
}

std::vector<Culprit> CulpritsOf(const SystemPlan& plan, Fault fault) {
  const StepKind kind = KindFor(fault);
  const StepPlan& step = *std::find_if(plan.steps.begin(), plan.steps.end(), [&](const StepPlan& s) { return s.kind == kind; });
  const std::string service = plan.services[step.service].name;
  const auto& k = step.key;
  const Place here{service, step.span}, other{service, step.other_span};
  const auto one = [](Place place, std::vector<std::string> any, std::vector<std::string> ok = {}) {
    return std::vector<Culprit>{{std::move(place), std::move(any), std::move(ok)}};
  };
  const std::vector<std::string> row{k[0], k[1], k[2], plan.user, k[5], k[9], plan.tenant};
  switch (fault) {
    case Fault::kKeyCut: return one(here, {k[1], k[2]}, row);
    case Fault::kOwnerSwapped:
    case Fault::kPreviousRow: return one(here, {k[2]}, row);
    case Fault::kTenantDropped: return one(here, {k[1], k[9]}, row);
    case Fault::kStaleRow: return one(here, {k[3]}, {k[4], k[5]});
    case Fault::kDefaults: return one(here, {k[6], k[7], k[8]});
    case Fault::kSlowDefault: return one(here, {"@duration", k[6], k[7], k[8]});
    case Fault::kLocaleParser: return one(here, {k[3], k[1], k[2]}, {k[0], plan.locale, plan.amount});
    case Fault::kMojibake:
    case Fault::kTextCut: return one(here, {k[1]}, {k[0], k[2]});
    case Fault::kOtherTenantItems: return one(here, {k[1], k[2]}, {k[0], plan.tenant});
    case Fault::kTopNotMember: return one(here, {k[2]}, {k[1]});
    case Fault::kCountWrong: return one(here, {k[3]}, {k[1]});
    case Fault::kPageMissing:
    case Fault::kPageTwice: {
      std::vector<Culprit> out = one(other, {"@count", k[0], k[1]}, {k[2], k[3]});
      out.push_back({here, {k[3], k[2]}, {k[0], k[1], "@count"}});
      return out;
    }
    case Fault::kEventTwice: return one(here, {"@count", k[0], k[1]}, {k[2]});
    case Fault::kEventsDisordered: return one(here, {"@order", k[0], k[1]}, {k[2]});
    case Fault::kWrongResponse: return {{{"*", step.client_span}, {k[1]}, {k[0], k[4]}}, {here, {k[4], k[1]}, {k[0]}}};
    case Fault::kRetryTwice: return {{here, {"@count", k[4]}, {k[2], k[0], k[1]}}, {{"*", step.client_span}, {k[2]}, {k[0], k[1], k[4]}}};
    case Fault::kErrorSwallowed: return one(here, {"@status", "@error", "@errors", "exception.type", "@event:exception", "@count", "@present"}, {});
    case Fault::kQueued: return {{{"*", step.client_span}, {"@duration", "@gap", "@self"}, {}}, {here, {"@gap", "@start"}, {"@duration"}}};
    case Fault::kStaleIndex: return one(here, {k[0]}, {plan.version});
    case Fault::kBadShard: return one(here, {k[1]});
    case Fault::kDayOff: return one(here, {k[0]}, {plan.day});
    case Fault::kWrongRegion: return one(here, {k[1]}, {k[0]});
    case Fault::kSumWrong: return one(here, {k[2]}, {k[0], k[1]});
    case Fault::kLagging: return one(here, {k[1], k[2]}, {k[0]});
    case Fault::kHoursOff: return one(here, {k[2]}, {k[0], k[1]});
    case Fault::kSpansSwapped:
    case Fault::kSpansOverlap: {
      std::vector<Culprit> out = one(here, {"@order", "@start", "@overlap"}, {"@duration"});
      out.push_back({other, out[0].any, out[0].ok});
      return out;
    }
    case Fault::kPreviousVector: return one(here, {k[1], k[2]});
    case Fault::kIdReused: return one(here, {k[0]});
    case Fault::kKeyCollides: return one(here, {k[1], k[2]}, {k[0]});
    case Fault::kSpanSkipped: return one(here, {"@present", "@count"}, k);
    case Fault::kSpanExtra: return one(other, {"@present", "@count"}, k);
    case Fault::kInputsSwapped: return one(other, {k[1], k[2]}, {"@span", plan.user});
    case Fault::kTimesHundred: return one(other, {k[0]}, {plan.amount});
    case Fault::kTimesThousand: return one(other, {k[3]});
    case Fault::kFahrenheit: return one(other, {k[4]}, {plan.amount + "_raw"});
    case Fault::kInputClamped:
    case Fault::kInputMissing:
    case Fault::kCopyRounded: return one(other, {k[1]}, {});
    case Fault::kOldModel: return {{here, {k[6]}, {"k8s.pod.name"}}, {{service, "*"}, {"k8s.pod.name"}, {k[6]}}};
    case Fault::kBadConfig: return one({service, "*"}, {"app.config.hash", "k8s.pod.name"}, {});
    case Fault::kFallback: return {{{service, step.span + "_simple"}, {"@present", "@count"}, {}}, {here, {"@present", "@count"}, {}}};
    case Fault::kBatchPrecision: return one(here, {k[7], k[8]});
    case Fault::kTenantModel: return one(here, {k[6]}, {plan.tenant});
    case Fault::kNone: return {};
  }
  return {};
}

// Copies of upstream numbers are as right to name beside the culprit as the culprit's own.
void AllowSources(const SystemPlan& plan, Fault fault, std::vector<Culprit>& culprits) {
  if (KindFor(fault) != StepKind::kModel) return;
  for (const StepPlan& step : plan.steps) {
    if (step.kind != StepKind::kProfile) continue;
    for (Culprit& culprit : culprits) culprit.ok.insert(culprit.ok.end(), step.key.begin() + 6, step.key.begin() + 9);
  }
}

}  // namespace

World MakeWorld(const WorldOptions& options) {
  const SystemPlan plan = MakePlan(options.system, options.fault);
  base::Random random(options.seed * 104'729 + options.system);
  WorldState state(plan, options, random);
  const bool begins = options.fault == Fault::kNone || random.Chance(0.75);
  const bool moment = options.sudden.value_or(begins);
  state.sudden = moment;
  state.moment_ns = plan.begin_ns + static_cast<int64_t>((0.4 + 0.3 * random.Uniform()) * static_cast<double>(plan.span_ns));
  state.share = 0.04 + 0.16 * random.Uniform() * random.Uniform();
  if (moment && options.fault != Fault::kNone) state.share *= 1.8;
  state.drop = random.Chance(0.25) ? 0.02 : 0.06 + 0.1 * random.Uniform();
  state.deploy = options.calm == Calm::kDeploy || (options.fault != Fault::kNone && random.Chance(0.4));
  for (const ServicePlan& service : plan.services) {
    auto& pods = state.resources.emplace_back();
    for (const PodPlan& pod : service.pods) {
      auto& variants = pods.emplace_back();
      for (size_t variant = 0; variant < 3; ++variant) variants.push_back(MakeResource(plan, service, pod, variant));
    }
  }
  World out;
  std::vector<trace::TraceId> by_fault, by_nature;
  const double tell_wrong = 0.5 + 0.3 * random.Uniform(), tell_right = 0.2 + 0.4 * random.Uniform(), noise = 0.03 * random.Uniform();
  for (size_t i = 0; i < options.traces; ++i) {
    Written written = WriteRequest(state, i);
    const trace::TraceId id = written.trace.id;
    out.traces.push_back(std::move(written.trace));
    out.hit += written.hit ? 1 : 0;
    if (written.wrong) (written.hit ? by_fault : by_nature).push_back(id);
    if (!random.Chance(written.wrong ? tell_wrong : tell_right)) continue;
    const bool says_wrong = written.wrong != random.Chance(noise);
    out.labels.push_back({.id = std::to_string(i), .trace_id = id,
                          .verdict = says_wrong ? trace::Verdict::kWrong : trace::Verdict::kRight});
  }
  out.wrong_by_fault = by_fault.size();
  out.wrong_by_nature = by_nature.size();
  const auto& pool = by_fault.empty() ? by_nature : by_fault;
  if (!pool.empty()) out.wrong = pool[random.Below(pool.size())];
  if (moment) out.moment_ns = state.moment_ns + static_cast<int64_t>((random.Uniform() * 18 - 9) * static_cast<double>(kMinute));
  if (options.fault != Fault::kNone) {
    out.culprits = CulpritsOf(plan, options.fault);
    AllowSources(plan, options.fault, out.culprits);
    const auto step = std::find_if(plan.steps.begin(), plan.steps.end(),
                                   [&](const StepPlan& s) { return s.kind == KindFor(options.fault); });
    const auto info = std::find_if(AllFaults().begin(), AllFaults().end(), [&](const FaultInfo& i) { return i.fault == options.fault; });
    const bool lost_in_exceptions = static_cast<double>(out.hit) < 2 * step->harmless * static_cast<double>(options.traces);
    out.undecidable = !info->decidable || lost_in_exceptions;
  }
  return out;
}

}  // namespace awry::made
