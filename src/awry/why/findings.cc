#include "awry/why/findings.h"

#include <algorithm>
#include <atomic>
#include <thread>

#include "awry/why/finding_document.h"
#include "base/log.h"
#include "base/mutex.h"

namespace awry::why {
namespace {

constexpr char kDocument[] = "findings";
constexpr size_t kFindingsMax = 200;

int StateRank(FindingState state) {
  switch (state) {
    case FindingState::kNew:
    case FindingState::kConfirmed: return 0;
    case FindingState::kFixed: return 1;
    case FindingState::kDismissed: return 2;
  }
  return 2;
}

class Keeper final : public Findings {
 public:
  Keeper(store::TraceStore& store, const EngineOptions& engine, const FindingsOptions& options,
         std::vector<Finding> findings)
      : store_(store), engine_(store, engine), clock_(engine.clock == nullptr ? base::SystemClock() : *engine.clock),
        options_(options), findings_(std::move(findings)) {
    if (options.background) thread_ = std::jthread([this](std::stop_token stop) { Run(stop); });
  }

  ~Keeper() override {
    {
      base::MutexLock lock(mutex_);
      stopping_ = true;
      thread_.request_stop();
    }
    wake_.NotifyAll();
  }

  std::vector<Finding> List() override {
    base::MutexLock lock(mutex_);
    std::vector<Finding> out = findings_;
    std::stable_sort(out.begin(), out.end(), [](const Finding& x, const Finding& y) {
      const int rx = StateRank(x.state), ry = StateRank(y.state);
      return rx != ry ? rx < ry : x.cause.score > y.cause.score;
    });
    return out;
  }

  base::Result<Finding> Patch(const std::string& id, FindingState state, const std::string& note) override {
    base::MutexLock refresh(refresh_mutex_);
    std::vector<Finding> changed = Copy();
    const auto found = std::find_if(changed.begin(), changed.end(), [&](const Finding& f) { return f.id == id; });
    if (found == changed.end()) return base::NotFound("no finding with this id: " + id);
    found->state = state;
    found->note = note;
    found->marked_fixed_ns = std::nullopt;
    if (state == FindingState::kFixed) {
      found->marked_fixed_ns = clock_.NowUnixNs();
      if (!found->until_ns) found->until_ns = found->marked_fixed_ns;
    }
    const Finding result = *found;
    RETURN_IF_ERROR(Keep(std::move(changed)));
    return result;
  }

  void LabelsChanged() override {
    base::MutexLock lock(mutex_);
    ++label_changes_;
    wake_.NotifyAll();
  }

  base::Status RefreshNow() override {
    base::MutexLock refresh(refresh_mutex_);
    auto answer = engine_.Explain({}, [this](std::string_view, double) { return !stopping_; });
    // Labels may come before their traces: no failure of the search.
    if (!answer.ok() && answer.status().code() != base::StatusCode::kNotFound) return answer.status();
    const std::vector<Finding> before = Copy();
    std::vector<Finding> findings = answer.ok() ? Merge(before, *answer) : before;
    if (reported_) MergeReported(findings, reported_());
    if (!answer.ok() && !reported_) return base::OkStatus();
    return Keep(std::move(findings));
  }

  void ReportFrom(std::function<std::vector<ReportedCause>()> reported) override {
    base::MutexLock refresh(refresh_mutex_);
    reported_ = std::move(reported);
    base::MutexLock lock(mutex_);
    has_reporter_ = reported_ != nullptr;
  }

 private:
  std::vector<Finding> Copy() {
    base::MutexLock lock(mutex_);
    return findings_;
  }

  // Writes the document first: what List shows survives a crash.
  base::Status Keep(std::vector<Finding> findings) {
    RETURN_IF_ERROR(store_.PutDocument(kDocument, WriteFindings(findings)));
    base::MutexLock lock(mutex_);
    findings_ = std::move(findings);
    return base::OkStatus();
  }

  // What nobody has confirmed and the newest labels no longer show does not stand.
  static std::vector<Finding> Merge(std::vector<Finding> findings, const Answer& answer) {
    std::erase_if(findings, [&](const Finding& f) {
      return f.state == FindingState::kNew && !IsReported(f) &&
             std::none_of(answer.causes.begin(), answer.causes.end(), [&](const Cause& c) { return SameSubject(f.cause, c); });
    });
    for (const Cause& cause : answer.causes) {
      if (cause.kind == "context") continue;
      auto place = std::find_if(findings.begin(), findings.end(),
                                [&](const Finding& f) { return !IsReported(f) && SameSubject(f.cause, cause); });
      if (place == findings.end()) {
        if (findings.size() >= kFindingsMax) continue;
        findings.push_back({.id = FindingId(cause)});
        place = findings.end() - 1;
      }
      Update(*place, cause);
    }
    return findings;
  }

  static bool IsReported(const Finding& finding) { return finding.cause.kind == kCheckKind; }

  // A check that is gone, is violated no more, or says what a cause says does not stand for itself.
  static void MergeReported(std::vector<Finding>& findings, const std::vector<ReportedCause>& reported) {
    const auto is_of = [](const Finding& f, const ReportedCause& r) {
      return IsReported(f) && !f.checks.empty() && f.checks.front() == r.check;
    };
    const auto is_told = [&](const ReportedCause& r) {
      return std::any_of(findings.begin(), findings.end(), [&](const Finding& f) { return !IsReported(f) && SameSubject(f.cause, r.cause); });
    };
    std::erase_if(findings, [&](const Finding& f) {
      return f.state == FindingState::kNew && IsReported(f) &&
             std::none_of(reported.begin(), reported.end(), [&](const ReportedCause& r) { return is_of(f, r) && !is_told(r); });
    });
    for (const ReportedCause& r : reported) {
      if (is_told(r)) continue;
      auto place = std::find_if(findings.begin(), findings.end(), [&](const Finding& f) { return is_of(f, r); });
      if (place == findings.end()) {
        if (r.cause.until_ns || findings.size() >= kFindingsMax) continue;
        findings.push_back({.id = CheckFindingId(r.check), .checks = {r.check}});
        place = findings.end() - 1;
      }
      Update(*place, r.cause);
    }
  }

  static void Update(Finding& finding, const Cause& cause) {
    finding.cause = cause;
    finding.cause_json = ToJson(cause);
    finding.since_ns = cause.since_ns.value_or(cause.series.empty() ? 0 : cause.series.front().at_ns);
    // The old traces show the cause for ever: what a person marked as fixed is back only when a later
    // trace went wrong by it.
    const bool marked = finding.marked_fixed_ns && cause.last_ns.value_or(0) <= *finding.marked_fixed_ns;
    finding.until_ns = cause.until_ns;
    if (marked && !finding.until_ns) finding.until_ns = finding.marked_fixed_ns;
    if (finding.state == FindingState::kDismissed) return;
    if (cause.until_ns || marked) {
      finding.state = FindingState::kFixed;
    } else if (finding.state == FindingState::kFixed) {
      finding.state = FindingState::kNew;  // it is back
      finding.marked_fixed_ns = std::nullopt;
    }
  }

  // Searches after a change of labels has been quiet for the debounce, or when spans came and the
  // period is over.
  void Run(const std::stop_token& stop) {
    uint64_t seen_labels = 0;
    uint64_t seen_generation = 0;
    while (!stop.stop_requested()) {
      if (!WaitForWork(stop, seen_labels, seen_generation)) continue;
      const base::Status status = RefreshNow();
      if (!status.ok()) base::LogWarning("search for findings failed: {}", status.ToString());
    }
  }

  bool WaitForWork(const std::stop_token& stop, uint64_t& seen_labels, uint64_t& seen_generation) {
    base::MutexLock lock(mutex_);
    if (label_changes_ == seen_labels && !stop.stop_requested()) wake_.WaitFor(mutex_, options_.period);
    if (stop.stop_requested()) return false;
    if (label_changes_ != seen_labels) {
      while (label_changes_ != seen_labels && !stop.stop_requested()) {
        seen_labels = label_changes_;
        wake_.WaitFor(mutex_, options_.debounce);
      }
      return !stop.stop_requested();
    }
    const uint64_t generation = store_.generation();
    const bool news = generation != seen_generation && (!findings_.empty() || has_reporter_);
    seen_generation = generation;
    return news;
  }

  store::TraceStore& store_;
  Engine engine_;
  const base::Clock& clock_;
  const FindingsOptions options_;

  base::Mutex refresh_mutex_;  // one search or patch at a time; taken before mutex_
  std::function<std::vector<ReportedCause>()> reported_ GUARDED_BY(refresh_mutex_);
  base::Mutex mutex_;
  base::CondVar wake_;
  std::vector<Finding> findings_ GUARDED_BY(mutex_);
  uint64_t label_changes_ GUARDED_BY(mutex_) = 0;
  bool has_reporter_ GUARDED_BY(mutex_) = false;
  std::atomic<bool> stopping_ = false;  // set once by the destructor, read by a running search
  std::jthread thread_;  // last: stops before the rest goes
};

}  // namespace

base::Result<std::unique_ptr<Findings>> Findings::Open(store::TraceStore& store, const EngineOptions& engine,
                                                       const FindingsOptions& options) {
  std::vector<Finding> findings;
  auto document = store.GetDocument(kDocument);
  if (document.ok()) {
    ASSIGN_OR_RETURN(findings, ReadFindings(*document));
  } else if (document.status().code() != base::StatusCode::kNotFound) {
    return document.status();
  }
  return std::unique_ptr<Findings>(std::make_unique<Keeper>(store, engine, options, std::move(findings)));
}

}  // namespace awry::why
