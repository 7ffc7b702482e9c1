// The three questions over a corpus that is in memory.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "awry/why/answer.h"
#include "awry/why/bits.h"
#include "awry/why/corpus.h"
#include "awry/why/facts.h"
#include "awry/why/replay.h"
#include "awry/why/why.h"
#include "base/status.h"

namespace awry::why {

// Traces that do the same as the traces of `anchors`: they enter at the same span class, or, where that
// span was lost, have half of the span classes that most of those have.
Bits ComparableTo(const Corpus& corpus, const Bits& anchors);

// What a question is answered from beside the corpus.
struct Surroundings {
  size_t limit = 10;
  Progress progress;
  // Replay: nothing is replayed without `send`.
  ReplaySender send;
  std::function<std::optional<trace::Trace>(const trace::TraceId&)> fetch;
  std::map<trace::TraceId, std::string> expected;
  size_t replays_max = 200;
};

// Fewer wrong or right traces than can tell anything: an answer without causes and a note.
base::Result<Answer> ExplainLabelled(const Corpus& corpus, const Groups& groups, const Surroundings& around);
base::Result<Answer> ExplainSingle(const Corpus& corpus, size_t trace, const Surroundings& around);
base::Result<Answer> ExplainOnset(const Corpus& corpus, int64_t onset_ns, const Surroundings& around);

}  // namespace awry::why
