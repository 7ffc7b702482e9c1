// Steps that read a row or make a value of another one.
#include "request.h"

#include <array>
#include <cmath>

#include <fmt/format.h>

namespace awry::made {

void Request::Numbers(size_t user) {
  f_[0] = 20 + 480 * Unit(user * 3 + 1);
  f_[1] = f_[0] * (0.7 + 0.6 * Unit(user * 3 + 2));
  f_[2] = Unit(user * 3 + 3);
}

size_t Request::Profile(const StepPlan& step, trace::SpanId above, size_t pod) {
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

size_t Request::Parse(const StepPlan& step, trace::SpanId above, size_t pod) {
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

size_t Request::CleanText(const StepPlan& step, trace::SpanId above, size_t pod) {
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

size_t Request::Items(const StepPlan& step, trace::SpanId above, size_t pod) {
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

size_t Request::Budget(const StepPlan& step, trace::SpanId above, size_t pod) {
  const size_t span = Open(step.service, step.span, above, step.ms, pod);
  const auto a = static_cast<int64_t>(200 + random_.Below(3'000)), b = static_cast<int64_t>(50 + random_.Below(600));
  Put(span, step.key[0], Int(a));
  Put(span, step.key[1], Int(b));
  const int64_t rebate = random_.Chance(step.harmless) ? 1 + static_cast<int64_t>(random_.Below(static_cast<uint64_t>(b))) : 0;
  Put(span, step.key[2], Int(Hit(Fault::kSumWrong) ? a : a + b - rebate));
  return span;
}

size_t Request::Vector(const StepPlan& step, trace::SpanId above, size_t pod) {
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

size_t Request::Dedup(const StepPlan& step, trace::SpanId above, size_t pod) {
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

uint64_t Request::Item() {
  if (item_ == 0) {
    const double u = random_.Uniform();
    item_ = 1 + static_cast<uint64_t>(u * u * 400);
  }
  return item_;
}

size_t Request::Lookup(const StepPlan& step, trace::SpanId above, size_t pod) {
  const size_t span = Open(step.service, step.span, above, step.ms, pod);
  const uint64_t asked = Item();
  uint64_t found = asked;
  if (Hit(Fault::kKeyCollides)) found = 1 + random_.Below(400);
  Put(span, step.key[0], Text(fmt::format("item {} of {}", Hash(asked) % 100'000, kAnswers[Hash(asked) % 6])));
  Put(span, step.key[1], Text(fmt::format("{:016x}", Hash(found + 31))));
  Put(span, step.key[2], Text(fmt::format("ref-{}", Hash(found + 7) % 1'000'000)));
  return span;
}

}  // namespace awry::made
