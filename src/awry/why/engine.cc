#include <algorithm>
#include <unordered_map>

#include <fmt/format.h>

#include "awry/why/annotations.h"
#include "awry/why/cause.h"
#include "awry/why/explain.h"
#include "awry/why/operations.h"
#include "awry/why/selection.h"
#include "awry/why/sentence.h"
#include "awry/why/suspects.h"
#include "awry/why/unusual.h"
#include "awry/why/why.h"

namespace awry::why {
namespace {

constexpr size_t kProgressEvery = 512;  // traces between two calls

base::Status Cancelled() { return {base::StatusCode::kCancelled, "why was stopped by its caller"}; }

base::Status Load(store::TraceStore& store, const std::vector<trace::TraceId>& ids, const Progress& progress,
                  Corpus& corpus) {
  size_t done = 0;
  bool stopped = false;
  RETURN_IF_ERROR(store.GetTraces(ids, [&](trace::Trace& trace) {
    corpus.Add(trace);
    if (progress && ++done % kProgressEvery == 0) {
      stopped = !progress("reading traces", 0.5 * static_cast<double>(done) / static_cast<double>(ids.size()));
    }
    return !stopped;
  }));
  return stopped ? Cancelled() : base::OkStatus();
}

void Mark(const Corpus& corpus, const std::vector<trace::TraceId>& ids, Bits& out) {
  for (const trace::TraceId& id : ids) {
    const size_t i = corpus.IndexOf(id);
    if (i < corpus.size()) out.Set(i);
  }
}

std::string AnnotationsNote(const Verdicts& verdicts) {
  return fmt::format("The labels of {} traces are annotations that stand in the traces.", verdicts.of.size());
}

// Traces that the store chose but did not give back whole.
void NoteUnread(const Corpus& corpus, const std::vector<trace::TraceId>& ids, Answer& answer) {
  const auto unread = static_cast<size_t>(std::ranges::count_if(ids, [&](const auto& id) { return corpus.IndexOf(id) >= corpus.size(); }));
  if (unread == 0) return;
  answer.searched.left_out.push_back(fmt::format("{} of {} traces, too large to be held whole or dropped since", WithThousands(unread),
                                                   WithThousands(ids.size())));
}

Surroundings AroundStore(store::TraceStore& store, const EngineOptions& options, const Question& question,
                         const Progress& progress, const Verdicts& verdicts) {
  Surroundings around{.limit = question.limit, .progress = progress, .expected = verdicts.expected,
                      .replays_max = options.replays_max};
  if (!options.replay_endpoints.empty()) around.send = HttpReplaySender(options.replay_endpoints);
  around.fetch = [&store](const trace::TraceId& id) -> std::optional<trace::Trace> {
    auto trace = store.GetTrace(id);
    if (!trace.ok()) return std::nullopt;
    return std::move(trace).value();
  };
  return around;
}

// Each of the most frequent operations by itself: what all do at once does not tell what one of them does.
base::Result<Answer> ExplainMoment(store::TraceStore& store, const Question& question, const Progress& progress, const Surroundings& around) {
  ASSIGN_OR_RETURN(const std::vector<Operation> operations, SelectAround(store, question));
  std::vector<OperationAnswer> looks;
  Surroundings here = around;
  for (const Operation& operation : operations) {
    if (progress) {
      here.progress = [&, before = looks.size()](std::string_view step, double done) {
        return progress(step, (static_cast<double>(before) + done) / static_cast<double>(operations.size()));
      };
    }
    Corpus corpus;
    RETURN_IF_ERROR(Load(store, operation.ids, here.progress, corpus));
    corpus.Finish();
    ASSIGN_OR_RETURN(Answer answer, ExplainOnset(corpus, question.onset_ns, here));
    NoteUnread(corpus, operation.ids, answer);
    looks.push_back({.operation = operation.name, .answer = std::move(answer)});
  }
  return PutTogether(std::move(looks), kSuspectMin, around.limit);
}

}  // namespace

Engine::Engine(store::TraceStore& store, EngineOptions options) : store_(store), options_(std::move(options)) {}
Engine::~Engine() = default;

base::Result<Answer> Engine::Explain(const Question& question, const Progress& progress) {
  Verdicts verdicts = VerdictsOf(store_.Labels());
  std::vector<std::string> notes;
  if (verdicts.of.empty() && question.kind == QuestionKind::kLabelled && question.bad.empty() && question.bad_query.empty()) {
    ASSIGN_OR_RETURN(const auto annotations, AnnotationsOf(store_, question.since_ns, question.until_ns, options_.stand_ins_max));
    verdicts = VerdictsOf(annotations);
    if (!annotations.empty()) notes.push_back(AnnotationsNote(verdicts));
  }
  const Surroundings around = AroundStore(store_, options_, question, progress, verdicts);
  Corpus corpus;
  if (question.kind == QuestionKind::kLabelled) {
    ASSIGN_OR_RETURN(const Selection selection, SelectLabelled(store_, question, verdicts, options_));
    std::vector<trace::TraceId> ids = selection.bad;
    ids.insert(ids.end(), selection.good.begin(), selection.good.end());
    ids.insert(ids.end(), selection.watch.begin(), selection.watch.end());
    RETURN_IF_ERROR(Load(store_, ids, progress, corpus));
    corpus.Finish();
    Groups groups{Bits(corpus.size()), Bits(corpus.size())};
    Mark(corpus, selection.bad, groups.cases);
    Mark(corpus, selection.good, groups.controls);
    ASSIGN_OR_RETURN(Answer answer, ExplainLabelled(corpus, groups, around));
    NoteUnread(corpus, ids, answer);
    answer.searched.notes.insert(answer.searched.notes.begin(), selection.notes.begin(), selection.notes.end());
    answer.searched.notes.insert(answer.searched.notes.begin(), notes.begin(), notes.end());
    return answer;
  }
  if (question.kind == QuestionKind::kSingle) {
    ASSIGN_OR_RETURN(std::vector<trace::TraceId> ids, SelectComparable(store_, question));
    ids.push_back(question.trace);
    RETURN_IF_ERROR(Load(store_, ids, progress, corpus));
    corpus.Finish();
    const size_t trace = corpus.IndexOf(question.trace);
    if (trace >= corpus.size()) return base::NotFound("trace is not in the store: " + trace::ToHex(question.trace));
    ASSIGN_OR_RETURN(Answer answer, ExplainSingle(corpus, trace, around));
    NoteUnread(corpus, ids, answer);
    return answer;
  }
  return ExplainMoment(store_, question, progress, around);
}

base::Result<std::vector<UnusualFact>> Engine::UnusualFacts(const trace::TraceId& id) {
  ASSIGN_OR_RETURN(const trace::Trace trace, store_.GetTrace(id));
  ASSIGN_OR_RETURN(const std::vector<trace::TraceId> ids, SelectComparable(store_, {.trace = id}));
  Corpus corpus;
  RETURN_IF_ERROR(Load(store_, ids, {}, corpus));
  const size_t row = corpus.Add(trace);
  corpus.Finish();
  return UnusualIn(corpus, row, trace);
}

base::Result<std::vector<Invariant>> Engine::Invariants(int64_t since_ns, int64_t until_ns) {
  // Learned from the root operation that most of the newest traces have, without the wrong ones.
  std::vector<trace::TraceId> newest;
  RETURN_IF_ERROR(store_.FindTraces({.start_from_ns = since_ns, .start_until_ns = until_ns},
                                    [&](const trace::TraceId& id) {
                                      newest.push_back(id);
                                      return newest.size() < options_.stand_ins_max;
                                    }));
  const Verdicts verdicts = VerdictsOf(store_.Labels());
  std::erase_if(newest, [&](const trace::TraceId& id) {
    const auto label = verdicts.of.find(id);
    return label != verdicts.of.end() && label->second == trace::Verdict::kWrong;
  });
  Corpus corpus;
  RETURN_IF_ERROR(Load(store_, newest, {}, corpus));
  corpus.Finish();
  return InvariantsOf(corpus);
}

base::Result<Answer> ExplainTraces(std::vector<trace::Trace>&& traces, const std::vector<trace::Label>& labels,
                                   const Question& question, const EngineOptions& options, const Progress& progress) {
  if (!question.bad_query.empty() || !question.good_query.empty()) {
    return base::InvalidArgument("queries need a store: label the traces of a file instead");
  }
  const std::vector<trace::Trace> kept = std::move(traces);
  std::unordered_map<trace::TraceId, const trace::Trace*> by_id;
  Corpus corpus;
  for (const trace::Trace& trace : kept) {
    int64_t start = store::kTimeMax;
    for (const trace::Span& span : trace.spans) start = std::min(start, span.start_ns);
    if (start < question.since_ns || start > question.until_ns) continue;
    const size_t row = corpus.Add(trace);
    by_id.emplace(trace.id, &trace);
    if (progress && row % kProgressEvery == 0 &&
        !progress("reading traces", 0.5 * static_cast<double>(row) / static_cast<double>(kept.size()))) {
      return Cancelled();
    }
  }
  corpus.Finish();
  std::vector<std::string> notes;
  Verdicts verdicts = VerdictsOf(labels);
  if (verdicts.of.empty() && question.kind == QuestionKind::kLabelled) {
    std::vector<trace::Label> annotations;
    for (const trace::Trace& trace : kept) {
      for (trace::Label& label : AnnotationsOf(trace)) annotations.push_back(std::move(label));
    }
    verdicts = VerdictsOf(annotations);
    if (!annotations.empty()) notes.push_back(AnnotationsNote(verdicts));
  }
  if (verdicts.contradicting > 0) notes.push_back(ContradictionNote(verdicts));
  Surroundings around{.limit = question.limit, .progress = progress, .expected = verdicts.expected,
                      .replays_max = options.replays_max};
  if (!options.replay_endpoints.empty()) around.send = HttpReplaySender(options.replay_endpoints);
  around.fetch = [&by_id](const trace::TraceId& id) -> std::optional<trace::Trace> {
    const auto found = by_id.find(id);
    if (found == by_id.end()) return std::nullopt;
    return *found->second;
  };
  if (question.kind == QuestionKind::kSingle) {
    const size_t row = corpus.IndexOf(question.trace);
    if (row >= corpus.size()) return base::NotFound("trace is not in the file: " + trace::ToHex(question.trace));
    return ExplainSingle(corpus, row, around);
  }
  if (question.kind == QuestionKind::kOnset) return ExplainOnset(corpus, question.onset_ns, around);
  Groups groups{Bits(corpus.size()), Bits(corpus.size())};
  Mark(corpus, question.bad, groups.cases);
  Mark(corpus, question.good, groups.controls);
  for (const auto& [id, verdict] : verdicts.of) {
    const size_t i = corpus.IndexOf(id);
    if (i >= corpus.size()) continue;
    if (verdict == trace::Verdict::kWrong && question.bad.empty()) groups.cases.Set(i);
    if (verdict == trace::Verdict::kRight && question.good.empty()) groups.controls.Set(i);
  }
  if (groups.controls.Count() < options.good_labels_min && question.good.empty() && groups.cases.Count() > 0) {
    size_t added = 0;
    for (size_t i = 0; i < corpus.size(); ++i) {
      if (groups.cases.Test(i) || groups.controls.Test(i) || verdicts.of.contains(corpus.ids()[i])) continue;
      groups.controls.Set(i);
      ++added;
    }
    notes.push_back(fmt::format("Few traces are labelled right: {} unlabelled ones stand in.", WithThousands(added)));
  }
  ASSIGN_OR_RETURN(Answer answer, ExplainLabelled(corpus, groups, around));
  answer.searched.notes.insert(answer.searched.notes.begin(), notes.begin(), notes.end());
  return answer;
}

}  // namespace awry::why
