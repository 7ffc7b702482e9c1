// Where in the flow an attribute stands: causes are upstream, the answer and its copies are symptoms.
#pragma once

#include <vector>

#include "awry/why/corpus.h"
#include "awry/why/facts.h"
#include "awry/why/relations.h"

namespace awry::why {

struct Flow {
  std::vector<char> outcome;    // by column: the answer, its confidence, or a copy of them
  std::vector<char> confidence;  // by column: a number that says how sure the answer is
  std::vector<char> clockwork;  // by column: grows with time (ids, offsets, timestamps, versions of data)
  std::vector<char> request;    // by column: says who asks and for what, or is a model's input: answers may be
                              // harder there without any fault
  std::vector<double> position;  // by span class
  std::vector<double> end_position;  // by span class: after all that runs inside
};

Flow MakeFlow(const Corpus& corpus, const std::vector<Relation>& relations);

// Smaller is further upstream.
double PositionOf(const Corpus& corpus, const Flow& flow, const Fact& fact);

// A fact about the answer itself, or about nothing but the time: it may be shown, never lead.
bool IsSymptom(const Corpus& corpus, const Flow& flow, const std::vector<Relation>& relations,
               const Fact& fact);

// A version, image, pod or configuration: what a deploy changes.
bool IsDeployment(const Corpus& corpus, const Fact& fact);

}  // namespace awry::why
