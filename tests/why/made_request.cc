#include "made_request.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

#include <fmt/format.h>

#include "request.h"

namespace awry::made {

Request::Request(WorldState& state, size_t index) : s_(state), plan_(state.plan), random_(state.random), fault_(state.options.fault) {
  trace_.id = {random_.Next(), random_.Next()};
  const double place = (static_cast<double>(index) + random_.Uniform()) / static_cast<double>(state.options.traces);
  now_ = plan_.begin_ns + static_cast<int64_t>(place * static_cast<double>(plan_.span_ns));
  late_ = now_ >= s_.moment_ns;
  const double hour = static_cast<double>((now_ / kHour) % 24);
  wave_ = std::sin(hour / 24 * 2 * std::numbers::pi);
  may_hit_ = fault_ != Fault::kNone && (late_ || !s_.sudden);
  luck_ = may_hit_ && random_.Chance(s_.share);
}

Written Request::Run() {
  Ask();
  const size_t root = Open(0, plan_.entry_span, 0, 1.5, entry_pod_);
  Entry(root);
  std::vector<size_t> spans{root};
  for (const StepPlan& step : plan_.steps) {
    spans.push_back(Step(step, step.parent == 0 ? root : spans[step.parent]));
  }
  Put(root, plan_.answer, Text(answer_));
  Put(root, plan_.sureness, Real(sureness_, 10'000));
  Close();
  Lose();
  s_.previous_user = user_;
  return {std::move(trace_), hit_, wrong_};
}

void Request::Ask() {
  const double u = random_.Uniform();
  user_ = static_cast<size_t>(u * u * static_cast<double>(plan_.users));
  segment_ = Hash(user_) % 4;
  // The mix of users changes at the moment, or the places do.
  if (s_.options.calm == Calm::kConfounded && late_ && random_.Chance(0.25)) segment_ = 0;
  locale_ = Hash(user_ + 77) % 5;
  platform_ = random_.Below(4);
  tenant_ = plan_.tenants == 0 ? 0 : user_ % plan_.tenants;
  region_ = Hash(user_ + 5) % plan_.regions.size();
  const double drift = s_.options.calm == Calm::kDrift ? 1 + 0.3 * wave_ : 1;
  amount_ = std::exp(random_.Normal(3.5, 0.9)) * drift;
  reading_ = 5 + 30 * random_.Uniform() + 3 * wave_;
  double natural = plan_.natural * (segment_ == 0 ? 2 : 1) * (1 + 0.5 * wave_);
  if (s_.options.calm == Calm::kConfounded && region_ == 0) natural *= 1.8;
  wrong_ = random_.Chance(natural);
  answer_ = kAnswers[random_.Below(kAnswers.size())];
  base_ = random_.Normal(0.8, 0.1);
  session_ = fmt::format("{:012x}", random_.Next() >> 16);
  entry_pod_ = PodOf(0);
}

// The fault is met here: the answer is probably wrong.
bool Request::Hit(Fault fault, bool possible) {
  if (fault != fault_ || !luck_ || !possible) return false;
  Meet();
  return true;
}

void Request::Meet() {
  if (hit_) return;
  hit_ = true;
  if (random_.Chance(s_.harm)) wrong_ = true;
}

size_t Request::PodOf(size_t service) {
  const auto& pods = plan_.services[service].pods;
  for (size_t tries = 0; tries < 20; ++tries) {
    const size_t pod = random_.Below(pods.size());
    if (pods[pod].region == region_) return pod;
  }
  return 0;
}

// Variant 0: as always, 1: a newer version, 2: a bad configuration.
size_t Request::Variant(size_t service, size_t pod) const {
  if (s_.deploy && late_ && service == plan_.deployed) return 1;
  return service == plan_.canary && pod == 0 ? 1 : 0;
}

size_t Request::Open(size_t service, const std::string& name, trace::SpanId parent, double ms, size_t pod, size_t variant) {
  trace::Span span;
  span.trace_id = trace_.id;
  span.span_id = random_.Next() | 1;
  span.parent_id = parent;
  span.name = name;
  span.start_ns = now_;
  now_ += static_cast<int64_t>(ms * std::exp(random_.Normal(0, 0.25)) * kMs);
  span.end_ns = now_;
  span.resource = s_.resources[service][pod][variant == 9 ? Variant(service, pod) : variant];
  span.scope = s_.scope;
  skew_.push_back(plan_.services[service].pods[pod].skew_ns);
  trace_.spans.push_back(std::move(span));
  return trace_.spans.size() - 1;
}

void Request::Fail(size_t span, const std::string& why) {
  trace_.spans[span].status = trace::SpanStatus::kError;
  trace_.spans[span].events.push_back({.time_ns = trace_.spans[span].end_ns, .name = "exception", .attributes = {{"exception.type", Text(why)}}});
}

void Request::Entry(size_t root) {
  Put(root, plan_.user, Text(UserText(user_)));
  Put(root, plan_.session, Text(session_));
  if (plan_.tenants > 0) Put(root, plan_.tenant, Text(TenantText(tenant_)));
  Put(root, plan_.platform, Text(kPlatforms[platform_]));
  Put(root, plan_.segment, Text(kSegments[segment_]));
  Put(root, plan_.locale, Text(kLocales[locale_]));
  Put(root, plan_.version, Int(4'000 + (now_ - plan_.begin_ns) / (2 * kHour)));
  Put(root, plan_.day, Int(now_ / kHour / 24));
  Put(root, plan_.amount, Real(amount_));
  Put(root, plan_.amount + "_raw", Real(reading_, 10));
  Put(root, plan_.load, Int(static_cast<int64_t>(5 + 3 * wave_ + 3 * random_.Uniform())));
}

size_t Request::Step(const StepPlan& step, size_t parent) {
  size_t pod = PodOf(step.service);
  trace::SpanId above = IdOf(parent);
  if (!step.client_span.empty()) {
    client_ = Open(ServiceOf(parent), step.client_span, above, 0.3, PodIn(parent));
    above = IdOf(client_);
  }
  switch (step.kind) {
    case StepKind::kProfile: return Profile(step, above, pod);
    case StepKind::kParse: return Parse(step, above, pod);
    case StepKind::kText: return CleanText(step, above, pod);
    case StepKind::kItems: return Items(step, above, pod);
    case StepKind::kPages: return Pages(step, above, pod);
    case StepKind::kEvents: return Events(step, above, pod);
    case StepKind::kCall: return Call(step, above, pod);
    case StepKind::kIndex: return Index(step, above, pod);
    case StepKind::kWindow: return Window(step, above, pod);
    case StepKind::kPlaceOf: return Endpoint(step, above, pod);
    case StepKind::kBudget: return Budget(step, above, pod);
    case StepKind::kClock: return Clock(step, above, pod);
    case StepKind::kTwo: return Two(step, above, pod);
    case StepKind::kVector: return Vector(step, above, pod);
    case StepKind::kDedup: return Dedup(step, above, pod);
    case StepKind::kLookup: return Lookup(step, above, pod);
    case StepKind::kGuard: return Guard(step, above, pod, parent);
    case StepKind::kFiller: return Filler(step, above, pod);
    case StepKind::kModel: return Model(step, above, pod);
  }
  return parent;
}

size_t Request::ServiceOf(size_t span) const {
  for (size_t k = 0; k < plan_.services.size(); ++k) {
    if (plan_.services[k].name == trace_.spans[span].resource->service) return k;
  }
  return 0;
}

size_t Request::PodIn(size_t span) const {
  const auto& pods = s_.resources[ServiceOf(span)];
  for (size_t k = 0; k < pods.size(); ++k) {
    if (std::find(pods[k].begin(), pods[k].end(), trace_.spans[span].resource) != pods[k].end()) return k;
  }
  return 0;
}

size_t Request::Model(const StepPlan& step, trace::SpanId above, size_t pod) {
  const uint64_t batch = std::array{1, 4, 8, 16}[random_.Below(4)];
  const bool half = random_.Chance(0.4);
  const bool old_pod = pod == 1 && fault_ == Fault::kOldModel && may_hit_;
  const bool bad_config = pod == 2 && fault_ == Fault::kBadConfig && may_hit_;
  // Two models run side by side, both fine.
  const bool second = random_.Chance(0.3);
  if (old_pod || bad_config) Meet();
  if (fault_ == Fault::kBatchPrecision && may_hit_ && batch == 16 && half) Meet();
  if (fault_ == Fault::kTenantModel && may_hit_ && second && tenant_ == 1) Meet();
  const bool fallback = Hit(Fault::kFallback);
  const size_t prepare = Open(step.service, step.other_span, above, step.ms / 4, pod, bad_config ? 2 : 9);
  double in[5] = {amount_, f_[0], f_[1], f_[2] * 1'000, reading_};
  if (Hit(Fault::kTimesHundred)) in[0] *= 100;
  if (Hit(Fault::kInputsSwapped)) std::swap(in[1], in[2]);
  if (Hit(Fault::kTimesThousand)) in[3] /= 1'000;
  if (Hit(Fault::kFahrenheit)) in[4] = in[4] * 1.8 + 32;
  if (Hit(Fault::kInputClamped, in[1] > 150)) in[1] = 150;
  if (Hit(Fault::kCopyRounded)) in[1] = std::round(in[1] / 100) * 100;
  const bool lost = Hit(Fault::kInputMissing) || random_.Chance(step.harmless / 2);
  for (size_t k = 0; k < 5; ++k) {
    if (k == 1 && lost) continue;
    Put(prepare, step.key[k], Real(in[k]));
  }
  const size_t span = Open(step.service, fallback ? step.span + "_simple" : step.span, above, fallback ? step.ms / 5 : step.ms * 3, pod,
                           bad_config ? 2 : 9);
  sureness_ = std::clamp(base_ - (wrong_ ? s_.drop : 0), 0.05, 0.995);
  if (!fallback) {
    Put(span, step.key[5], Text("m-" + step.key[5].substr(0, 3)));
    Put(span, step.key[6], Text(old_pod ? "v1.9.0" : second ? "v2.1.0" : "v2.0.4"));
    Put(span, step.key[7], Int(static_cast<int64_t>(batch)));
    Put(span, step.key[8], Text(half ? "fp16" : "fp32"));
  }
  Put(span, plan_.model_answer, Text(answer_));
  Put(span, plan_.model_sureness, Real(sureness_, 10'000));
  return span;
}

void Request::Close() {
  // Parents end after their children; then every clock shows what it shows.
  for (size_t k = trace_.spans.size(); k-- > 0;) {
    for (trace::Span& other : trace_.spans) {
      if (other.span_id == trace_.spans[k].parent_id) other.end_ns = std::max(other.end_ns, trace_.spans[k].end_ns + kMs / 10);
    }
  }
  for (size_t k = 0; k < trace_.spans.size(); ++k) {
    trace_.spans[k].start_ns += skew_[k];
    trace_.spans[k].end_ns += skew_[k];
  }
}

// Some spans and attributes never arrive.
void Request::Lose() {
  if (random_.Chance(0.02)) trace_.spans.erase(trace_.spans.begin() + static_cast<long>(1 + random_.Below(trace_.spans.size() - 1)));
  if (random_.Chance(0.06)) {
    trace::Attributes& attributes = trace_.spans[random_.Below(trace_.spans.size())].attributes;
    if (!attributes.empty()) attributes.erase(attributes.begin() + static_cast<long>(random_.Below(attributes.size())));
  }
}

Written WriteRequest(WorldState& state, size_t index) { return Request(state, index).Run(); }

}  // namespace awry::made
