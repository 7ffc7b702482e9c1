// A ring of minutes. A trace adds to the minute of its root; what it added is remembered for a while, so
// that late spans correct it. Whether a service is quiet is told from its gaps, not from the traces.
#include "awry/stats/instrumentation.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <span>

#include "awry/query/topology.h"

namespace awry::stats {
namespace {

constexpr int64_t kMinuteNs = 60'000'000'000;
constexpr size_t kPoints = 61;  // 60 steps, and the one that runs
constexpr uint64_t kUsual = 20;         // calls before "usually" means anything
constexpr double kUsualShare = 0.9;     // of an operation's spans that have a caller
constexpr double kGapsToBeQuiet = 10;   // times the usual gap
constexpr int64_t kQuietLeastNs = 2 * kMinuteNs;

int64_t MinuteOf(int64_t at_ns) { return at_ns / kMinuteNs - (at_ns % kMinuteNs < 0 ? 1 : 0); }

struct Text {
  std::string_view key, name;
};
Text TextOf(Signal signal) {
  switch (signal) {
    case Signal::kOrphanSpans:
      return {"orphan_spans", "orphan spans"};
    case Signal::kBrokenPropagation:
      return {"broken_propagation", "broken propagation"};
    case Signal::kClockSkew:
      return {"clock_skew", "clock skew"};
    case Signal::kRepairedSpans:
      return {"repaired_spans", "spans repaired at intake"};
    case Signal::kQuietServices:
      return {"quiet_services", "services gone quiet"};
    case Signal::kSpansRefused:
      return {"spans_refused", "spans refused"};
    case Signal::kRequestsRefused:
      return {"requests_refused", "requests refused"};
  }
  return {};
}

// "6m", "2s", "40ms": one unit is enough for people.
std::string Roughly(int64_t ns) {
  constexpr std::pair<int64_t, const char*> kUnits[] = {{3'600'000'000'000, "h"},
                                                        {60'000'000'000, "min"},
                                                        {1'000'000'000, "s"},
                                                        {1'000'000, "ms"}};
  for (const auto& [unit_ns, unit] : kUnits) {
    if (ns >= unit_ns) return fmt::format("{} {}", (ns + unit_ns / 2) / unit_ns, unit);
  }
  return "under 1 ms";
}

size_t IndexOf(Signal signal) { return static_cast<size_t>(signal); }

}  // namespace

std::string_view SignalKey(Signal signal) { return TextOf(signal).key; }
std::string_view SignalName(Signal signal) { return TextOf(signal).name; }

uint32_t InstrumentationBook::ServiceOf(const std::string& name) {
  if (const auto known = service_ids_.find(name); known != service_ids_.end()) return known->second;
  const bool full = services_.size() >= kServicesMax;
  const std::string& kept = full ? std::string("…") : name;
  if (full) {
    if (const auto other = service_ids_.find(kept); other != service_ids_.end()) return other->second;
  }
  const auto id = static_cast<uint32_t>(services_.size());
  services_.push_back({.name = kept, .examples = {}});
  service_ids_.emplace(kept, id);
  return id;
}

InstrumentationBook::Minute& InstrumentationBook::MinuteAt(int64_t minute) {
  Minute& place = minutes_[static_cast<size_t>(((minute % kMinutes) + kMinutes) % kMinutes)];
  if (place.minute < minute) place = {.minute = minute, .spans = {}, .counts = {}, .skew_max_ns = {}};
  return place;
}

// Notes whether a span of this operation had a caller, and returns whether they usually have.
bool InstrumentationBook::UsuallyCalled(const trace::Span& span, bool has_parent) {
  if (span.kind != trace::SpanKind::kServer && span.kind != trace::SpanKind::kConsumer) return false;
  const std::pair key(ServiceOf(span.resource->service), span.name);
  auto found = operations_.find(key);
  if (found == operations_.end()) {
    if (operations_.size() >= kOperationsMax) return false;
    found = operations_.emplace(key, Operation{}).first;
  }
  Operation& operation = found->second;
  const auto all = static_cast<double>(operation.with_parent + operation.without);
  const bool usual = operation.with_parent >= kUsual &&
                     static_cast<double>(operation.with_parent) >= kUsualShare * all;
  ++(has_parent ? operation.with_parent : operation.without);
  return usual;
}

InstrumentationBook::Said InstrumentationBook::Look(const trace::Trace& trace, Minute& minute) {
  const query::Topology topology(trace);
  std::map<uint32_t, uint32_t> spans;
  std::map<std::pair<Signal, uint32_t>, uint32_t> counts;
  const trace::Span* root = nullptr;
  for (size_t i = 0; i < trace.spans.size(); ++i) {
    const trace::Span& span = trace.spans[i];
    const uint32_t service = ServiceOf(span.resource->service);
    ++spans[service];
    if (!span.warnings.empty()) ++counts[{Signal::kRepairedSpans, service}];
    const size_t parent = topology.parent(i);
    const bool usually_called = UsuallyCalled(span, span.parent_id != 0);
    if (span.parent_id == 0) {
      if (root != nullptr || usually_called) ++counts[{Signal::kBrokenPropagation, service}];
      root = &span;
    } else if (parent == query::kNone) {
      ++counts[{Signal::kOrphanSpans, service}];
    } else if (const trace::Span& above = trace.spans[parent];
               above.resource->service != span.resource->service && span.start_ns < above.start_ns) {
      ++counts[{Signal::kClockSkew, service}];
      int64_t& most = minute.skew_max_ns[service];
      most = std::max(most, above.start_ns - span.start_ns);
    }
  }
  Said said{.minute = minute.minute, .spans = {spans.begin(), spans.end()}, .counts = {}};
  for (const auto& [key, count] : counts) said.counts.push_back({key.first, key.second, count});
  return said;
}

void InstrumentationBook::Apply(const Said& said, int64_t sign) {
  Minute& minute = MinuteAt(said.minute);
  if (minute.minute != said.minute) return;  // a day has passed
  minute.traces += sign;
  for (const auto& [service, spans] : said.spans) minute.spans[service] += sign * spans;
  for (const Count& count : said.counts) {
    minute.counts[count.service * static_cast<uint32_t>(kSignals) +
                  static_cast<uint32_t>(count.signal)] += sign * count.spans;
  }
}

void InstrumentationBook::Remember(const trace::TraceId& id, Said said) {
  if (!remembered_.insert_or_assign(id, std::move(said)).second) return;
  remembered_order_.push_back(id);
  if (remembered_order_.size() <= kRememberedMax) return;
  remembered_.erase(remembered_order_.front());
  remembered_order_.pop_front();
}

// The usual gap follows slowly, and a long silence does not become usual at once.
void InstrumentationBook::NoteHeard(uint32_t service, int64_t at_ns, int64_t now_ns) {
  Service& heard = services_[service];
  at_ns = std::min(at_ns, now_ns);
  if (heard.traces++ == 0) {
    heard.first_ns = heard.last_ns = at_ns;
    return;
  }
  const auto gap_ns = static_cast<double>(std::max<int64_t>(0, at_ns - heard.last_ns));
  const double weight = std::max(0.02, 1.0 / static_cast<double>(heard.traces));
  heard.gap_ns += weight * (gap_ns - heard.gap_ns);
  heard.first_ns = std::min(heard.first_ns, at_ns);
  heard.last_ns = std::max(heard.last_ns, at_ns);
}

void InstrumentationBook::Add(const trace::Trace& trace, int64_t now_ns) {
  const int64_t at_ns = std::min(trace::Root(trace)->start_ns, now_ns);
  const int64_t minute_number = MinuteOf(at_ns);
  if (minute_number <= MinuteOf(now_ns) - kMinutes) return;
  base::MutexLock lock(mutex_);
  Minute& minute = MinuteAt(minute_number);
  if (minute.minute != minute_number) return;
  const auto before = remembered_.find(trace.id);
  const bool again = before != remembered_.end();
  if (again) Apply(before->second, -1);
  Said said = Look(trace, minute);
  Apply(said, 1);
  for (const auto& [service, spans] : said.spans) {
    if (!again) NoteHeard(service, at_ns, now_ns);
  }
  for (const Count& count : said.counts) {
    auto& examples = services_[count.service].examples[IndexOf(count.signal)];
    if (std::ranges::find(examples, trace.id) != examples.end()) continue;
    examples.push_front(trace.id);
    if (examples.size() > kExamplesMax) examples.pop_back();
  }
  Remember(trace.id, std::move(said));
}

void InstrumentationBook::NoteRefused(uint64_t spans, uint64_t requests, uint64_t spans_accepted, int64_t now_ns) {
  base::MutexLock lock(mutex_);
  Minute& minute = MinuteAt(MinuteOf(now_ns));
  // Two that look at once may come here in the other order.
  const auto note = [](uint64_t total, uint64_t& known, uint64_t& of_minute) {
    of_minute += total > known ? total - known : 0;
    known = std::max(known, total);
  };
  note(spans, spans_refused_, minute.spans_refused);
  note(requests, requests_refused_, minute.requests_refused);
  note(spans_accepted, spans_accepted_, minute.spans_accepted);
}

base::Status InstrumentationBook::Fill(store::TraceStore& store, int64_t from_ns, size_t traces_max,
                                       int64_t now_ns, const std::function<bool()>& stop) {
  std::vector<trace::TraceId> ids;
  bool cut = false;
  RETURN_IF_ERROR(store.FindTraces({.start_from_ns = from_ns}, [&](const trace::TraceId& id) {
    cut = ids.size() == traces_max;
    if (!cut) ids.push_back(id);
    return !cut;
  }));
  // Gaps between traces can be told in the order of time only: oldest first.
  std::ranges::reverse(ids);
  constexpr size_t kLot = 64;
  for (size_t at = 0; at < ids.size(); at += kLot) {
    if (stop && stop()) return base::OkStatus();
    std::map<trace::TraceId, trace::Trace> lot;
    const std::span<const trace::TraceId> some(ids.data() + at, std::min(kLot, ids.size() - at));
    RETURN_IF_ERROR(store.GetTraces(some, [&](trace::Trace& trace) {
      const trace::TraceId id = trace.id;
      lot.insert_or_assign(id, std::move(trace));
      return true;
    }));
    for (const trace::TraceId& id : some) {
      if (const auto found = lot.find(id); found != lot.end()) Add(found->second, now_ns);
    }
  }
  if (!cut) SetComplete(from_ns);
  return base::OkStatus();
}

void InstrumentationBook::SetComplete(int64_t from_ns) {
  base::MutexLock lock(mutex_);
  complete_from_ns_ = std::min(complete_from_ns_, from_ns);
}

SignalHealth InstrumentationBook::Counted(Signal signal, const InstrumentationHealth& frame) const {
  SignalHealth out{.signal = signal, .series = std::vector<uint64_t>(kPoints), .of_series = std::vector<uint64_t>(kPoints), .services = {}};
  const bool of_traces = signal == Signal::kBrokenPropagation;
  std::map<uint32_t, std::pair<int64_t, int64_t>> services;  // count, of
  std::map<uint32_t, int64_t> skew_ns;
  for (const Minute& minute : minutes_) {
    const int64_t point = (minute.minute * kMinuteNs - frame.start_ns) / frame.step_ns;
    if (minute.minute * kMinuteNs < frame.start_ns || point >= static_cast<int64_t>(kPoints)) continue;
    int64_t of = of_traces ? minute.traces : 0, count = 0;
    for (const auto& [service, spans] : minute.spans) {
      if (!of_traces) of += spans;
      services[service].second += spans;
    }
    for (const auto& [key, spans] : minute.counts) {
      if (key % kSignals != IndexOf(signal)) continue;
      count += spans;
      services[key / kSignals].first += spans;
    }
    if (signal == Signal::kClockSkew) {
      for (const auto& [service, ns] : minute.skew_max_ns) skew_ns[service] = std::max(skew_ns[service], ns);
    }
    out.series[static_cast<size_t>(point)] += static_cast<uint64_t>(count);
    out.of_series[static_cast<size_t>(point)] += static_cast<uint64_t>(of);
    out.count += static_cast<uint64_t>(count);
    out.of += static_cast<uint64_t>(of);
  }
  for (const auto& [service, numbers] : services) {
    if (numbers.first <= 0) continue;
    const auto& examples = services_[service].examples[IndexOf(signal)];
    out.services.push_back({.service = services_[service].name,
                            .count = static_cast<uint64_t>(numbers.first),
                            .of = static_cast<uint64_t>(numbers.second),
                            .detail = "",
                            .examples = {examples.begin(), examples.end()}});
    if (signal == Signal::kClockSkew)
      out.services.back().detail = "starts up to " + Roughly(skew_ns[service]) + " before its caller";
  }
  std::ranges::stable_sort(out.services, [](const auto& x, const auto& y) { return x.count > y.count; });
  return out;
}

SignalHealth InstrumentationBook::QuietServices(const InstrumentationHealth& frame, int64_t now_ns) const {
  SignalHealth out{.signal = Signal::kQuietServices, .series = std::vector<uint64_t>(kPoints), .of_series = {}, .services = {}};
  std::vector<const Minute*> by_time;
  for (const Minute& minute : minutes_) {
    if (minute.minute >= 0) by_time.push_back(&minute);
  }
  std::ranges::sort(by_time, {}, &Minute::minute);
  for (uint32_t id = 0; id < services_.size(); ++id) {
    const Service& service = services_[id];
    if (service.traces < kUsual || service.last_ns < now_ns - kMinutes * kMinuteNs) continue;
    ++out.of;
    const int64_t patience_ns =
        std::max(kQuietLeastNs, static_cast<int64_t>(kGapsToBeQuiet * service.gap_ns));
    int64_t heard_ns = service.first_ns;
    size_t next = 0;
    for (size_t point = 0; point < kPoints; ++point) {
      const int64_t until_ns = std::min(now_ns, frame.start_ns + static_cast<int64_t>(point + 1) * frame.step_ns);
      for (; next < by_time.size() && by_time[next]->minute * kMinuteNs < until_ns; ++next) {
        const auto spans = by_time[next]->spans.find(id);
        if (spans != by_time[next]->spans.end() && spans->second > 0)
          heard_ns = std::max(heard_ns, (by_time[next]->minute + 1) * kMinuteNs);
      }
      out.series[point] += heard_ns < until_ns && until_ns - heard_ns > patience_ns ? 1 : 0;
    }
    const int64_t silent_ns = now_ns - service.last_ns;
    if (silent_ns <= patience_ns) continue;
    ++out.count;
    out.services.push_back({.service = service.name,
                            .count = static_cast<uint64_t>(silent_ns / 1'000'000'000),
                            .detail = fmt::format("last span {} ago, usually every {}", Roughly(silent_ns),
                                                  Roughly(static_cast<int64_t>(service.gap_ns))),
                            .examples = {}});
  }
  std::ranges::stable_sort(out.services, [](const auto& x, const auto& y) { return x.count > y.count; });
  return out;
}

SignalHealth InstrumentationBook::Refused(Signal signal, const InstrumentationHealth& frame) const {
  const bool spans = signal == Signal::kSpansRefused;
  SignalHealth out{.signal = signal, .series = std::vector<uint64_t>(kPoints), .of_series = {}, .services = {}};
  if (spans) out.of_series.resize(kPoints);
  for (const Minute& minute : minutes_) {
    const int64_t point = (minute.minute * kMinuteNs - frame.start_ns) / frame.step_ns;
    if (minute.minute * kMinuteNs < frame.start_ns || point >= static_cast<int64_t>(kPoints)) continue;
    const uint64_t count = spans ? minute.spans_refused : minute.requests_refused;
    out.series[static_cast<size_t>(point)] += count;
    out.count += count;
    if (!spans) continue;
    out.of += minute.spans_accepted + count;
    out.of_series[static_cast<size_t>(point)] += minute.spans_accepted + count;
  }
  return out;
}

InstrumentationHealth InstrumentationBook::Report(int64_t window_ns, int64_t now_ns) const {
  InstrumentationHealth out;
  const int64_t minutes = std::clamp<int64_t>(window_ns / kMinuteNs, 1, kMinutes);
  constexpr auto kSteps = static_cast<int64_t>(kPoints) - 1;
  out.step_ns = (minutes + kSteps - 1) / kSteps * kMinuteNs;
  // The last point is the running one.
  out.start_ns = MinuteOf(now_ns) * kMinuteNs + kMinuteNs - (kSteps + 1) * out.step_ns;
  base::MutexLock lock(mutex_);
  for (const Minute& minute : minutes_) {
    if (minute.minute * kMinuteNs < out.start_ns) continue;
    out.traces += static_cast<uint64_t>(minute.traces);
    for (const auto& [service, spans] : minute.spans) out.spans += static_cast<uint64_t>(spans);
  }
  out.complete = complete_from_ns_ <= std::max(out.start_ns, now_ns - window_ns);
  for (size_t i = 0; i < kSignals; ++i) {
    const auto signal = static_cast<Signal>(i);
    if (signal == Signal::kQuietServices) {
      out.signals.push_back(QuietServices(out, now_ns));
    } else if (signal == Signal::kSpansRefused || signal == Signal::kRequestsRefused) {
      out.signals.push_back(Refused(signal, out));
    } else {
      out.signals.push_back(Counted(signal, out));
    }
  }
  return out;
}

}  // namespace awry::stats
