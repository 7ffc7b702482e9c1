#include "awry/why/cause.h"

#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "awry/why/pair.h"
#include "awry/why/signals.h"

namespace awry::why {
namespace {

constexpr size_t kExamplesMax = 5;
constexpr size_t kBuckets = 24;
constexpr size_t kAttributesMax = 4;
constexpr double kStepG = 20;
constexpr double kEndG = 16;
constexpr double kEndShare = 0.2;  // of the share that met the fact before

std::vector<size_t> Examples(const CauseInput& input, const Fact& fact) {
  std::vector<size_t> out;
  const Bits met = And(And(fact.with, fact.known), input.groups.cases);
  met.ForEach([&](size_t i) { out.push_back(i); });
  std::sort(out.begin(), out.end(), [&](size_t a, size_t b) {
    return input.corpus.start_ns()[a] > input.corpus.start_ns()[b];
  });
  return out;
}

std::vector<SeriesPoint> Series(const Corpus& corpus, const Fact& fact) {
  std::vector<SeriesPoint> out;
  if (corpus.size() == 0) return out;
  const auto [least, greatest] = std::minmax_element(corpus.start_ns().begin(), corpus.start_ns().end());
  const int64_t width = std::max<int64_t>(1, (*greatest - *least) / static_cast<int64_t>(kBuckets) + 1);
  for (size_t k = 0; k < kBuckets; ++k) out.push_back({.at_ns = *least + static_cast<int64_t>(k) * width});
  fact.known.ForEach([&](size_t i) {
    SeriesPoint& point = out[static_cast<size_t>((corpus.start_ns()[i] - *least) / width)];
    ++point.of;
    point.with += fact.with.Test(i) ? 1 : 0;
  });
  std::erase_if(out, [](const SeriesPoint& p) { return p.of == 0; });
  return out;
}

std::string Mechanism(const CauseInput& input, const std::vector<uint32_t>& facts,
                      const std::vector<size_t>& examples) {
  const Evidence evidence{input.corpus, input.relations, input.facts};
  std::string fallback;
  // A cut-off text tells most; it is looked for in all relations before anything else is taken.
  for (const bool cut_only : {true, false}) {
    for (uint32_t f : facts) {
      if (input.facts[f].kind != FactKind::kRelation) continue;
      const Relation& r = input.relations[input.facts[f].relation];
      const bool built = r.kind == RelationKind::kTemplate || r.kind == RelationKind::kContains;
      for (size_t k = 0; k < std::min<size_t>(examples.size(), 40); ++k) {
        if (!r.violated.Test(examples[k])) continue;
        std::string text = MechanismText(evidence, r, examples[k]);
        if (text.empty()) continue;
        if (cut_only && !(built && text.find(" is a cut-off ") != std::string::npos)) continue;
        return text;
      }
    }
  }
  return fallback;
}

// The moment since which the fact is hardly met, if there is one: the step down after `since`.
std::optional<int64_t> Ended(const Corpus& corpus, const Fact& fact, std::optional<int64_t> since_ns) {
  Bits known(corpus.size()), without(corpus.size());
  fact.known.ForEach([&](size_t i) {
    if (since_ns && corpus.start_ns()[i] < *since_ns) return;
    known.Set(i);
    if (!fact.with.Test(i)) without.Set(i);
  });
  const Step step = BestStep(corpus, ByTime(corpus), without, known);
  const double during = 1 - step.before, later = 1 - step.after;
  if (step.g < kEndG || !step.sharp || later > kEndShare * during) return std::nullopt;
  return step.at_ns;
}

std::string SpanLabel(const CauseInput& input, const Fact& fact) {
  const SpanClass& span_class = input.corpus.classes()[fact.span_class];
  const bool resource = IsDeployment(input.corpus, fact);
  return resource ? span_class.ref.service : span_class.ref.name;
}

}  // namespace

std::vector<Change> ChangesAround(const Corpus& corpus, int64_t at_ns, int64_t slack_ns) {
  std::vector<Change> out;
  if (corpus.size() == 0) return out;
  const int64_t begin = *std::min_element(corpus.start_ns().begin(), corpus.start_ns().end());
  for (const Column& column : corpus.columns()) {
    if (column.origin != Origin::kResource || column.numeric || column.text.empty()) continue;
    const bool tells = column.key.find("version") != std::string::npos ||
                       column.key.find("config") != std::string::npos ||
                       column.key.find("image") != std::string::npos;
    if (!tells || column.distinct < 2 || column.distinct > 200) continue;
    std::map<uint32_t, int64_t> first;
    std::map<uint32_t, size_t> before;
    for (size_t i = 0; i < corpus.size(); ++i) {
      if (column.text[i] == kNoText) continue;
      const auto [place, added] = first.emplace(column.text[i], corpus.start_ns()[i]);
      if (!added) place->second = std::min(place->second, corpus.start_ns()[i]);
      if (corpus.start_ns()[i] < at_ns - slack_ns) ++before[column.text[i]];
    }
    for (const auto& [text, time] : first) {
      if (std::abs(time - at_ns) > slack_ns || time - begin < slack_ns) continue;
      const auto old = std::max_element(before.begin(), before.end(), [](const auto& x, const auto& y) { return x.second < y.second; });
      const std::string from = old == before.end() ? "" : std::string(corpus.texts().Text(old->first)) + " → ";
      out.push_back({.at_ns = time, .service = corpus.ClassOf(column).ref.service,
                     .what = fmt::format("{} {}{}", column.key, from, corpus.texts().Text(text))});
    }
  }
  std::sort(out.begin(), out.end(), [](const Change& x, const Change& y) { return x.at_ns < y.at_ns; });
  if (out.size() > 8) out.resize(8);
  return out;
}

std::string WeakText(const CauseInput& input, uint32_t f) {
  const Fact& fact = input.facts[f];
  const Table t = TableOf(fact, input.groups);
  const auto share = [](double with, double without) {
    return Share{static_cast<uint64_t>(with), static_cast<uint64_t>(with + without)};
  };
  return fmt::format("{}: {} in {}", SpanLabel(input, fact),
                     FactText({input.corpus, input.relations, input.facts}, fact),
                     CountsText(share(t.a, t.b), share(t.c, t.d), input.wording.cases, input.wording.controls));
}

Cause MakeCause(const CauseInput& input, uint32_t lead, const std::vector<uint32_t>& same,
                const std::vector<uint32_t>& explained) {
  const Corpus& corpus = input.corpus;
  const Fact& fact = input.facts[lead];
  const Evidence evidence{corpus, input.relations, input.facts};
  Cause cause;
  cause.kind = KindOf(fact);
  cause.span = corpus.classes()[fact.span_class].ref;
  if (fact.other_class != kNoText) cause.other_span = corpus.classes()[fact.other_class].ref;
  cause.attributes = AttributesOf(evidence, fact);
  for (uint32_t f : same) {
    for (const std::string& key : AttributesOf(evidence, input.facts[f])) {
      const bool here = std::any_of(corpus.classes()[fact.span_class].columns.begin(),
                                    corpus.classes()[fact.span_class].columns.end(),
                                    [&](uint32_t c) { return corpus.columns()[c].key == key; });
      if (here && cause.attributes.size() < kAttributesMax &&
          std::find(cause.attributes.begin(), cause.attributes.end(), key) == cause.attributes.end()) {
        cause.attributes.push_back(key);
      }
    }
  }
  const Table t = TableOf(fact, input.groups);
  cause.bad = {static_cast<uint64_t>(t.a), static_cast<uint64_t>(t.a + t.b)};
  cause.good = {static_cast<uint64_t>(t.c), static_cast<uint64_t>(t.c + t.d)};
  const std::vector<size_t> examples = Examples(input, fact);
  for (size_t k = 0; k < std::min(examples.size(), kExamplesMax); ++k) {
    cause.examples.push_back(corpus.ids()[examples[k]]);
  }
  if (!examples.empty()) cause.last_ns = corpus.start_ns()[examples.front()];
  std::vector<uint32_t> all{lead};
  all.insert(all.end(), same.begin(), same.end());
  const std::string mechanism = Mechanism(input, all, examples);
  cause.statement = WeakText(input, lead) + (mechanism.empty() ? "." : "; " + mechanism + ".");
  cause.odds_ratio = OddsRatioOf(t);
  cause.series = Series(corpus, fact);
  cause.check = CheckQuery(input, fact);
  const Step step = BestStep(corpus, ByTime(corpus), fact.with, fact.known);
  if (step.g >= kStepG && step.sharp && step.after > step.before) {
    cause.since_ns = step.at_ns;
    cause.changes = ChangesAround(corpus, step.at_ns, int64_t{15} * 60 * 1'000'000'000);
  }
  cause.until_ns = Ended(corpus, fact, cause.since_ns);
  std::vector<uint32_t> columns;
  for (uint32_t f : all) {
    const Fact& part = input.facts[f];
    const auto add = [&](uint32_t c) {
      if (c != kNoText && std::find(columns.begin(), columns.end(), c) == columns.end()) columns.push_back(c);
    };
    add(part.column);
    if (part.kind == FactKind::kRelation) {
      add(input.relations[part.relation].a);
      add(input.relations[part.relation].b);
    }
  }
  if (columns.size() > 6) columns.resize(6);
  Bits right = And(input.groups.controls, fact.known);
  right.Subtract(fact.with);
  if (!examples.empty()) {
    std::vector<uint32_t> ignored;
    if (fact.column != kNoText) ignored.push_back(fact.column);
    for (uint32_t c = 0; c < corpus.columns().size(); ++c) {
      if (input.flow.outcome[c]) ignored.push_back(c);
    }
    if (const auto twin = NearestTwin(corpus, examples.front(), right, ignored)) {
      cause.pair = ComparePair(corpus, examples.front(), *twin, columns);
    }
  }
  for (uint32_t f : explained) {
    if (cause.explains.size() >= 12) break;
    cause.explains.push_back({.statement = WeakText(input, f),
                              .span = corpus.classes()[input.facts[f].span_class].ref,
                              .attributes = AttributesOf(evidence, input.facts[f])});
  }
  return cause;
}

}  // namespace awry::why
