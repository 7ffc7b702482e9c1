// Commits only note ids. One thread of low priority reads the traces that have been quiet, judges them
// in lots, and keeps each lot in one transaction.
#include "awry/check/watcher.h"

#include <fmt/format.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>

#include "awry/check/event_json.h"
#include "base/log.h"

namespace awry::check {

namespace {

constexpr size_t kLot = 256;                // traces judged in one transaction
constexpr size_t kUncheckedPerSecond = 256; // traces that only on_trace sees
constexpr size_t kUnsavedMax = 10'000;      // violations held while the database does not take them
constexpr size_t kEventsOfDelivery = 100;   // of the webhook
constexpr int64_t kMarkEveryNs = 10'000'000'000;
constexpr int64_t kMarkSlackNs = 60'000'000'000;  // a span arrives at most so long after its start
constexpr char kMark[] = "judged until";

int64_t HourOf(int64_t at_ns) {
  return at_ns - ((at_ns % kCountStepNs) + kCountStepNs) % kCountStepNs;
}

bool BitAt(const std::string& bits, size_t index) {
  return index / 8 < bits.size() && ((bits[index / 8] >> (index % 8)) & 1) != 0;
}
void SetBit(std::string& bits, size_t index) {
  if (bits.size() <= index / 8) bits.resize(index / 8 + 1);
  bits[index / 8] = static_cast<char>(bits[index / 8] | (1 << (index % 8)));
}

Violation ViolationOf(const Rule& rule, const trace::Trace& trace, const Judgement& judgement) {
  Violation out{.check = rule.check().name, .severity = rule.check().severity, .trace_id = trace.id};
  out.at_ns = trace::Root(trace)->start_ns;
  if (!judgement.span.has_value()) return out;
  const trace::Span& span = trace.spans[*judgement.span];
  out.at_ns = span.start_ns;
  out.service = span.resource->service;
  out.span = span.name;
  out.span_id = span.span_id;
  return out;
}

std::string Escaped(std::string_view label) {
  std::string out;
  for (const char c : label) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out;
}

}  // namespace

Watcher::Watcher(store::TraceStore& store, CheckBook& book, Ledger& ledger, Webhook* webhook,
                 const WatcherOptions& options)
    : store_(store), book_(book), ledger_(ledger), webhook_(webhook), options_(options), open_(options.open) {
  Resume();
  if (options.background) thread_ = std::jthread([this](const std::stop_token& stop) { Run(stop); });
}

Watcher::~Watcher() {
  stopping_ = true;
  thread_.request_stop();
  base::MutexLock lock(mutex_);
  wake_.NotifyAll();
}

// What arrived before the last end and was not judged is open again.
void Watcher::Resume() {
  const auto mark = ledger_.Get(kMark);
  int64_t until_ns = 0;
  if (!mark.ok() || mark->empty()) return;
  const auto [end, error] = std::from_chars(mark->data(), mark->data() + mark->size(), until_ns);
  if (error != std::errc() || end != mark->data() + mark->size()) return;
  std::vector<trace::TraceId> ids;
  const base::Status found =
      store_.FindTraces({.start_from_ns = until_ns - kMarkSlackNs}, [&](const trace::TraceId& id) {
        ids.push_back(id);
        return ids.size() < options_.open.open_max;
      });
  if (!found.ok()) base::LogWarning("checks do not go on where they stopped: {}", found.ToString());
  Note(ids);
}

void Watcher::Note(std::span<const trace::TraceId> ids) {
  const int64_t now_ns = options_.clock->MonotonicNs();
  base::MutexLock lock(mutex_);
  open_.Note(ids, now_ns);
}

void Watcher::NoteLabels(std::span<const trace::TraceId> ids) {
  if (!std::ranges::any_of(book_.in_force()->rules->rules(), &Rule::uses_labels)) return;
  const int64_t now_ns = options_.clock->MonotonicNs();
  base::MutexLock lock(mutex_);
  open_.NoteAgain(ids, now_ns);
}

size_t Watcher::JudgeDue() {
  size_t judged = 0;
  while (true) {
    std::vector<trace::TraceId> ids;
    {
      base::MutexLock lock(mutex_);
      open_.TakeDue(options_.clock->MonotonicNs(), kLot, ids);
    }
    if (ids.empty()) break;
    const size_t due = ids.size();
    const auto in_force = book_.in_force();
    if (in_force->rules->rules().empty()) ids.resize(Allow(due));
    const base::Status read = store_.GetTraces(ids, [&](trace::Trace& trace) {
      JudgeTrace(trace, *in_force);
      return !stopping_;
    });
    if (!read.ok()) SetProblem("traces cannot be read: " + read.message());
    judged += due;
    Keep();
    if (stopping_) break;
  }
  if (judged == 0) Keep();  // what could not be kept before
  return judged;
}

// How many traces may be read now although no check is in force: reading all of a busy system's traces back would cost
// more than taking them in, and what on_trace counts are shares.
size_t Watcher::Allow(size_t wanted) {
  constexpr int64_t kSecondNs = 1'000'000'000;
  const int64_t now_ns = options_.clock->MonotonicNs();
  if (now_ns - second_ns_ >= kSecondNs) {
    second_ns_ = now_ns;
    allowed_ = kUncheckedPerSecond;
  }
  const size_t now = std::min(allowed_, wanted);
  allowed_ -= now;
  return now;
}

void Watcher::JudgeTrace(const trace::Trace& trace, const InForce& in_force) {
  if (options_.on_trace) options_.on_trace(trace);
  const std::vector<Rule>& rules = in_force.rules->rules();
  Judged before;
  {
    base::MutexLock lock(mutex_);
    if (const Judged* found = open_.Find(trace.id)) before = *found;
  }
  Judged now{.times = before.times + 1, .rules = in_force.version};
  const bool again = before.times > 0;
  const bool comparable = before.rules == in_force.version;
  std::vector<trace::Label> labels;
  if (std::ranges::any_of(rules, &Rule::uses_labels)) labels = store_.LabelsOf(trace.id);
  const int64_t hour_ns = HourOf(trace::Root(trace)->start_ns);
  for (size_t i = 0; i < rules.size(); ++i) {
    const Judgement judgement = rules[i].Judge(trace, labels);
    if (judgement.applies) {
      SetBit(now.applied, i);
      const bool counted = again && (!comparable || BitAt(before.applied, i));
      if (!counted) ++round_.counts[{rules[i].check().name, hour_ns}].checked;
    }
    if (judgement.violated) {
      round_.violations.push_back(ViolationOf(rules[i], trace, judgement));
    } else if (again || rules[i].uses_labels()) {
      round_.withdrawn.emplace_back(rules[i].check().name, trace.id);
    }
  }
  ++evaluated_;
  base::MutexLock lock(mutex_);
  open_.Remember(trace.id, std::move(now));
}

// What cannot be kept now is tried again with the next lot.
void Watcher::Keep() {
  if (round_.empty()) return;
  const auto added = ledger_.Add(round_, options_.clock->NowUnixNs());
  if (!added.ok()) {
    SetProblem("violations cannot be kept: " + added.status().message());
    if (round_.violations.size() > kUnsavedMax) {
      unsaved_ += round_.violations.size();
      round_.violations.clear();
    }
    return;
  }
  {
    base::MutexLock lock(mutex_);
    for (const auto& [key, count] : round_.counts) totals_[key.first].checked += static_cast<uint64_t>(count.checked);
    for (const Violation& violation : *added) ++totals_[violation.check].violations;
    problem_.clear();
  }
  round_ = {};
  Tell(*added, *book_.in_force());
}

void Watcher::Tell(const std::vector<Violation>& violations, const InForce& in_force) {
  if (webhook_ == nullptr) return;
  std::vector<std::string> events;
  const auto flush = [&] {
    if (events.empty()) return;
    const base::Status queued = webhook_->Enqueue(events);
    if (!queued.ok()) SetProblem("webhook's outbox cannot be written: " + queued.message());
    events.clear();
  };
  for (const Violation& violation : violations) {
    const auto& rules = in_force.rules->rules();
    const auto rule = std::ranges::find_if(
        rules, [&](const Rule& r) { return r.check().name == violation.check; });
    events.push_back(ViolationEvent(violation, rule == rules.end() ? nullptr : &rule->check()));
    if (events.size() == kEventsOfDelivery) flush();
  }
  flush();
}

// A finding is told of when it is new, and when it is fixed or back.
void Watcher::TellFindings() {
  if (webhook_ == nullptr || !options_.findings) return;
  for (const FindingNews& finding : options_.findings()) {
    const std::string name = "finding " + finding.id;
    const auto known = ledger_.Get(name);
    if (!known.ok() || *known == finding.state) continue;
    const bool news = finding.state == "new" || (finding.state == "fixed" && !known->empty());
    base::Status told = news ? webhook_->Enqueue({FindingEvent(finding.state, finding.json)}) : base::OkStatus();
    if (told.ok()) told = ledger_.Put(name, finding.state);
    if (!told.ok()) SetProblem("webhook's outbox cannot be written: " + told.message());
  }
}

void Watcher::KeepHouse() {
  book_.ReloadFile();
  if (options_.on_housekeeping) options_.on_housekeeping();
  TellFindings();
  const int64_t now_ns = options_.clock->NowUnixNs();
  if (now_ns - marked_ns_ < kMarkEveryNs) return;
  marked_ns_ = now_ns;
  int64_t age_ns = 0;
  {
    const int64_t monotonic_ns = options_.clock->MonotonicNs();
    base::MutexLock lock(mutex_);
    age_ns = monotonic_ns - open_.OldestArrival(monotonic_ns);
  }
  const base::Status marked = ledger_.Put(kMark, std::to_string(now_ns - age_ns));
  if (!marked.ok()) SetProblem("progress of checks cannot be kept: " + marked.message());
}

void Watcher::Run(const std::stop_token& stop) {
  // The intake goes first on a busy machine.
  (void)setpriority(PRIO_PROCESS, static_cast<id_t>(gettid()), 5);
  const int64_t pause_ns =
      std::clamp<int64_t>(options_.open.quiet_ns / 4, 10'000'000, 500'000'000);
  int64_t house_kept_ns = 0;
  while (!stop.stop_requested()) {
    (void)JudgeDue();
    const int64_t now_ns = options_.clock->MonotonicNs();
    if (now_ns - house_kept_ns >= options_.housekeeping.count() * 1'000'000) {
      KeepHouse();
      house_kept_ns = now_ns;
    }
    base::MutexLock lock(mutex_);
    if (!stop.stop_requested()) wake_.WaitFor(mutex_, std::chrono::nanoseconds(pause_ns));
  }
}

void Watcher::SetProblem(const std::string& problem) {
  base::MutexLock lock(mutex_);
  if (problem == problem_) return;
  problem_ = problem;
  base::LogWarning("checks: {}", problem);
}

WatcherCounts Watcher::counts() {
  const int64_t now_ns = options_.clock->MonotonicNs();
  const auto in_force = book_.in_force();
  WatcherCounts out{.evaluated = evaluated_, .unsaved = unsaved_, .problems = in_force->problems};
  out.quiet_ms = options_.open.quiet_ns / 1'000'000;
  base::MutexLock lock(mutex_);
  out.open = open_.open();
  out.lag_ms = open_.LagNs(now_ns) / 1'000'000;
  out.skipped = open_.skipped();
  out.late = open_.late();
  if (!problem_.empty()) out.problems.push_back(problem_);
  return out;
}

std::string Watcher::ToMetrics() {
  const WatcherCounts now = counts();
  std::string out;
  const auto add = [&](const char* name, const char* type, const char* help, uint64_t value) {
    out += fmt::format("# HELP {0} {2}\n# TYPE {0} {1}\n{0} {3}\n", name, type, help, value);
  };
  std::string violations, checked;
  {
    base::MutexLock lock(mutex_);
    for (const auto& [check, totals] : totals_) {
      const std::string label = Escaped(check);
      violations += fmt::format("awry_check_violations_total{{check=\"{}\"}} {}\n", label, totals.violations);
      checked += fmt::format("awry_check_traces_total{{check=\"{}\"}} {}\n", label, totals.checked);
    }
  }
  out += "# HELP awry_check_violations_total Traces that violate the check.\n"
         "# TYPE awry_check_violations_total counter\n" + violations +
         "# HELP awry_check_traces_total Traces to which the check applied.\n"
         "# TYPE awry_check_traces_total counter\n" + checked;
  add("awry_checks", "gauge", "Checks in force.", book_.in_force()->rules->rules().size());
  add("awry_checks_problems", "gauge", "What keeps checks from working.", now.problems.size());
  add("awry_check_open_traces", "gauge", "Traces that wait for their last span.", now.open);
  add("awry_check_judged_total", "counter", "Traces judged.", now.evaluated);
  add("awry_check_skipped_total", "counter", "Traces not judged: too many were open.", now.skipped);
  add("awry_check_late_total", "counter", "Arrivals of spans after the second judgement.", now.late);
  add("awry_check_unsaved_total", "counter", "Violations that could not be kept.", now.unsaved);
  if (webhook_ == nullptr) return out;
  const WebhookCounts hook = webhook_->counts();
  add("awry_webhook_pending", "gauge", "Deliveries that wait.", hook.pending);
  add("awry_webhook_delivered_total", "counter", "Deliveries taken by the address.", hook.delivered);
  add("awry_webhook_failed_total", "counter", "Attempts that failed.", hook.failed);
  add("awry_webhook_dead_total", "counter", "Deliveries given up.", hook.died);
  return out;
}

}  // namespace awry::check
