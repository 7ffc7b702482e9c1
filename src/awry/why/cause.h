// Turns a fact that leads into the cause of an answer: sentence, counts, pair, check, times.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "awry/why/answer.h"
#include "awry/why/corpus.h"
#include "awry/why/facts.h"
#include "awry/why/flow.h"
#include "awry/why/sentence.h"

namespace awry::why {

// What the two groups of traces are called in sentences.
struct Wording {
  std::string cases;     // "wrong"
  std::string controls;  // "right"
};

struct CauseInput {
  const Corpus& corpus;
  const std::vector<Relation>& relations;
  const std::vector<Fact>& facts;
  const Flow& flow;
  const Groups& groups;
  Wording wording;
};

// `same`: facts that say the same of the same span; `explained`: what follows from the lead.
Cause MakeCause(const CauseInput& input, uint32_t lead, const std::vector<uint32_t>& same,
                const std::vector<uint32_t>& explained);

// "span: fact in 30 of 50 wrong and 520 of 1,000 right".
std::string WeakText(const CauseInput& input, uint32_t fact);

// Versions and configurations that appeared within `slack_ns` of `at_ns`.
std::vector<Change> ChangesAround(const Corpus& corpus, int64_t at_ns, int64_t slack_ns);

// A query that finds traces with the fact, "" when the language cannot say it.
std::string CheckQuery(const CauseInput& input, const Fact& fact);

}  // namespace awry::why
