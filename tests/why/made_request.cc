#include "made_request.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

#include <fmt/format.h>

namespace awry::made {
namespace {

constexpr int64_t kMs = 1'000'000;
constexpr int64_t kHour = int64_t{3'600} * 1'000 * kMs;
constexpr std::array kLocales{"en-GB", "de-DE", "fr-FR", "pt-BR", "ja-JP"};
constexpr std::array kSegments{"new", "regular", "power", "guest"};
constexpr std::array kPlatforms{"web", "ios", "android", "partner"};
constexpr std::array kAnswers{"alpha", "bravo", "delta", "gamma", "kappa", "sigma"};

trace::Value Text(const std::string& text) { return trace::Value(trace::ValueView::String(text)); }
trace::Value Int(int64_t value) { return trace::Value(trace::ValueView::Int(value)); }
trace::Value Real(double value, double unit = 100) {
  return trace::Value(trace::ValueView::Double(std::round(value * unit) / unit));
}

// OTLP's ArrayValue of short strings: field 1 (AnyValue) of field 1 (string_value).
trace::Value List(const std::vector<std::string>& items) {
  std::string bytes;
  for (const std::string& item : items) {
    bytes += {'\n', static_cast<char>(item.size() + 2), '\n', static_cast<char>(item.size())};
    bytes += item;
  }
  return trace::Value(trace::ValueView::Array(bytes));
}

uint64_t Hash(uint64_t x) {
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ULL;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebULL;
  return x ^ (x >> 31);
}
double Unit(uint64_t x) { return static_cast<double>(Hash(x) >> 11) * 0x1p-53; }

class Request {
 public:
  Request(WorldState& state, size_t index) : s_(state), plan_(state.plan), random_(state.random), fault_(state.options.fault) {
    trace_.id = {random_.Next(), random_.Next()};
    const double place = (static_cast<double>(index) + random_.Uniform()) / static_cast<double>(state.options.traces);
    now_ = plan_.begin_ns + static_cast<int64_t>(place * static_cast<double>(plan_.span_ns));
    late_ = now_ >= s_.moment_ns;
    const double hour = static_cast<double>((now_ / kHour) % 24);
    wave_ = std::sin(hour / 24 * 2 * std::numbers::pi);
    may_hit_ = fault_ != Fault::kNone && (late_ || !s_.sudden);
    luck_ = may_hit_ && random_.Chance(s_.share);
  }

  Written Run() {
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

 private:
  void Ask() {
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
  bool Hit(Fault fault, bool possible = true) {
    if (fault != fault_ || !luck_ || !possible) return false;
    Meet();
    return true;
  }
  void Meet() {
    if (hit_) return;
    hit_ = true;
    if (random_.Chance(s_.harm)) wrong_ = true;
  }

  size_t PodOf(size_t service) {
    const auto& pods = plan_.services[service].pods;
    for (size_t tries = 0; tries < 20; ++tries) {
      const size_t pod = random_.Below(pods.size());
      if (pods[pod].region == region_) return pod;
    }
    return 0;
  }

  // Variant 0: as always, 1: a newer version, 2: a bad configuration.
  size_t Variant(size_t service, size_t pod) const {
    if (s_.deploy && late_ && service == plan_.deployed) return 1;
    return service == plan_.canary && pod == 0 ? 1 : 0;
  }

  size_t Open(size_t service, const std::string& name, trace::SpanId parent, double ms, size_t pod, size_t variant = 9) {
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
  void Put(size_t span, const std::string& key, trace::Value value) { trace_.spans[span].attributes.push_back({key, std::move(value)}); }
  trace::SpanId IdOf(size_t span) const { return trace_.spans[span].span_id; }
  void Fail(size_t span, const std::string& why) {
    trace_.spans[span].status = trace::SpanStatus::kError;
    trace_.spans[span].events.push_back({.time_ns = trace_.spans[span].end_ns, .name = "exception", .attributes = {{"exception.type", Text(why)}}});
  }

  std::string UserText(size_t user) const { return fmt::format("{}{}", plan_.user_prefix, 10'000 + user * 7); }
  std::string TenantText(size_t tenant) const { return fmt::format("t{:03}", Hash(tenant + 900) % 900); }

  void Entry(size_t root) {
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

  size_t Step(const StepPlan& step, size_t parent) {
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
  size_t ServiceOf(size_t span) const {
    for (size_t k = 0; k < plan_.services.size(); ++k) {
      if (plan_.services[k].name == trace_.spans[span].resource->service) return k;
    }
    return 0;
  }
  size_t PodIn(size_t span) const {
    const auto& pods = s_.resources[ServiceOf(span)];
    for (size_t k = 0; k < pods.size(); ++k) {
      if (std::find(pods[k].begin(), pods[k].end(), trace_.spans[span].resource) != pods[k].end()) return k;
    }
    return 0;
  }

  void Numbers(size_t user) {
    f_[0] = 20 + 480 * Unit(user * 3 + 1);
    f_[1] = f_[0] * (0.7 + 0.6 * Unit(user * 3 + 2));
    f_[2] = Unit(user * 3 + 3);
  }

  size_t Profile(const StepPlan& step, trace::SpanId above, size_t pod) {
    const bool slow = Hit(Fault::kSlowDefault);
    const size_t span = Open(step.service, step.span, above, slow ? step.ms * 15 + 40 : step.ms, pod);
    const int64_t ttl = std::array{300, 900, 1'800}[Hash(step.service) % 3];
    bool cached = random_.Chance(0.65);
    size_t owner = user_;
    std::string key = UserText(user_);
    std::string tenant = TenantText(tenant_), row_tenant = tenant;
    if (random_.Chance(step.harmless)) key = UserText(owner = user_ ^ 1);
    if (Hit(Fault::kKeyCut, cached)) {
      key.pop_back();
      owner = (user_ * 13 + 5) % plan_.users;
    }
    if (Hit(Fault::kOwnerSwapped, cached)) owner = random_.Below(plan_.users);
    if (Hit(Fault::kPreviousRow, s_.previous_user != user_)) owner = s_.previous_user;
    const bool no_tenant = Hit(Fault::kTenantDropped, cached);
    if (no_tenant) row_tenant = TenantText((tenant_ + 1 + random_.Below(plan_.tenants - 1)) % plan_.tenants);
    int64_t age = cached ? static_cast<int64_t>(random_.Below(static_cast<uint64_t>(ttl))) : 0;
    if (Hit(Fault::kStaleRow)) {
      cached = true;
      age = ttl + 60 + static_cast<int64_t>(random_.Below(static_cast<uint64_t>(ttl) * 4));
    }
    Numbers(owner);
    if (slow || Hit(Fault::kDefaults)) f_[0] = 100, f_[1] = 100, f_[2] = 0.5;
    Put(span, step.key[0], Text(UserText(user_)));
    Put(span, step.key[1], Text("row:" + (plan_.tenants > 0 && !no_tenant ? tenant + ":" : "") + key));
    Put(span, step.key[5], trace::Value(trace::ValueView::Bool(cached)));
    Put(span, step.key[2], Text(UserText(owner)));
    if (plan_.tenants > 0) Put(span, step.key[9], Text(row_tenant));
    Put(span, step.key[3], Int(age));
    Put(span, step.key[4], Int(ttl));
    Put(span, step.key[6], Real(f_[0]));
    Put(span, step.key[7], Real(f_[1]));
    Put(span, step.key[8], Real(f_[2], 10'000));
    return span;
  }

  size_t Parse(const StepPlan& step, trace::SpanId above, size_t pod) {
    const size_t span = Open(step.service, step.span, above, step.ms, pod);
    const bool newer = random_.Chance(0.35);
    const bool comma = locale_ == 1 || locale_ == 2;
    const double whole = std::floor(amount_), cents = std::floor((amount_ - whole) * 100);
    const std::string text = fmt::format("{}{}{:02}", whole, comma ? "," : ".", cents);
    double value = whole + cents / 100;
    if (fault_ == Fault::kLocaleParser && may_hit_ && newer && comma) {
      Meet();
      value = whole * 100 + cents;
    }
    Put(span, step.key[0], Text(text));
    Put(span, step.key[1], Text(kLocales[locale_]));
    Put(span, step.key[2], Text(newer ? "p2" : "p1"));
    Put(span, step.key[3], Real(value));
    return span;
  }

  size_t CleanText(const StepPlan& step, trace::SpanId above, size_t pod) {
    const size_t span = Open(step.service, step.span, above, step.ms, pod);
    const uint64_t item = Item();
    std::string raw = fmt::format("{} {} Café {}", kPlatforms[Hash(item) % 4], kAnswers[Hash(item + 1) % 6], Hash(item) % 1'000);
    std::string clean = raw;
    for (char& c : clean) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    if (Hit(Fault::kMojibake)) clean.replace(clean.find("é"), 2, "Ã©");
    if (random_.Chance(step.harmless)) clean += " ltd";  // a known alias
    if (Hit(Fault::kTextCut)) clean.resize(clean.find(' ', 6));
    Put(span, step.key[0], Text(raw));
    Put(span, step.key[1], Text(clean));
    Put(span, step.key[2], Int(static_cast<int64_t>(raw.size() - 1)));
    return span;
  }

  size_t Items(const StepPlan& step, trace::SpanId above, size_t pod) {
    const size_t span = Open(step.service, step.span, above, step.ms, pod);
    size_t tenant = tenant_;
    if (plan_.tenants > 1 && random_.Chance(step.harmless)) tenant = (tenant_ + 1) % plan_.tenants;  // staff
    if (Hit(Fault::kOtherTenantItems)) tenant = (tenant_ + 1 + random_.Below(plan_.tenants - 1)) % plan_.tenants;
    const size_t count = 4 + random_.Below(7);
    std::vector<std::string> items;
    for (size_t k = 0; k < count; ++k) {
      items.push_back((plan_.tenants > 0 ? TenantText(tenant) + "/" : "") + fmt::format("d{}", 1'000 + random_.Below(7'000)));
    }
    std::string top = items[0];
    if (Hit(Fault::kTopNotMember)) top = (plan_.tenants > 0 ? TenantText(tenant) + "/" : "") + fmt::format("d{}", 8'001 + random_.Below(900));
    if (plan_.tenants > 0) Put(span, step.key[0], Text(TenantText(tenant_)));
    Put(span, step.key[1], List(items));
    Put(span, step.key[2], Text(top));
    Put(span, step.key[3], Int(static_cast<int64_t>(Hit(Fault::kCountWrong) ? count / 2 : count)));
    Put(span, step.key[4], Real(0.4 + 0.5 * random_.Uniform(), 10'000));
    return span;
  }

  size_t Pages(const StepPlan& step, trace::SpanId above, size_t pod) {
    const size_t span = Open(step.service, step.span, above, step.ms, pod);
    const int64_t total = 30 + static_cast<int64_t>(random_.Below(110)), size = 40;
    const int64_t pages = (total + size - 1) / size;
    const bool missing = Hit(Fault::kPageMissing, pages > 1), twice = Hit(Fault::kPageTwice, pages > 1);
    int64_t fetched = 0;
    for (int64_t page = 1; page <= pages; ++page) {
      if (missing && page == pages) continue;
      const int64_t number = twice && page == pages ? page - 1 : page;
      const size_t one = Open(step.service, step.other_span, IdOf(span), step.ms / 2, pod);
      const int64_t items = std::min(size, total - (number - 1) * size);
      fetched += items;
      Put(one, step.key[0], Int(number));
      Put(one, step.key[1], Int(items));
    }
    Put(span, step.key[2], Int(total));
    Put(span, step.key[3], Int(twice ? std::min(total, fetched) : fetched));
    return span;
  }

  size_t Events(const StepPlan& step, trace::SpanId above, size_t pod) {
    const size_t count = 2 + random_.Below(3);
    std::vector<size_t> order;
    for (size_t k = 1; k <= count; ++k) order.push_back(k);
    if (Hit(Fault::kEventTwice)) order.push_back(count);
    if (Hit(Fault::kEventsDisordered)) std::swap(order[0], order.back());
    const std::string message = fmt::format("{:08x}", random_.Next() >> 32);
    size_t span = 0;
    for (size_t k : order) {
      span = Open(step.service, step.span, above, step.ms / 3, pod);
      Put(span, step.key[0], Text(fmt::format("{}-{}", message, k)));
      Put(span, step.key[1], Int(static_cast<int64_t>(k)));
      Put(span, step.key[2], Text(kPlatforms[Hash(k) % 4]));
    }
    return span;
  }

  size_t Call(const StepPlan& step, trace::SpanId above, size_t pod) {
    const size_t client = client_;
    const std::string id = fmt::format("{:012x}", random_.Next() >> 16);
    std::string response = id;
    if (Hit(Fault::kWrongResponse)) response = s_.previous_request;
    const bool twice = Hit(Fault::kRetryTwice), swallowed = Hit(Fault::kErrorSwallowed);
    const bool retried = twice || random_.Chance(0.02);
    if (Hit(Fault::kQueued)) now_ += static_cast<int64_t>((60 + 200 * random_.Uniform()) * static_cast<double>(kMs));
    if (retried) {
      const size_t first = Open(step.service, step.span, above, step.ms, pod);
      Put(first, step.key[4], Text(id));
      if (!twice) Fail(first, "timeout");
    }
    const size_t span = Open(step.service, step.span, above, step.ms, pod);
    Put(span, step.key[4], Text(id));
    Put(span, step.key[5], Real(random_.Uniform(), 10'000));
    if (swallowed) Fail(span, "unavailable");
    Put(client, step.key[0], Text(id));
    Put(client, step.key[1], Text(response));
    Put(client, step.key[2], Int(retried ? 1 : 0));
    trace_.spans[client].end_ns = now_ + kMs / 4;
    s_.previous_request = id;
    return span;
  }

  size_t Index(const StepPlan& step, trace::SpanId above, size_t pod) {
    const size_t span = Open(step.service, step.span, above, step.ms, pod);
    const int64_t version = 4'000 + (now_ - plan_.begin_ns) / (2 * kHour);
    const uint64_t shard = random_.Below(7);
    const bool stale = Hit(Fault::kStaleIndex);
    const bool lags = random_.Chance(step.harmless);  // just after a new version
    if (fault_ == Fault::kBadShard && may_hit_ && shard == 3) Meet();
    Put(span, step.key[0], Int(stale ? version - 3 - static_cast<int64_t>(random_.Below(4)) : lags ? version - 1 : version));
    Put(span, step.key[1], Int(static_cast<int64_t>(shard)));
    Put(span, step.key[2], Int(256));
    return span;
  }

  size_t Window(const StepPlan& step, trace::SpanId above, size_t pod) {
    const size_t span = Open(step.service, step.span, above, step.ms, pod);
    const int64_t day = now_ / kHour / 24;
    const bool just_over = random_.Chance(step.harmless);
    Put(span, step.key[0], Int(Hit(Fault::kDayOff) || just_over ? day - 1 : day));
    Put(span, step.key[1], Int(50 + static_cast<int64_t>(random_.Below(300))));
    Put(span, step.key[2], Text(UserText(user_)));
    return span;
  }

  size_t Endpoint(const StepPlan& step, trace::SpanId above, size_t pod) {
    const size_t span = Open(step.service, step.span, above, step.ms, pod);
    const std::string home = plan_.regions[region_];
    const std::string other = plan_.regions[(region_ + 1) % plan_.regions.size()];
    const bool away = random_.Chance(step.harmless);
    Put(span, step.key[0], Text(home));
    Put(span, step.key[1], Text("db." + (Hit(Fault::kWrongRegion) || away ? other : home) + ".internal"));
    return span;
  }

  size_t Budget(const StepPlan& step, trace::SpanId above, size_t pod) {
    const size_t span = Open(step.service, step.span, above, step.ms, pod);
    const auto a = static_cast<int64_t>(200 + random_.Below(3'000)), b = static_cast<int64_t>(50 + random_.Below(600));
    Put(span, step.key[0], Int(a));
    Put(span, step.key[1], Int(b));
    const int64_t rebate = random_.Chance(step.harmless) ? 1 + static_cast<int64_t>(random_.Below(static_cast<uint64_t>(b))) : 0;
    Put(span, step.key[2], Int(Hit(Fault::kSumWrong) ? a : a + b - rebate));
    return span;
  }

  size_t Clock(const StepPlan& step, trace::SpanId above, size_t pod) {
    const size_t span = Open(step.service, step.span, above, step.ms, pod);
    const int64_t at = now_ / (1'000 * kMs);
    int64_t made = at - static_cast<int64_t>(random_.Below(90));
    if (random_.Chance(step.harmless)) made -= 4'000 + static_cast<int64_t>(random_.Below(9'000));  // a phone that was off
    if (Hit(Fault::kLagging)) made -= 5'000 + static_cast<int64_t>(random_.Below(20'000));
    int64_t copy = made;
    if (Hit(Fault::kHoursOff)) copy += std::array{3'600, 7'200, -3'600}[random_.Below(3)];
    Put(span, step.key[0], Int(at));
    Put(span, step.key[1], Int(made));
    Put(span, step.key[2], Int(copy));
    return span;
  }

  size_t Two(const StepPlan& step, trace::SpanId above, size_t pod) {
    const bool swapped = Hit(Fault::kSpansSwapped), overlap = Hit(Fault::kSpansOverlap);
    const size_t first = Open(step.service, swapped ? step.other_span : step.span, above, step.ms, pod);
    if (overlap) now_ -= (trace_.spans[first].end_ns - trace_.spans[first].start_ns) * 3 / 4;
    const size_t second = Open(step.service, swapped ? step.span : step.other_span, above, step.ms, pod);
    Put(first, step.key[0], Int(static_cast<int64_t>(random_.Below(9))));
    Put(second, step.key[0], Int(static_cast<int64_t>(random_.Below(9))));
    return second;
  }

  size_t Vector(const StepPlan& step, trace::SpanId above, size_t pod) {
    const size_t span = Open(step.service, step.span, above, step.ms, pod);
    double norm = random_.Normal(1, 0.02);
    std::string code = fmt::format("{:08x}", random_.Next() >> 32);
    if (Hit(Fault::kPreviousVector)) {
      norm = s_.previous_norm;
      code = s_.previous_code;
    }
    Put(span, step.key[0], Int(256));
    Put(span, step.key[1], Real(norm, 1'000'000));
    Put(span, step.key[2], Text(code));
    s_.previous_norm = norm;
    s_.previous_code = code;
    return span;
  }

  size_t Dedup(const StepPlan& step, trace::SpanId above, size_t pod) {
    const size_t span = Open(step.service, step.span, above, step.ms, pod);
    std::string id = fmt::format("{:014x}", random_.Next() >> 8);
    if (!s_.used_ids.empty() && random_.Chance(step.harmless / 2)) id = s_.used_ids.back();  // asked twice
    if (Hit(Fault::kIdReused, s_.used_ids.size() > 20)) id = s_.used_ids[random_.Below(s_.used_ids.size())];
    s_.used_ids.push_back(id);
    if (s_.used_ids.size() > 60) s_.used_ids.pop_front();
    Put(span, step.key[0], Text(id));
    Put(span, step.key[1], Int(static_cast<int64_t>(random_.Below(4))));
    return span;
  }

  uint64_t Item() {
    if (item_ == 0) {
      const double u = random_.Uniform();
      item_ = 1 + static_cast<uint64_t>(u * u * 400);
    }
    return item_;
  }

  size_t Lookup(const StepPlan& step, trace::SpanId above, size_t pod) {
    const size_t span = Open(step.service, step.span, above, step.ms, pod);
    const uint64_t asked = Item();
    uint64_t found = asked;
    if (Hit(Fault::kKeyCollides)) found = 1 + random_.Below(400);
    Put(span, step.key[0], Text(fmt::format("item {} of {}", Hash(asked) % 100'000, kAnswers[Hash(asked) % 6])));
    Put(span, step.key[1], Text(fmt::format("{:016x}", Hash(found + 31))));
    Put(span, step.key[2], Text(fmt::format("ref-{}", Hash(found + 7) % 1'000'000)));
    return span;
  }

  size_t Guard(const StepPlan& step, trace::SpanId above, size_t pod, size_t parent) {
    if (Hit(Fault::kSpanSkipped) || random_.Chance(step.harmless)) return parent;
    const size_t span = Open(step.service, step.span, above, step.ms, pod);
    Put(span, step.key[0], Int(static_cast<int64_t>(random_.Below(3))));
    Put(span, step.key[1], trace::Value(trace::ValueView::Bool(random_.Chance(0.1))));
    if (Hit(Fault::kSpanExtra)) {
      const size_t extra = Open(step.service, step.other_span, above, step.ms, pod);
      Put(extra, step.key[2], Int(static_cast<int64_t>(random_.Below(3))));
    }
    return span;
  }

  // Rare values, rare attributes, heavy tails and repeats that mean nothing.
  size_t Filler(const StepPlan& step, trace::SpanId above, size_t pod) {
    if (random_.Chance(step.harmless)) Open(step.service, step.other_span, above, step.ms, pod);
    if (random_.Chance(step.harmless * 2)) Open(step.service, step.span, above, step.ms, pod);
    const size_t span = Open(step.service, step.span, above, step.ms, pod);
    Put(span, step.key[0], Text(kPlatforms[random_.Below(4)]));
    Put(span, step.key[1], Int(static_cast<int64_t>(random_.Below(40))));
    Put(span, step.key[2], Real(random_.Uniform() * 90));
    Put(span, step.key[3], Text(UserText(user_)));
    const double tail = random_.Uniform();
    Put(span, step.key[4], Text(fmt::format("kind{}", static_cast<int>(1 / (0.02 + tail)))));
    Put(span, step.key[5], Real(std::exp(random_.Normal(2, 1.5))));
    if (random_.Chance(0.015)) Put(span, step.key[6], trace::Value(trace::ValueView::Bool(true)));
    if (random_.Chance(0.01)) Put(span, step.key[7], Text("debug"));
    return span;
  }

  size_t Model(const StepPlan& step, trace::SpanId above, size_t pod) {
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

  void Close() {
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
  void Lose() {
    if (random_.Chance(0.02)) trace_.spans.erase(trace_.spans.begin() + static_cast<long>(1 + random_.Below(trace_.spans.size() - 1)));
    if (random_.Chance(0.06)) {
      trace::Attributes& attributes = trace_.spans[random_.Below(trace_.spans.size())].attributes;
      if (!attributes.empty()) attributes.erase(attributes.begin() + static_cast<long>(random_.Below(attributes.size())));
    }
  }

  WorldState& s_;
  const SystemPlan& plan_;
  base::Random& random_;
  const Fault fault_;
  trace::Trace trace_;
  std::vector<int64_t> skew_;  // by span
  int64_t now_ = 0;
  bool late_ = false, may_hit_ = false, luck_ = false, hit_ = false, wrong_ = false;
  double wave_ = 0;
  size_t user_ = 0, segment_ = 0, locale_ = 0, platform_ = 0, tenant_ = 0, region_ = 0, entry_pod_ = 0, client_ = 0;
  uint64_t item_ = 0;
  double amount_ = 0, reading_ = 0, base_ = 0.8, sureness_ = 0.8;
  double f_[3] = {1, 1, 1};
  std::string answer_, session_;
};

}  // namespace

Written WriteRequest(WorldState& state, size_t index) { return Request(state, index).Run(); }

}  // namespace awry::made
