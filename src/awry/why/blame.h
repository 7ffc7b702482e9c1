// Which of two attributes is wrong where a relation between them breaks, and what facts share.
#pragma once

#include <cstdint>
#include <vector>

#include "awry/why/bits.h"
#include "awry/why/corpus.h"
#include "awry/why/facts.h"
#include "awry/why/relations.h"

namespace awry::why {

// By relation, the column to blame in `cases` that break it: `a`, unless what stands upstream of `a`
// still bears `a` out and nothing does so for `b`.
std::vector<uint32_t> BlamedColumns(const Corpus& corpus, const std::vector<Relation>& relations, const Bits& cases);

// Both are relations and have an attribute in common.
bool SharesAttribute(const std::vector<Relation>& relations, const Fact& x, const Fact& y);
bool IsEquality(const std::vector<Relation>& relations, const Fact& fact);

// Of relations that break together in one span, plain equality says it best; the text that was built
// wrong beside it is its mechanism. `strength` of an item is compared with the lead's; `peers(item)`
// says whether it is met by the same traces.
template <typename Item, typename Strength, typename Peers>
Item PlainestOf(const std::vector<Relation>& relations, const std::vector<Fact>& facts, const std::vector<Item>& items,
                const Item& lead, Strength strength, Peers peers) {
  constexpr double kShareMin = 0.7;
  const Fact& found = facts[lead.fact];
  if (found.kind != FactKind::kRelation || IsEquality(relations, found)) return lead;
  for (const Item& item : items) {
    const Fact& fact = facts[item.fact];
    if (strength(item) >= kShareMin * strength(lead) && IsEquality(relations, fact) && fact.span_class == found.span_class &&
        fact.other_class == found.other_class && SharesAttribute(relations, fact, found) && peers(item)) {
      return item;
    }
  }
  return lead;
}

}  // namespace awry::why
