// Facts: what may be true of a trace, each as the set of traces in which it is.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "awry/why/bits.h"
#include "awry/why/corpus.h"
#include "awry/why/relations.h"
#include "awry/why/statistics.h"

namespace awry::why {

enum class FactKind : uint8_t {
  kValue,             // attribute = value
  kAtLeast,           // attribute >= threshold
  kAtMost,            // attribute <= threshold
  kAttributeMissing,  // the span is there, the attribute is not
  kAttributePresent,  // of a rare attribute
  kSpanMissing,
  kSpanPresent,       // of a span that most traces lack
  kSpanCount,         // at least / at most `threshold` spans of the class
  kSpanError,         // a span with an error status
  kOrder,             // span `span_class` starts before `other_class`, where it usually comes after
  kOverlap,           // span `span_class` starts before `other_class` has ended, where it usually waits
  kRepeated,          // a value stands in several spans of the class
  kDisorder,          // values fall where they usually rise
  kGaps,              // whole numbers are missing from a sequence
  kReused,            // a value that is usually unique stands in another trace as well
  kRelation,          // a relation is broken
  kSlowSteps,         // what a service does itself takes, together, `threshold` times what it usually takes
  kSlowCalls,         // the same of the ways to it
  kBoth,              // two other facts together
};

struct Fact {
  FactKind kind = FactKind::kValue;
  uint32_t span_class = 0;
  uint32_t other_class = kNoText;
  uint32_t column = kNoText;
  uint32_t relation = kNoText;  // index into the mined relations
  uint32_t parts[2] = {kNoText, kNoText};  // kBoth: the two facts
  uint64_t value = 0;           // ValueKey of kValue
  size_t value_trace = 0;       // a trace that has the value
  double threshold = 0;
  bool above = true;            // kSpanCount: at least, else at most
  double log_choices = 0;       // ln of how many thresholds were tried for it
  double log_p_exact = 0;       // ln of an exact p with the choice of the threshold in it; 0: none was made
  double scarcity = 1;          // of a time beyond all of the controls: how many times as many of them it counts as
  Bits with;
  Bits known;  // traces in which it can be told
};

// Cases against controls: wrong against right, after against before.
struct Groups {
  Bits cases;
  Bits controls;
};

struct FactLimits {
  size_t facts_max = 20'000;
  size_t values_of_column_max = 60;
  size_t support_min = 3;  // cases that meet a fact
};

struct Facts {
  std::vector<Fact> facts;
  size_t tried = 0;  // how many were looked at, with those too rare to keep
  bool cut = false;
};

Facts BuildFacts(const Corpus& corpus, const std::vector<Relation>& relations, const Groups& groups,
                 const FactLimits& limits = {});

Table TableOf(const Fact& fact, const Groups& groups);
// The same with the scarcity of a time that no control reaches counted in.
Table WeightedTableOf(const Fact& fact, const Groups& groups);

// The fact of the kind `at least` (or `at most`) of a numeric column at `threshold`.
Fact RangeFact(const Corpus& corpus, uint32_t column, double threshold, bool above);

}  // namespace awry::why
