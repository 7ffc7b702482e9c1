// What marks a fact as harmful when no label does: it began at a moment, and answers with it are less sure.
#pragma once

#include <cstdint>
#include <limits>
#include <vector>

#include "awry/why/bits.h"
#include "awry/why/corpus.h"
#include "awry/why/flow.h"

namespace awry::why {

// The moment that best splits the traces into before and after, by how often they meet a fact.
struct Step {
  double g = 0;        // of the split; 0: none
  int64_t at_ns = 0;   // first trace after
  double before = 0;   // share with the fact
  double after = 0;
  bool sharp = false;  // the share changes within few traces, not gradually over the window
  double fit = 0;      // chi-square that the step explains in equal parts of the time, and
  double course = 0;   // what a trend and a daily wave explain there
  // Hardly ever met before.
  bool IsNew() const { return before <= 0.01 * after; }
};

// Trace indexes by start time.
std::vector<size_t> ByTime(const Corpus& corpus);

// Only moments in [from_ns, until_ns] count; traces outside `known` are passed over. A moment needs
// kEdge traces on each side.
inline constexpr size_t kStepEdge = 30;
Step BestStep(const Corpus& corpus, const std::vector<size_t>& by_time, const Bits& with, const Bits& known,
              int64_t from_ns = std::numeric_limits<int64_t>::min(),
              int64_t until_ns = std::numeric_limits<int64_t>::max());

// All traces meet it since a moment and none did before, but for a share `edge`: a restart, a release, an address
// that moved. kStepEdge traces lie on each side.
bool IsRegime(const std::vector<size_t>& by_time, const Bits& with, const Bits& known, double edge);

// Chi-square (three degrees of freedom) that a trend and a daily wave explain of the share of `with` in `known`; 0: too few traces.
double SmoothCourse(const Corpus& corpus, const std::vector<size_t>& by_time, const Bits& with, const Bits& known);

// How well a change at a moment tells the course of a number, as chi-square.
struct StepFit {
  double step = 0;       // of the change between rows outside and inside `late`
  double elsewhere = 0;  // of a change at the best of all moments
  double course = 0;     // of a trend and a daily wave, as above; 0: too few traces
};
// Of `value` (by trace; NaN is passed over) in `rows`.
StepFit FitStep(const Corpus& corpus, const std::vector<size_t>& by_time, const std::vector<double>& value, const Bits& rows, const Bits& late);

// How much surer answers with the fact are than answers without it, in standard errors: negative is
// worse; the worst of all attributes that tell it. Only traces in `within` count. 0 when no attribute tells how sure an answer is.
double OutcomeShift(const Corpus& corpus, const Flow& flow, const Bits& with, const Bits& known,
                    const Bits& within);

}  // namespace awry::why
