// Which traces of a store a question is about.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "awry/store/trace_store.h"
#include "awry/why/why.h"
#include "base/status.h"
#include "trace/ids.h"
#include "trace/label.h"

namespace awry::why {

// One verdict a trace: the newest label's. Traces whose labels contradict each other are counted.
struct Verdicts {
  std::map<trace::TraceId, trace::Verdict> of;
  std::map<trace::TraceId, std::string> expected;
  size_t contradicting = 0;
};
Verdicts VerdictsOf(const std::vector<trace::Label>& labels);
std::string ContradictionNote(const Verdicts& verdicts);

struct Selection {
  std::vector<trace::TraceId> bad;
  std::vector<trace::TraceId> good;
  std::vector<trace::TraceId> watch;  // neither: they tell when a fact began and ended
  std::vector<std::string> notes;
};

// kInvalidArgument: a query that does not parse or matches nothing.
base::Result<Selection> SelectLabelled(store::TraceStore& store, const Question& question, const Verdicts& verdicts,
                                       const EngineOptions& options);
// Traces of the same root operation: the nearest in time, and a spread of all others. The trace
// itself is not among them. kNotFound.
base::Result<std::vector<trace::TraceId>> SelectComparable(store::TraceStore& store, const Question& question);
struct Operation {
  std::string name;  // service and span
  std::vector<trace::TraceId> ids;
};
// Traces around the moment, of each of the most frequent root operations, the most frequent first; at least one.
base::Result<std::vector<Operation>> SelectAround(store::TraceStore& store, const Question& question);

}  // namespace awry::why
