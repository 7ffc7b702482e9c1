// The plan of a made system: its services, its steps, and what everything is called.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/random.h"
#include "made_world.h"

namespace awry::made {

enum class StepKind : uint8_t {
  kProfile,  // a cached row of the asker, with its key, owner, age and numbers
  kParse,    // a number read from text
  kText,     // a text made clean
  kItems,    // a list found for a tenant
  kPages,    // a list fetched page by page
  kEvents,   // numbered events applied one by one
  kCall,     // a call with an id that comes back
  kIndex,    // an index with a version and a shard
  kWindow,   // statistics of a day
  kPlaceOf,  // a regional endpoint
  kBudget,   // two counts and their sum
  kClock,    // an event's time and the time it was worked on
  kTwo,      // two steps, one after the other
  kVector,   // numbers that no two requests share
  kDedup,    // an id that must be new
  kLookup,   // a row under a hashed key
  kGuard,    // a check that must run
  kFiller,   // nothing of interest
  kModel,    // the answer
};
StepKind KindFor(Fault fault);

struct PodPlan {
  std::string name;
  size_t region = 0;
  int64_t skew_ns = 0;
};

struct ServicePlan {
  std::string name;
  std::string version;
  std::string next_version;
  std::string config;
  std::vector<PodPlan> pods;
};

struct StepPlan {
  StepKind kind = StepKind::kFiller;
  size_t service = 0;
  size_t parent = 0;  // 0: the entry, k: the step before it
  std::string span;
  std::string other_span;  // kPages, kEvents, kTwo, kModel: the second kind of span
  std::string client_span;  // "": called without one
  std::vector<std::string> key;
  double harmless = 0;  // share of traces in which a strong relation breaks and nothing is wrong
  double ms = 3;
};

struct SystemPlan {
  std::vector<std::string> regions;
  std::vector<ServicePlan> services;
  std::string entry_span;
  std::string user, segment, locale, tenant, platform, session, amount, load, version, day, answer, sureness;
  std::string user_prefix;
  size_t tenants = 0;
  size_t users = 0;
  double natural = 0.04;
  int64_t begin_ns = 0;
  int64_t span_ns = 0;  // of all traces
  std::vector<StepPlan> steps;  // the last is the model
  std::string model_sureness;   // key in the model's span
  std::string model_answer;
  size_t deployed = 0;  // a service that has nothing to do with the fault
  size_t canary = 0;
};

SystemPlan MakePlan(uint64_t seed, Fault fault);

}  // namespace awry::made
