// What the model would answer on the sample, with each person's own context and with another's: the
// article's bug, rehearsed without services.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <vector>

#include "finance/category_predictor/category_model.h"
#include "sample/stream.h"

namespace sample {

struct PersonRows {
  Person person;
  std::vector<Row> year;
  std::vector<Row> after;  // one further month
};

struct Rehearsal {
  size_t rows = 0;
  size_t right = 0;
  std::map<Kind, std::pair<size_t, size_t>> by_kind;  // rows, right
  size_t after_rows = 0;
  size_t after_right = 0;
  // Of people whose ids agree in the first six bytes, in the further month: rows, right with the
  // own context and wrong with another's, answers that differ at all.
  size_t colliding_rows = 0;
  size_t turned_wrong = 0;
  size_t turned_right = 0;
  size_t differ = 0;
  double confidence_when_turned = 0;  // mean, of the wrong answers
};

struct RehearsalOptions {
  // Rows of a person between two looks at the context: in an import the Spending Analyzer's cache
  // keeps a context for a while. 1: always fresh.
  size_t context_every = 1;
};

// Rows come one after the other; a context is made of what was predicted so far. In the further
// month every colliding person but the first of a group gets the first one's context of the month's
// begin.
Rehearsal Rehearse(const finance::category_predictor::CategoryModel& model,
                   const std::vector<PersonRows>& people, const RehearsalOptions& options = {});

}  // namespace sample
