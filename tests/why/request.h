// Writes one request of a made system: how it is asked, its steps, and what is lost on the way.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "made_request.h"
#include "made_values.h"

namespace awry::made {

// Used once: Run moves the trace out.
class Request {
 public:
  Request(WorldState& state, size_t index);
  Written Run();

 private:
  void Ask();
  // The fault is met here: the answer is probably wrong.
  bool Hit(Fault fault, bool possible = true);
  void Meet();
  size_t PodOf(size_t service);
  // Variant 0: as always, 1: a newer version, 2: a bad configuration.
  size_t Variant(size_t service, size_t pod) const;
  size_t Open(size_t service, const std::string& name, trace::SpanId parent, double ms, size_t pod, size_t variant = 9);
  void Put(size_t span, const std::string& key, trace::Value value) { trace_.spans[span].attributes.push_back({key, std::move(value)}); }
  trace::SpanId IdOf(size_t span) const { return trace_.spans[span].span_id; }
  void Fail(size_t span, const std::string& why);
  std::string UserText(size_t user) const { return fmt::format("{}{}", plan_.user_prefix, 10'000 + user * 7); }
  std::string TenantText(size_t tenant) const { return fmt::format("t{:03}", Hash(tenant + 900) % 900); }
  void Entry(size_t root);
  size_t ServiceOf(size_t span) const;
  size_t PodIn(size_t span) const;
  void Close();
  // Some spans and attributes never arrive.
  void Lose();

  // Steps return the span that later ones may be below.
  size_t Step(const StepPlan& step, size_t parent);
  // Rows and values: request_rows.cc.
  void Numbers(size_t user);
  size_t Profile(const StepPlan& step, trace::SpanId above, size_t pod);
  size_t Parse(const StepPlan& step, trace::SpanId above, size_t pod);
  size_t CleanText(const StepPlan& step, trace::SpanId above, size_t pod);
  size_t Items(const StepPlan& step, trace::SpanId above, size_t pod);
  size_t Budget(const StepPlan& step, trace::SpanId above, size_t pod);
  size_t Vector(const StepPlan& step, trace::SpanId above, size_t pod);
  size_t Dedup(const StepPlan& step, trace::SpanId above, size_t pod);
  uint64_t Item();
  size_t Lookup(const StepPlan& step, trace::SpanId above, size_t pod);
  // Calls, order and time: request_calls.cc.
  size_t Pages(const StepPlan& step, trace::SpanId above, size_t pod);
  size_t Events(const StepPlan& step, trace::SpanId above, size_t pod);
  size_t Call(const StepPlan& step, trace::SpanId above, size_t pod);
  size_t Index(const StepPlan& step, trace::SpanId above, size_t pod);
  size_t Window(const StepPlan& step, trace::SpanId above, size_t pod);
  size_t Endpoint(const StepPlan& step, trace::SpanId above, size_t pod);
  size_t Clock(const StepPlan& step, trace::SpanId above, size_t pod);
  size_t Two(const StepPlan& step, trace::SpanId above, size_t pod);
  size_t Guard(const StepPlan& step, trace::SpanId above, size_t pod, size_t parent);
  size_t Filler(const StepPlan& step, trace::SpanId above, size_t pod);
  size_t Model(const StepPlan& step, trace::SpanId above, size_t pod);

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

}  // namespace awry::made
