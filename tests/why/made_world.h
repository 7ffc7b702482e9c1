// Made systems: random topologies, names and noise, with one planted fault or none. Everything follows
// from the seeds. The noise: natural wrong answers by segment and hour, lost spans, missing attributes,
// clock skew, errors with retries, harmless exceptions of strong relations, a fine canary, unrelated
// deploys, places and users that confound, loads that drift with the hour.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "trace/label.h"
#include "trace/span.h"

namespace awry::made {

enum class Fault : uint8_t {
  kNone,
  // R: a relation between attributes of one trace breaks.
  kKeyCut, kOwnerSwapped, kTenantDropped, kStaleRow, kInputsSwapped, kTimesHundred, kTimesThousand, kFahrenheit,
  kHoursOff, kOtherTenantItems, kTopNotMember, kCountWrong, kWrongResponse, kMojibake, kTextCut, kStaleIndex,
  kDayOff, kWrongRegion, kSumWrong, kCopyRounded,
  // V: one value.
  kOldModel, kBadConfig, kDefaults, kBadShard, kInputMissing, kInputClamped,
  // S: spans missing, extra, repeated.
  kFallback, kSpanSkipped, kSpanExtra, kPageMissing, kPageTwice, kEventTwice, kRetryTwice, kErrorSwallowed,
  // T: timing and order.
  kEventsDisordered, kSpansSwapped, kSpansOverlap, kSlowDefault, kLagging, kQueued,
  // I: two values together.
  kLocaleParser, kBatchPrecision, kTenantModel,
  // X: across traces.
  kPreviousRow, kPreviousVector, kIdReused, kKeyCollides,
};

struct FaultInfo {
  Fault fault;
  std::string_view name;
  char visible;          // R, V, S, T, I, X
  bool decidable;        // someone who knows the true rules can tell it from one trace
};
std::span<const FaultInfo> AllFaults();  // kNone is not among them

// What a moment or a mix of users does although nothing is wrong.
enum class Calm : uint8_t { kPlain, kDeploy, kConfounded, kDrift };

struct WorldOptions {
  uint64_t system = 1;  // seed of topology and names
  uint64_t seed = 1;    // seed of the traces
  size_t traces = 1'500;
  Fault fault = Fault::kNone;
  Calm calm = Calm::kPlain;
  std::optional<bool> sudden;  // the fault begins at a moment; nothing: chance decides
};

struct Place {
  std::string service;
  std::string span;  // "*": any of the service
};

// As in truth.json of the development set.
struct Culprit {
  Place place;
  std::vector<std::string> any;
  std::vector<std::string> ok;
};

struct World {
  std::vector<trace::Trace> traces;
  std::vector<trace::Label> labels;
  std::vector<Culprit> culprits;  // empty: no fault
  trace::TraceId wrong;           // one wrong answer: because of the fault, or natural
  int64_t moment_ns = 0;          // about when the fault began; 0: it was always there
  size_t hit = 0;                 // traces that met the fault
  size_t wrong_by_fault = 0;
  size_t wrong_by_nature = 0;
  bool undecidable = false;       // from one trace, even with the true rules
};

World MakeWorld(const WorldOptions& options);

}  // namespace awry::made
