#include "awry/why/unusual.h"

#include <algorithm>
#include <unordered_map>

#include "awry/why/cause.h"
#include "awry/why/explain.h"
#include "awry/why/flow.h"
#include "awry/why/relations.h"
#include "awry/why/sentence.h"

namespace awry::why {
namespace {

constexpr size_t kShownMax = 40;
constexpr size_t kComparableMin = 20;
constexpr double kRareMax = 0.05;      // share of comparable traces with the value
constexpr double kUsualMin = 0.6;      // share of the value that is usual instead
constexpr double kHeldMin = 0.8;      // a fault may be common by now
constexpr double kInvariantMin = 0.99;
constexpr double kTailShare = 0.01;    // of a number beyond all usual ones

trace::SpanId SpanOf(const Corpus& corpus, uint32_t span_class, const trace::Trace& trace) {
  const SpanRef& ref = corpus.classes()[span_class].ref;
  trace::SpanId out = 0;
  for (const trace::Span& span : trace.spans) {
    if (span.name != ref.name || span.resource->service != ref.service) continue;
    if (out == 0 || span.status != trace::SpanStatus::kError) out = span.span_id;
  }
  return out;
}

struct Ranked {
  UnusualFact fact;
  double share;  // of comparable traces that are as unusual
};

class Finder {
 public:
  Finder(const Corpus& corpus, size_t row, const trace::Trace& trace) : corpus_(corpus), row_(row), trace_(trace) {
    Bits self(corpus.size());
    self.Set(row);
    others_ = ComparableTo(corpus, self);
    others_.Subtract(self);
  }

  std::vector<UnusualFact> Run() {
    if (others_.Count() < kComparableMin) return {};
    AddRelations();
    for (uint32_t c = 0; c < corpus_.columns().size(); ++c) AddValue(c);
    std::stable_sort(found_.begin(), found_.end(), [](const Ranked& x, const Ranked& y) { return x.share < y.share; });
    std::vector<UnusualFact> out;
    for (Ranked& ranked : found_) {
      const bool known = std::any_of(out.begin(), out.end(), [&](const UnusualFact& f) {
        return f.span_id == ranked.fact.span_id && f.attribute == ranked.fact.attribute;
      });
      if (!known && out.size() < kShownMax) out.push_back(std::move(ranked.fact));
    }
    return out;
  }

 private:
  void AddRelations() {
    const Mined mined = MineRelations(corpus_, others_, {.held_min = kHeldMin});
    const std::vector<Fact> none;
    const Evidence evidence{corpus_, mined.relations, none};
    for (const Relation& r : mined.relations) {
      if (!r.violated.Test(row_) || r.kind == RelationKind::kDetermines) continue;
      const Column& a = corpus_.columns()[r.a];
      const size_t of = CountAnd(r.known, others_);
      const size_t broken = CountAnd(r.violated, others_);
      std::string usual = ExpectedText(corpus_, r, row_);
      if (usual.empty()) usual = RelationText(evidence, r);
      Add(a, usual, of - broken, of, static_cast<double>(broken) / static_cast<double>(std::max<size_t>(1, of)));
    }
  }

  void AddValue(uint32_t c) {
    const Column& column = corpus_.columns()[c];
    if (!column.present.Test(row_) || column.key == "@start" || column.aggregate != Aggregate::kLast) return;
    const size_t of = CountAnd(column.present, others_);
    if (of < kComparableMin) return;
    if (column.numeric && column.distinct > 20) return AddNumber(column, of);
    std::unordered_map<uint64_t, std::pair<size_t, size_t>> counts;  // how many, one of them
    others_.ForEach([&](size_t i) {
      if (const uint64_t key = ValueKey(column, i)) {
        auto& [count, row] = counts[key];
        ++count;
        row = i;
      }
    });
    std::pair<size_t, size_t> usual{0, 0};
    for (const auto& [key, entry] : counts) usual = std::max(usual, entry);
    const auto mine = counts.find(ValueKey(column, row_));
    const double share = mine == counts.end() ? 0 : static_cast<double>(mine->second.first) / static_cast<double>(of);
    if (share > kRareMax || static_cast<double>(usual.first) < kUsualMin * static_cast<double>(of)) return;
    Add(column, corpus_.ValueText(column, usual.second), usual.first, of, share);
  }

  // A number beyond nearly all others, shown against their middle.
  void AddNumber(const Column& column, size_t of) {
    std::vector<double> values;
    others_.ForEach([&](size_t i) {
      if (column.present.Test(i) && column.number[i] == column.number[i]) values.push_back(column.number[i]);
    });
    if (values.size() < 100) return;
    std::sort(values.begin(), values.end());
    const double mine = column.number[row_];
    const double low = values[static_cast<size_t>(kTailShare / 2 * static_cast<double>(values.size()))];
    const double high = values[static_cast<size_t>((1 - kTailShare / 2) * static_cast<double>(values.size() - 1))];
    const double middle = values[values.size() / 2];
    // A little beyond the tail is still chance: half the spread more is not.
    if (mine <= high + 0.5 * (high - middle) && mine >= low - 0.5 * (middle - low)) return;
    const auto within = static_cast<size_t>(std::upper_bound(values.begin(), values.end(), high) -
                                            std::lower_bound(values.begin(), values.end(), low));
    const std::string usual = NumberText(low) + " … " + NumberText(high);
    Add(column, usual, within, of, kTailShare);
  }

  void Add(const Column& column, const std::string& usual, size_t with, size_t of, double share) {
    const trace::SpanId span = SpanOf(corpus_, column.span_class, trace_);
    found_.push_back({.fact = {.span_id = span, .attribute = column.key, .value = corpus_.ValueText(column, row_),
                               .usual = usual, .with = with, .of = of},
                      .share = share});
  }

  const Corpus& corpus_;
  size_t row_;
  const trace::Trace& trace_;
  Bits others_;
  std::vector<Ranked> found_;
};

}  // namespace

std::vector<UnusualFact> UnusualIn(const Corpus& corpus, size_t row, const trace::Trace& trace) {
  return Finder(corpus, row, trace).Run();
}

std::vector<Invariant> InvariantsOf(const Corpus& corpus) {
  Bits all(corpus.size());
  for (size_t i = 0; i < corpus.size(); ++i) all.Set(i);
  const Mined mined = MineRelations(corpus, all, {.held_min = kInvariantMin});
  const Flow flow = MakeFlow(corpus, mined.relations);
  const Groups groups{all, Bits(corpus.size())};
  std::vector<Invariant> out;
  for (uint32_t r = 0; r < mined.relations.size(); ++r) {
    const Relation& relation = mined.relations[r];
    const Column& a = corpus.columns()[relation.a];
    const Column& b = corpus.columns()[relation.b];
    Fact fact{.kind = FactKind::kRelation, .span_class = a.span_class, .column = relation.a, .relation = r};
    const std::vector<Fact> facts{fact};
    const CauseInput input{corpus, mined.relations, facts, flow, groups, {}};
    const Evidence evidence{corpus, mined.relations, facts};
    const std::string check = CheckQuery(input, fact);
    const size_t of = relation.known.Count();
    if (check.empty() || of < 100) continue;
    out.push_back({.statement = corpus.ClassOf(a).ref.name + ": " + RelationText(evidence, relation), .check = check,
                   .span = corpus.ClassOf(a).ref, .attributes = {a.key, b.key},
                   .holds = of - relation.violated.Count(), .of = of});
  }
  std::stable_sort(out.begin(), out.end(), [](const Invariant& x, const Invariant& y) { return x.of > y.of; });
  return out;
}

}  // namespace awry::why
