// Root cause: which facts tell the wrong answers' traces from the right ones'. Method: docs/why.md.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "awry/store/trace_store.h"
#include "awry/why/answer.h"
#include "base/clock.h"
#include "base/status.h"
#include "trace/ids.h"
#include "trace/label.h"
#include "trace/span.h"

namespace awry::why {

enum class QuestionKind {
  kLabelled,  // what do the wrong traces share that the right ones do not?
  kSingle,    // what is unusual in this one trace?
  kOnset,     // what changed at that time?
};

struct Question {
  QuestionKind kind = QuestionKind::kLabelled;

  // kLabelled: explicit ids go before queries; with neither, the labels decide.
  std::vector<trace::TraceId> bad;
  std::vector<trace::TraceId> good;
  std::string bad_query;
  std::string good_query;  // empty with a bad_query: labelled right, else unlabelled traces stand in

  trace::TraceId trace;  // kSingle
  int64_t onset_ns = 0;  // kOnset

  int64_t since_ns = store::kTimeMin;  // window of the traces looked at
  int64_t until_ns = store::kTimeMax;
  size_t limit = 10;  // causes in the answer
};

// Called now and then from Explain's own thread; `done` in 0…1. Return false to stop (kCancelled).
using Progress = std::function<bool(std::string_view step, double done)>;

struct EngineOptions {
  // Service name → full URL of its replay endpoint. Never taken from a trace.
  std::map<std::string, std::string> replay_endpoints;
  size_t replays_max = 200;          // requests for one cause
  size_t traces_max = 32'000;        // of a labelled question: beyond it a spread of a quarter wrong and
                                     // three quarters right ones is read, and the answer says so
  size_t good_labels_min = 30;       // fewer: unlabelled traces of the same root operation stand in
  size_t stand_ins_max = 20'000;     // of those
  const base::Clock* clock = nullptr;  // null: the machine's; must outlive the engine
};

// One unusual fact of a trace, for the trace page.
struct UnusualFact {
  trace::SpanId span_id = 0;
  std::string attribute;
  std::string value;
  std::string usual;
  uint64_t with = 0;  // comparable traces with the usual value
  uint64_t of = 0;    // comparable traces looked at
};
// {"facts":[{"span_id","attribute","value","usual","with","of"}]}
std::string ToJson(const std::vector<UnusualFact>& facts);

// A relation or value that held in nearly all right traces: a proposal for a check.
struct Invariant {
  std::string statement;
  std::string check;  // a query that must never match; "" when the language cannot say it
  SpanRef span;
  std::vector<std::string> attributes;
  uint64_t holds = 0;
  uint64_t of = 0;
};
// {"invariants":[{"statement","check","span","attributes","holds","of"}]}
std::string ToJson(const std::vector<Invariant>& invariants);

// Thread-safe: each call reads the store for itself.
class Engine {
 public:
  // `store` (and the clock) must outlive the engine.
  Engine(store::TraceStore& store, EngineOptions options = {});
  ~Engine();

  // kNotFound: an unknown trace id. kInvalidArgument: a query that does not parse, or that matches
  // nothing; too few labels (says how many are needed). No cause found is a success.
  base::Result<Answer> Explain(const Question& question, const Progress& progress = {});
  // kNotFound as above.
  base::Result<std::vector<UnusualFact>> UnusualFacts(const trace::TraceId& id);
  base::Result<std::vector<Invariant>> Invariants(int64_t since_ns = store::kTimeMin,
                                                  int64_t until_ns = store::kTimeMax);

 private:
  store::TraceStore& store_;
  EngineOptions options_;
};

// The same answers over traces in memory (`awry why --traces FILE`); no replay unless `options` name
// endpoints. Spans of one trace must stand in one Trace; order and clock skew do not matter.
base::Result<Answer> ExplainTraces(std::vector<trace::Trace>&& traces,
                                   const std::vector<trace::Label>& labels,
                                   const Question& question, const EngineOptions& options = {},
                                   const Progress& progress = {});

}  // namespace awry::why
