// The whole sample: a made year of bank rows of many people.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/status.h"
#include "finance/category_predictor/training_set.h"
#include "finance/ledger/date.h"
#include "sample/rehearsal.h"

namespace sample {

struct SampleOptions {
  finance::ledger::Date end;  // last day of the year
  uint64_t seed = 1;
  int months = 12;
  int months_after = 0;  // 0: the year; n: the n-th month after it
};

// The days that the options ask for.
Period PeriodOf(const SampleOptions& options);

// The year, and with `with_after` the month after it.
std::vector<PersonRows> MakePeople(const finance::category_predictor::TrainingSet& set,
                                   const SampleOptions& options, bool with_after);

// Writes users.json, statements/USER.csv, budgets.json and truth.jsonl. Returns the number of rows.
awry::base::Result<size_t> WriteSample(const finance::category_predictor::TrainingSet& set,
                                       const SampleOptions& options, const std::string& folder);

}  // namespace sample
