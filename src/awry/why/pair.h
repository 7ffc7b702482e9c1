// A wrong trace beside its nearest right twin.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "awry/why/answer.h"
#include "awry/why/bits.h"
#include "awry/why/corpus.h"

namespace awry::why {

// The trace of `candidates` most like `trace`: shared rare values (the same user, the same merchant)
// weigh most, then common ones, near numbers, and nearness in time. `ignored` columns say nothing.
std::optional<size_t> NearestTwin(const Corpus& corpus, size_t trace, const Bits& candidates,
                                  const std::vector<uint32_t>& ignored);

// What differs between them, `first` columns before the others.
TwinPair ComparePair(const Corpus& corpus, size_t wrong, size_t right, const std::vector<uint32_t>& first);

}  // namespace awry::why
