// Relations across traces: what a name stood for in other traces.
#pragma once

#include <cstdint>
#include <set>
#include <utility>
#include <vector>

#include "awry/why/corpus.h"
#include "awry/why/relations.h"

namespace awry::why {

// Candidates of kKeeps: texts that return in several traces of `rows` (users, keys, hashes) and the
// attributes that are then the same. `sample` shows what luck gives; `columns` stand upstream first;
// pairs in `related` (lower column first) have a simpler relation already.
std::vector<Relation> FindKeeps(const Corpus& corpus, const std::vector<size_t>& sample, const std::vector<size_t>& rows,
                                const std::vector<uint32_t>& columns,
                                const std::set<std::pair<uint32_t, uint32_t>>& related);

}  // namespace awry::why
