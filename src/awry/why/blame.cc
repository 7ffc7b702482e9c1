#include "awry/why/blame.h"

#include <algorithm>

namespace awry::why {
namespace {

constexpr double kBorneOut = 0.8;   // of the breaking traces in which a witness still agrees
constexpr double kForsaken = 0.5;
constexpr double kKnownMin = 0.5;
constexpr double kLuckMax = 0.4;    // a witness that agrees by luck is none

bool IsExact(const Relation& r) {
  return r.kind != RelationKind::kAtMost && r.kind != RelationKind::kWithin && r.kind != RelationKind::kDetermines &&
         r.kind != RelationKind::kKeeps && r.c == kNoText && r.chance <= kLuckMax;
}

class Court {
 public:
  Court(const Corpus& corpus, const std::vector<Relation>& relations) : corpus_(corpus), relations_(relations), by_column_(corpus.columns().size()) {
    for (uint32_t r = 0; r < relations.size(); ++r) {
      if (!IsExact(relations[r])) continue;
      by_column_[relations[r].a].push_back(r);
      by_column_[relations[r].b].push_back(r);
    }
  }

  uint32_t Blame(const Relation& r, const Bits& rows) const {
    if (r.kind == RelationKind::kKeeps) return Later(r.a, r.b);
    if (rows.Count() == 0 || r.c != kNoText) return r.a;
    const double a = Agreement(r.a, r.b, rows), b = Agreement(r.b, r.a, rows);
    return a >= kBorneOut && b < kForsaken ? r.b : r.a;
  }

 private:
  uint32_t Later(uint32_t x, uint32_t y) const {
    const double px = PositionOf(x), py = PositionOf(y);
    if (px != py) return px > py ? x : y;
    return corpus_.columns()[x].attribute_order > corpus_.columns()[y].attribute_order ? x : y;
  }
  double PositionOf(uint32_t column) const { return corpus_.ClassOf(corpus_.columns()[column]).position; }

  // Share of `rows` in which an attribute upstream of `column` still agrees with it: the best witness. A
  // copy downstream agrees with whatever it was given.
  double Agreement(uint32_t column, uint32_t partner, const Bits& rows) const {
    double best = 0;
    const auto all = static_cast<double>(rows.Count());
    for (uint32_t q : by_column_[column]) {
      const Relation& r = relations_[q];
      const uint32_t witness = r.a == column ? r.b : r.a;
      if (witness == partner || PositionOf(witness) >= PositionOf(column)) continue;
      const auto known = static_cast<double>(CountAnd(r.known, rows));
      if (known < kKnownMin * all) continue;
      best = std::max(best, 1 - static_cast<double>(CountAnd(r.violated, rows)) / known);
    }
    return best;
  }

  const Corpus& corpus_;
  const std::vector<Relation>& relations_;
  std::vector<std::vector<uint32_t>> by_column_;  // exact relations
};

}  // namespace

std::vector<uint32_t> BlamedColumns(const Corpus& corpus, const std::vector<Relation>& relations, const Bits& cases) {
  const Court court(corpus, relations);
  std::vector<uint32_t> out;
  for (const Relation& r : relations) {
    Bits rows = And(r.violated, cases);
    out.push_back(court.Blame(r, rows));
  }
  return out;
}

bool SharesAttribute(const std::vector<Relation>& relations, const Fact& x, const Fact& y) {
  if (x.kind != FactKind::kRelation || y.kind != FactKind::kRelation) return false;
  const Relation& p = relations[x.relation];
  const Relation& q = relations[y.relation];
  return p.a == q.a || p.a == q.b || p.b == q.a || p.b == q.b;
}

bool IsEquality(const std::vector<Relation>& relations, const Fact& fact) {
  return fact.kind == FactKind::kRelation && relations[fact.relation].kind == RelationKind::kEqual;
}

}  // namespace awry::why
