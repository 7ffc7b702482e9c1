// Relations over three numbers, and what tells whether two numbers may be compared.
#pragma once

#include <cstdint>
#include <set>
#include <utility>
#include <vector>

#include "awry/why/corpus.h"
#include "awry/why/relations.h"

namespace awry::why {

// Half a unit of the last decimal that the column's numbers use.
double RoundingOf(const Column& column, const std::vector<size_t>& rows);

// The keys share their last word ("age_s" and "ttl_s"), or both are times, or counts of one span with
// the same first word ("rerank.in" and "rerank.out").
bool SameUnit(const Corpus& corpus, uint32_t a, uint32_t b);

// Candidates a = b + c, a = b · c and a = b · factor(c) that hold on `sample`. Pairs in
// `related` (lower column first) already have a simpler relation and are left alone.
std::vector<Relation> FindTriples(const Corpus& corpus, const std::vector<size_t>& sample,
                                  const std::vector<uint32_t>& columns,
                                  const std::set<std::pair<uint32_t, uint32_t>>& related);

}  // namespace awry::why
