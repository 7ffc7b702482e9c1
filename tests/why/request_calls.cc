// Steps that call, repeat, order or time, and steps that mean nothing.
#include "request.h"

#include <algorithm>
#include <array>
#include <cmath>

#include <fmt/format.h>

namespace awry::made {

size_t Request::Pages(const StepPlan& step, trace::SpanId above, size_t pod) {
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

size_t Request::Events(const StepPlan& step, trace::SpanId above, size_t pod) {
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

size_t Request::Call(const StepPlan& step, trace::SpanId above, size_t pod) {
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

size_t Request::Index(const StepPlan& step, trace::SpanId above, size_t pod) {
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

size_t Request::Window(const StepPlan& step, trace::SpanId above, size_t pod) {
  const size_t span = Open(step.service, step.span, above, step.ms, pod);
  const int64_t day = now_ / kHour / 24;
  const bool just_over = random_.Chance(step.harmless);
  Put(span, step.key[0], Int(Hit(Fault::kDayOff) || just_over ? day - 1 : day));
  Put(span, step.key[1], Int(50 + static_cast<int64_t>(random_.Below(300))));
  Put(span, step.key[2], Text(UserText(user_)));
  return span;
}

size_t Request::Endpoint(const StepPlan& step, trace::SpanId above, size_t pod) {
  const size_t span = Open(step.service, step.span, above, step.ms, pod);
  const std::string home = plan_.regions[region_];
  const std::string other = plan_.regions[(region_ + 1) % plan_.regions.size()];
  const bool away = random_.Chance(step.harmless);
  Put(span, step.key[0], Text(home));
  Put(span, step.key[1], Text("db." + (Hit(Fault::kWrongRegion) || away ? other : home) + ".internal"));
  return span;
}

size_t Request::Clock(const StepPlan& step, trace::SpanId above, size_t pod) {
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

size_t Request::Two(const StepPlan& step, trace::SpanId above, size_t pod) {
  const bool swapped = Hit(Fault::kSpansSwapped), overlap = Hit(Fault::kSpansOverlap);
  const size_t first = Open(step.service, swapped ? step.other_span : step.span, above, step.ms, pod);
  if (overlap) now_ -= (trace_.spans[first].end_ns - trace_.spans[first].start_ns) * 3 / 4;
  const size_t second = Open(step.service, swapped ? step.span : step.other_span, above, step.ms, pod);
  Put(first, step.key[0], Int(static_cast<int64_t>(random_.Below(9))));
  Put(second, step.key[0], Int(static_cast<int64_t>(random_.Below(9))));
  return second;
}

size_t Request::Guard(const StepPlan& step, trace::SpanId above, size_t pod, size_t parent) {
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
size_t Request::Filler(const StepPlan& step, trace::SpanId above, size_t pod) {
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

}  // namespace awry::made
