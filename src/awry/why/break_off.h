// Who is to blame where a request goes no further: what is missing, its caller, or what it called last.
#pragma once

#include <cstdint>
#include <vector>

#include "awry/why/bits.h"
#include "awry/why/corpus.h"
#include "awry/why/facts.h"

namespace awry::why {

// The topmost span class that `cases` lack with the one of `missing`, a fact of the kind kSpanMissing.
uint32_t TopmostMissing(const Corpus& corpus, const Fact& missing, const Bits& cases);

// Where nothing follows a call: the caller, when the call did all it ever does, else the call. `odd`: span classes that
// did something else than ever in these traces. A call without spans below it cannot show that it did all.
uint32_t WhoBrokeOff(const Corpus& corpus, uint32_t called, const std::vector<uint32_t>& odd);

}  // namespace awry::why
