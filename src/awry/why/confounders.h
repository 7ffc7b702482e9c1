// Whether something else explains why a fact is commoner among wrong traces.
#pragma once

#include <vector>

#include "awry/why/corpus.h"
#include "awry/why/facts.h"
#include "awry/why/flow.h"
#include "awry/why/relations.h"

namespace awry::why {

// Whether `fact` loses its effect within the values of some attribute upstream of it that many traces have.
bool IsConfounded(const Corpus& corpus, const std::vector<Relation>& relations, const Flow& flow,
                  const std::vector<Fact>& facts, const Groups& groups, const Fact& fact);

}  // namespace awry::why
