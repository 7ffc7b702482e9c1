#include "awry/why/flow.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <string_view>

namespace awry::why {
namespace {

using namespace std::string_view_literals;

std::vector<std::string_view> Words(std::string_view key) {
  std::vector<std::string_view> out;
  size_t from = 0;
  for (size_t i = 0; i <= key.size(); ++i) {
    if (i < key.size() && key[i] != '.' && key[i] != '_') continue;
    if (i > from) out.push_back(key.substr(from, i - from));
    from = i + 1;
  }
  return out;
}

// By convention: the answer stands under these words.
bool NamesAnOutcome(std::string_view key) {
  constexpr std::array kFirst{"prediction"sv, "predicted"sv, "result"sv, "answer"sv, "outcome"sv,
                              "decision"sv, "explain"sv};
  const auto words = Words(key);
  return !words.empty() && std::find(kFirst.begin(), kFirst.end(), words.front()) != kFirst.end();
}

bool NamesConfidence(std::string_view key) {
  constexpr std::array kLast{"confidence"sv, "logprob"sv, "probability"sv, "certainty"sv};
  const auto words = Words(key);
  if (words.empty()) return false;
  if (std::find(kLast.begin(), kLast.end(), words.back()) != kLast.end()) return true;
  return words.back() == "score" && NamesAnOutcome(key);
}

// What a model is given, by our own convention.
constexpr std::string_view kFeature = "features.";

// A day's number, a version of data: whole, in steps of one, hardly ever back.
bool CountsUp(const Column& column, const std::vector<size_t>& by_time) {
  double last = kNoNumber;
  size_t up = 0, down = 0;
  for (size_t i : by_time) {
    const double v = column.number[i];
    if (std::isnan(v)) continue;
    if (std::floor(v) != v || v < 100) return false;
    if (!std::isnan(last) && v > last + 1) return false;
    if (!std::isnan(last) && v != last) ++(v > last ? up : down);
    last = v;
  }
  return up >= 1 && up <= 1 + 2 * down + column.distinct && down * 50 <= column.count;
}

bool GrowsWithTime(const Column& column, const std::vector<size_t>& by_time) {
  if (column.number.empty() || column.distinct < 2) return false;
  if (column.numeric && CountsUp(column, by_time)) return true;
  std::vector<double> values;
  for (size_t i : by_time) {
    if (!std::isnan(column.number[i])) values.push_back(column.number[i]);
  }
  if (values.size() < 40) return false;
  const size_t half = values.size() / 2;
  size_t up = 0, down = 0;
  for (size_t k = 0; k + half < values.size(); ++k) {
    up += values[k + half] > values[k] ? 1 : 0;
    down += values[k + half] < values[k] ? 1 : 0;
  }
  return up + down > half / 2 && static_cast<double>(up) >= 0.95 * static_cast<double>(up + down);
}

// Of an attribute of the entry span, the earliest span that already has its value.
struct Origins {
  std::vector<uint32_t> below;  // by column of the entry: the column there; kNoText: none
};

bool IsEntry(const Corpus& corpus, uint32_t column) { return corpus.ClassOf(corpus.columns()[column]).depth < 0.5; }

Origins OriginsOfEntry(const Corpus& corpus, const std::vector<Relation>& relations) {
  Origins out{std::vector<uint32_t>(corpus.columns().size(), kNoText)};
  for (const Relation& r : relations) {
    if (r.kind != RelationKind::kEqual || r.chance > 0.5 || IsEntry(corpus, r.a) == IsEntry(corpus, r.b)) continue;
    const auto [entry, deeper] = IsEntry(corpus, r.a) ? std::pair(r.a, r.b) : std::pair(r.b, r.a);
    if (corpus.columns()[entry].origin != Origin::kSpan || corpus.columns()[deeper].origin != Origin::kSpan) continue;
    uint32_t& below = out.below[entry];
    const auto position = [&](uint32_t c) { return corpus.ClassOf(corpus.columns()[c]).position; };
    if (below == kNoText || position(deeper) < position(below)) below = deeper;
  }
  return out;
}

// Results are recorded when the work is done: after the first half of what the span has.
bool RecordedLate(const Corpus& corpus, const Column& column) {
  double last = 0;
  for (uint32_t c : corpus.ClassOf(column).columns) last = std::max(last, corpus.columns()[c].attribute_order);
  return column.attribute_order * 2 >= last;
}

bool IsFraction(const Column& column) {
  constexpr size_t kDistinctMin = 20;
  if (!column.numeric || column.number_text || column.distinct < kDistinctMin) return false;
  return std::ranges::all_of(column.number, [](double v) { return std::isnan(v) || (v >= 0 && v <= 1); });
}

// Where no name tells how sure an answer is: the fraction that comes up to the entry from the latest span, and
// what comes up from there beside it is the answer.
void InferAnswer(const Corpus& corpus, const std::vector<Relation>& relations, Flow& flow) {
  const auto& columns = corpus.columns();
  const Origins origins = OriginsOfEntry(corpus, relations);
  const auto comes_up = [&](uint32_t c) {
    return origins.below[c] != kNoText && RecordedLate(corpus, columns[c]) && RecordedLate(corpus, columns[origins.below[c]]);
  };
  uint32_t sureness = kNoText;
  const auto position = [&](uint32_t c) { return corpus.ClassOf(columns[origins.below[c]]).position; };
  for (uint32_t c = 0; c < columns.size(); ++c) {
    if (!comes_up(c) || flow.clockwork[c] || !IsFraction(columns[c])) continue;
    if (sureness == kNoText || position(c) > position(sureness)) sureness = c;
  }
  if (sureness == kNoText) return;
  flow.confidence[sureness] = 1;
  for (uint32_t c = 0; c < columns.size(); ++c) {
    if (comes_up(c) && columns[origins.below[c]].span_class == columns[origins.below[sureness]].span_class) flow.outcome[c] = 1;
  }
}

}  // namespace

Flow MakeFlow(const Corpus& corpus, const std::vector<Relation>& relations) {
  const auto& columns = corpus.columns();
  Flow flow;
  flow.outcome.resize(columns.size());
  flow.confidence.resize(columns.size());
  flow.clockwork.resize(columns.size());
  flow.request.resize(columns.size());
  std::vector<size_t> by_time(corpus.size());
  for (size_t i = 0; i < by_time.size(); ++i) by_time[i] = i;
  std::sort(by_time.begin(), by_time.end(),
            [&](size_t a, size_t b) { return corpus.start_ns()[a] < corpus.start_ns()[b]; });
  for (size_t c = 0; c < columns.size(); ++c) {
    if (columns[c].origin != Origin::kSpan) continue;
    flow.confidence[c] = NamesConfidence(columns[c].key) && columns[c].numeric;
    flow.outcome[c] = NamesAnOutcome(columns[c].key) || flow.confidence[c];
    flow.clockwork[c] = GrowsWithTime(columns[c], by_time);
  }
  if (std::ranges::find(flow.confidence, 1) == flow.confidence.end()) InferAnswer(corpus, relations, flow);
  for (uint32_t c = 0; c < columns.size(); ++c) {
    if (columns[c].origin != Origin::kSpan) continue;
    flow.request[c] = (IsEntry(corpus, c) || columns[c].key.starts_with(kFeature)) && flow.outcome[c] == 0;
  }
  // Copies of the answer are the answer, wherever they stand.
  for (int round = 0; round < 3; ++round) {
    for (const Relation& r : relations) {
      if (r.kind != RelationKind::kEqual || r.chance > 0.5) continue;
      for (auto* marks : {&flow.outcome, &flow.confidence, &flow.request}) {
        if ((*marks)[r.a] != (*marks)[r.b]) (*marks)[r.a] = (*marks)[r.b] = 1;
      }
    }
  }
  const auto& classes = corpus.classes();
  for (const SpanClass& span_class : classes) flow.position.push_back(span_class.position);
  flow.end_position = flow.position;
  for (size_t round = 0; round < 12; ++round) {
    for (size_t c = 0; c < classes.size(); ++c) {
      if (classes[c].parent == kNoText) continue;
      double& end = flow.end_position[classes[c].parent];
      end = std::max(end, flow.end_position[c] + 0.01);
    }
  }
  return flow;
}

double PositionOf(const Corpus& corpus, const Flow& flow, const Fact& fact) {
  if (fact.kind == FactKind::kSlowSteps || fact.kind == FactKind::kSlowCalls) return flow.end_position[fact.span_class] + 0.3;
  // Of several spans it is the last ones that are missing: they would stand at the end of what runs around them.
  if (fact.kind == FactKind::kSpanCount && !fact.above && corpus.classes()[fact.span_class].parent != kNoText) {
    return std::max(flow.position[fact.span_class], flow.end_position[corpus.classes()[fact.span_class].parent]);
  }
  if (fact.kind == FactKind::kRelation || fact.column == kNoText) return flow.position[fact.span_class];
  const Column& column = corpus.columns()[fact.column];
  if (column.key == "@gap" && column.is_time()) return flow.end_position[fact.span_class] + 0.35;
  if (column.is_time()) return flow.end_position[fact.span_class] + 0.3;
  return flow.position[fact.span_class];
}

bool IsSymptom(const Corpus& corpus, const Flow& flow, const std::vector<Relation>& relations,
               const Fact& fact) {
  if (fact.kind == FactKind::kRelation) {
    const Relation& r = relations[fact.relation];
    // Bounds and rules that involve the answer say no more than the answer itself.
    const bool loose = r.kind == RelationKind::kAtMost || r.kind == RelationKind::kDetermines;
    // That an answer is what one of its inputs says is no rule: a model may well overrule an input.
    const bool overruled = r.kind == RelationKind::kContains || r.kind == RelationKind::kMember ||
                           r.kind == RelationKind::kItemsStartWith || r.kind == RelationKind::kEqual ||
                           r.kind == RelationKind::kSameNormalised;
    // What goes with the time goes with everything that changes with it.
    if (r.kind == RelationKind::kDetermines && (flow.clockwork[r.a] || flow.clockwork[r.b])) return true;
    return (loose && (flow.outcome[r.a] || flow.outcome[r.b])) ||
           (overruled && flow.outcome[r.a] != flow.outcome[r.b]);
  }
  if (fact.column == kNoText) return false;
  // That a caller goes on is what it does.
  if (corpus.columns()[fact.column].is_sequel() && corpus.ValueText(corpus.columns()[fact.column], fact.value_trace) != kEnds) return true;
  // What took less time did less: that shows in what it did.
  if (corpus.columns()[fact.column].is_time() && fact.kind == FactKind::kAtMost) return true;
  if (flow.outcome[fact.column]) return fact.kind != FactKind::kAttributeMissing;
  if (flow.clockwork[fact.column]) {
    return fact.kind == FactKind::kAtLeast || fact.kind == FactKind::kAtMost || fact.kind == FactKind::kValue;
  }
  return false;
}

bool IsDeployment(const Corpus& corpus, const Fact& fact) {
  return fact.column != kNoText && fact.kind != FactKind::kRelation &&
         corpus.columns()[fact.column].origin == Origin::kResource;
}

}  // namespace awry::why
