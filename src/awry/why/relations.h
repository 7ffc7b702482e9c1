// Relations between attributes of one trace that hold in nearly all good traces: likely invariants.
#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "awry/why/bits.h"
#include "awry/why/corpus.h"

namespace awry::why {

enum class RelationKind : uint8_t {
  kEqual,           // a = b, as texts or as numbers
  kSameNumber,      // the text a reads as the number b in some locale
  kSameNormalised,  // equal but for case, spaces and punctuation
  kTemplate,        // a = prefix + b + suffix
  kContains,        // b stands in a, whole segments
  kItemsStartWith,  // every item of the list a starts with b
  kMember,          // b is an item of the list a
  kListCount,       // b = number of items of a
  kLength,          // b = number of characters of a
  kRatio,           // a = factor · b
  kOffset,          // a = b + offset
  kLinear,          // a = factor · b + offset
  kRatioBy,         // a = b · factor(c), one factor for each value of the third attribute
  kSum,             // a = b + c
  kProduct,         // a = b · c
  kAtMost,          // a <= b
  kWithin,          // factor <= a - b <= offset: one follows the other at a small distance
  kDetermines,      // the value of b decides the value of a; both take few values
  kKeeps,           // the same b had the same a in other traces: b names what a belongs to
};

// `a` is the attribute further downstream: where the relation breaks, a is wrong first.
struct Relation {
  RelationKind kind = RelationKind::kEqual;
  uint32_t a = 0;  // columns of the corpus
  uint32_t b = 0;
  uint32_t c = kNoText;  // third column of kRatioBy, kSum, kProduct
  double factor = 1;
  double offset = 0;
  double tolerance = 0;  // what rounding of the numbers can do
  std::string prefix;
  std::string suffix;
  std::unordered_map<uint64_t, uint64_t> map;  // kDetermines, kKeeps: value key → value key
  // kKeeps: a value that returns, always with the same b → that b. A key that has moved on to such a
  // value (a new import, a renewed token) breaks nothing; one that got another's value does.
  std::unordered_map<uint64_t, uint64_t> owner;
  std::unordered_map<uint64_t, double> factors;  // kRatioBy: value key of c → factor

  double chance = 0;  // share of shuffled pairs that satisfy it: what it would hold by luck
  double held = 1;    // share of the good traces that satisfy it
  Bits known;         // traces with all its attributes
  Bits violated;      // of these, the traces that break it
};

struct MiningOptions {
  double held_min = 0.93;       // of the good traces that have both attributes
  size_t support_min = 20;      // good traces with both
  size_t sample_max = 400;      // good traces that candidates are tried on first
  size_t relations_max = 4'000;
  size_t columns_max = 400;     // attributes that take part, most frequent first
};

struct Mined {
  std::vector<Relation> relations;
  size_t tried = 0;  // candidate relations that could have been kept
  bool cut = false;  // relations_max or columns_max was met
};

// Kept are relations that could have failed: shuffled pairs satisfy them seldom.
Mined MineRelations(const Corpus& corpus, const Bits& good, const MiningOptions& options = {});

enum class Truth : uint8_t { kUnknown, kHolds, kBroken };
Truth Evaluate(const Corpus& corpus, const Relation& relation, size_t trace);
// The same with a's value taken from trace `i` and the others' from trace `j`: what luck would give.
Truth EvaluateAcross(const Corpus& corpus, const Relation& relation, size_t i, size_t j);

// "1.234,56" → 1234.56 and "1,635.83" → 1635.83: a last separator with one or two digits behind it is
// the decimal one. NaN when it is no number.
double LenientNumber(std::string_view text);
// Lower-case letters and digits only.
std::string Normalised(std::string_view text);
// A key for the value of a trace in a column; 0 when absent.
uint64_t ValueKey(const Column& column, size_t trace);

}  // namespace awry::why
