#include "awry/why/selection.h"

#include <algorithm>
#include <chrono>
#include <unordered_set>

#include <fmt/format.h>

#include "awry/query/query.h"
#include "awry/query/search.h"

namespace awry::why {
namespace {

constexpr size_t kIdsMax = 2'000'000;        // trace ids held while choosing
constexpr size_t kNearest = 3'000;           // of a single trace's neighbours in time
constexpr size_t kSpread = 6'000;            // and of all the others
constexpr size_t kNewest = 2'000;            // newest traces that show whether a fact has ended
constexpr size_t kAroundMax = 30'000;        // for an onset
constexpr size_t kRootProbes = 200;          // traces that say which root operations there are
constexpr size_t kOperationsMax = 4;         // looked at for an onset
constexpr size_t kOperationProbesMin = 10;   // of kRootProbes: what is rarer is left out
constexpr int64_t kOnsetWindowNs = int64_t{24} * 3'600 * 1'000'000'000;

using Ids = std::vector<trace::TraceId>;

// Every k-th, so that at most `most` remain.
Ids Spread(const Ids& ids, size_t most) {
  if (ids.size() <= most) return ids;
  Ids out;
  for (size_t k = 0; k < most; ++k) out.push_back(ids[k * ids.size() / most]);
  return out;
}

base::Result<Ids> Find(store::TraceStore& store, const store::SpanFilter& filter) {
  Ids ids;
  RETURN_IF_ERROR(store.FindTraces(filter, [&](const trace::TraceId& id) {
    ids.push_back(id);
    return ids.size() < kIdsMax;
  }));
  return ids;
}

store::SpanFilter Window(const Question& question) {
  return {.start_from_ns = question.since_ns, .start_until_ns = question.until_ns};
}

struct RootShare {
  std::pair<std::string, std::string> root;  // service and span
  size_t count = 0;                          // of the traces that were probed
};

// The most frequent first. kNotFound: none of the traces is there.
base::Result<std::vector<RootShare>> RootsOf(store::TraceStore& store, const Ids& ids) {
  std::map<std::pair<std::string, std::string>, size_t> counts;
  const Ids probes = Spread(ids, kRootProbes);
  RETURN_IF_ERROR(store.GetTraces(probes, [&](trace::Trace& trace) {
    if (const trace::Span* root = trace::Root(trace)) ++counts[{root->resource->service, root->name}];
    return true;
  }));
  if (counts.empty()) return base::NotFound("none of the traces is in the store");
  std::vector<RootShare> out;
  for (const auto& [root, count] : counts) out.push_back({.root = root, .count = count});
  std::ranges::stable_sort(out, std::ranges::greater(), &RootShare::count);
  return out;
}

base::Result<Ids> Matching(store::TraceStore& store, const std::string& text, const Question& question) {
  ASSIGN_OR_RETURN(const query::Query parsed, query::Parse(text));
  Ids ids;
  const query::Window window{.from_ns = question.since_ns, .until_ns = question.until_ns};
  const query::SearchLimits limits{.time = std::chrono::milliseconds(60'000)};
  RETURN_IF_ERROR(query::VisitMatches(store, parsed, window, limits,
                                      [&](trace::Trace& trace, const std::vector<size_t>&) {
                                        ids.push_back(trace.id);
                                        return ids.size() < kIdsMax;
                                      }));
  if (ids.empty()) return base::InvalidArgument("query matches no trace in the window: " + text);
  return ids;
}

// More traces than `most` tell hardly more: what a thousandth of them does is seen in a sample too.
void LimitTo(size_t most, std::string_view what, Ids& ids, std::vector<std::string>& notes) {
  if (ids.size() <= most) return;
  notes.push_back(fmt::format("{} {} traces: a spread of {} over the window is looked at.", ids.size(), what, most));
  ids = Spread(ids, most);
}

// Of the labelled traces those that lie in the window.
base::Result<Ids> InWindow(store::TraceStore& store, const Ids& ids, const Question& question) {
  if (question.since_ns == store::kTimeMin && question.until_ns == store::kTimeMax) return ids;
  Ids out;
  RETURN_IF_ERROR(store.GetTraces(ids, [&](trace::Trace& trace) {
    const int64_t start = trace.spans.empty() ? 0 : trace.spans.front().start_ns;
    if (start >= question.since_ns && start <= question.until_ns) out.push_back(trace.id);
    return true;
  }));
  return out;
}

// Unlabelled traces of the root operation that the wrong ones have: they stand in for right ones when
// `needed`, and are watched otherwise.
base::Status AddUnlabelled(store::TraceStore& store, const Question& question, const Verdicts& verdicts,
                           const EngineOptions& options, bool needed, Selection& out) {
  ASSIGN_OR_RETURN(const auto roots, RootsOf(store, out.bad));
  const auto& root = roots.front().root;
  store::SpanFilter filter = Window(question);
  filter.service = root.first;
  filter.name = root.second;
  auto found = Find(store, filter);
  if (!found.ok()) return found.status();
  std::unordered_set<trace::TraceId> taken(out.bad.begin(), out.bad.end());
  taken.insert(out.good.begin(), out.good.end());
  Ids others;
  for (const trace::TraceId& id : *found) {
    if (!taken.contains(id) && !verdicts.of.contains(id)) others.push_back(id);
  }
  if (!needed) {
    const size_t newest = std::min(kNewest, others.size());
    out.watch.assign(others.begin(), others.begin() + static_cast<long>(newest));
    const Ids older = Spread(Ids(others.begin() + static_cast<long>(newest), others.end()), kSpread);
    out.watch.insert(out.watch.end(), older.begin(), older.end());
    return base::OkStatus();
  }
  const Ids stand_ins = Spread(others, options.stand_ins_max);
  out.notes.push_back(fmt::format("Only {} traces are labelled right: {} unlabelled traces of {} {} stand in for right ones.",
                                  out.good.size(), stand_ins.size(), root.first, root.second));
  out.good.insert(out.good.end(), stand_ins.begin(), stand_ins.end());
  return base::OkStatus();
}

}  // namespace

Verdicts VerdictsOf(const std::vector<trace::Label>& labels) {
  Verdicts out;
  std::map<trace::TraceId, bool> contradicts;
  for (const trace::Label& label : labels) {  // oldest first
    const auto [place, added] = out.of.emplace(label.trace_id, label.verdict);
    if (!added && place->second != label.verdict) contradicts[label.trace_id] = true;
    place->second = label.verdict;
    if (!label.expected.empty()) out.expected[label.trace_id] = label.expected;
  }
  out.contradicting = contradicts.size();
  return out;
}

std::string ContradictionNote(const Verdicts& verdicts) {
  return fmt::format("Labels contradict each other on {} traces: the newest counts.", verdicts.contradicting);
}

base::Result<Selection> SelectLabelled(store::TraceStore& store, const Question& question, const Verdicts& verdicts,
                                       const EngineOptions& options) {
  Selection out;
  const auto labelled = [&](trace::Verdict verdict) {
    Ids ids;
    for (const auto& [id, given] : verdicts.of) {
      if (given == verdict) ids.push_back(id);
    }
    return ids;
  };
  const bool chosen = !question.bad.empty() || !question.bad_query.empty();
  if (!question.bad.empty()) {
    out.bad = question.bad;
  } else if (!question.bad_query.empty()) {
    ASSIGN_OR_RETURN(out.bad, Matching(store, question.bad_query, question));
  } else {
    ASSIGN_OR_RETURN(out.bad, InWindow(store, labelled(trace::Verdict::kWrong), question));
  }
  if (!question.good.empty()) {
    out.good = question.good;
  } else if (!question.good_query.empty()) {
    ASSIGN_OR_RETURN(out.good, Matching(store, question.good_query, question));
  } else {
    ASSIGN_OR_RETURN(out.good, InWindow(store, labelled(trace::Verdict::kRight), question));
  }
  const std::unordered_set<trace::TraceId> bad(out.bad.begin(), out.bad.end());
  std::erase_if(out.good, [&](const trace::TraceId& id) { return bad.contains(id); });
  if (verdicts.contradicting > 0 && !chosen) {
    out.notes.push_back(ContradictionNote(verdicts));
  }
  const bool open = question.good.empty() && question.good_query.empty();
  if (!out.bad.empty()) {
    const bool needed = open && out.good.size() < options.good_labels_min;
    RETURN_IF_ERROR(AddUnlabelled(store, question, verdicts, options, needed, out));
  }
  LimitTo(options.traces_max / 4, "wrong", out.bad, out.notes);
  LimitTo(options.traces_max * 3 / 4, "right", out.good, out.notes);
  return out;
}

base::Result<Ids> SelectComparable(store::TraceStore& store, const Question& question) {
  ASSIGN_OR_RETURN(const trace::Trace trace, store.GetTrace(question.trace));
  const trace::Span* root = trace::Root(trace);
  if (root == nullptr) return base::NotFound("trace has no spans: " + trace::ToHex(question.trace));
  store::SpanFilter filter = Window(question);
  filter.service = root->resource->service;
  filter.name = root->name;
  ASSIGN_OR_RETURN(const Ids all, Find(store, filter));
  const auto here = static_cast<size_t>(std::find(all.begin(), all.end(), question.trace) - all.begin());
  const size_t from = here > kNearest / 2 ? here - kNearest / 2 : 0;
  const size_t until = std::min(all.size(), from + kNearest);
  Ids near(all.begin() + static_cast<long>(std::min(from, all.size())), all.begin() + static_cast<long>(until));
  Ids far(all.begin(), all.begin() + static_cast<long>(std::min(from, all.size())));
  far.insert(far.end(), all.begin() + static_cast<long>(until), all.end());
  for (const trace::TraceId& id : Spread(far, kSpread)) near.push_back(id);
  std::erase(near, question.trace);
  return near;
}

base::Result<std::vector<Operation>> SelectAround(store::TraceStore& store, const Question& question) {
  Question window = question;
  if (window.since_ns == store::kTimeMin) window.since_ns = question.onset_ns - kOnsetWindowNs;
  if (window.until_ns == store::kTimeMax) window.until_ns = question.onset_ns + kOnsetWindowNs;
  std::vector<Operation> out;
  ASSIGN_OR_RETURN(const Ids all, Find(store, Window(window)));
  if (all.empty()) return std::vector<Operation>(1);
  ASSIGN_OR_RETURN(const auto roots, RootsOf(store, all));
  for (const RootShare& share : roots) {
    if (!out.empty() && (out.size() >= kOperationsMax || share.count < kOperationProbesMin)) break;
    store::SpanFilter filter = Window(window);
    filter.service = share.root.first;
    filter.name = share.root.second;
    ASSIGN_OR_RETURN(const Ids ids, Find(store, filter));
    out.push_back({.name = share.root.first + " " + share.root.second, .ids = ids});
  }
  for (Operation& operation : out) operation.ids = Spread(operation.ids, kAroundMax / out.size());
  return out;
}

}  // namespace awry::why
