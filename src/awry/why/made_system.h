// A made system for tests: a quote service in five spans, with noise, harmless exceptions, and faults
// that can be planted. Everything follows from the seed.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "trace/label.h"
#include "trace/span.h"

namespace awry::why {

enum class MadeFault {
  kNone,
  kCutKey,      // load_profile reads another customer's row: the key loses its end
  kUnit,        // price_basket gets cents where it expects euros
  kSwapped,     // price_basket gets two inputs the wrong way round
  kFallback,    // guess_tier runs in score_tier's place
  kBadConfig,   // one configuration of pricing is wrong
  kStale,       // load_profile serves rows older than their time to live
  kWrongOrder,  // reserve_stock begins before check_stock
  kTogether,    // channel `partner` and parser `p2` do harm only together
};

struct MadeOptions {
  uint64_t seed = 1;
  size_t traces = 1'500;
  MadeFault fault = MadeFault::kNone;
  double fault_share = 0.12;    // of the traces once it has begun
  bool sudden = true;           // it begins after 60 % of the time; else it is there all the time
  double natural_wrong = 0.04;  // doubled for customers of one country: a confounder
  double labelled_right = 0.5;  // of the right answers
  double labelled_wrong = 0.7;  // of the wrong ones
  double label_noise = 0.02;    // labels turned round
  bool deploy_at_onset = false;  // of a service that has nothing to do with it
};

struct MadeSystem {
  std::vector<trace::Trace> traces;
  std::vector<trace::Label> labels;
  std::vector<trace::TraceId> faulted;        // wrong because of the fault
  std::vector<trace::TraceId> natural_wrong;  // wrong all the same
  int64_t onset_ns = 0;  // when the fault (or the deploy) begins
};

MadeSystem MakeSystem(const MadeOptions& options);

}  // namespace awry::why
