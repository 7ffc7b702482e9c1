// Which spans of a table match a filter. Hashes of attributes lie one after the other: those that
// fit are found first, sixteen at a time, and only their spans are read.
#include <algorithm>
#include <array>
#include <cstring>
#include <vector>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "awry/columnar/mem_table.h"

namespace awry::columnar {

namespace {

uint32_t Upper(uint64_t hash) { return static_cast<uint32_t>(hash >> 32); }

constexpr size_t kBlock = 16;

bool AnyEqual(const uint32_t* block, uint32_t wanted) {
#ifdef __SSE2__
  const __m128i all = _mm_set1_epi32(static_cast<int>(wanted));
  const auto equal = [&](size_t at) {
    return _mm_cmpeq_epi32(_mm_loadu_si128(reinterpret_cast<const __m128i*>(block + at)), all);
  };
  const __m128i any =
      _mm_or_si128(_mm_or_si128(equal(0), equal(4)), _mm_or_si128(equal(8), equal(12)));
  return _mm_movemask_epi8(any) != 0;
#else
  uint32_t any = 0;
  for (size_t k = 0; k < kBlock; ++k) any |= block[k] == wanted ? 1u : 0u;
  return any != 0;
#endif
}

// Calls `use(i)` where values[i] is `wanted`.
template <typename Use>
void ForEachEqual(const uint32_t* values, size_t count, uint32_t wanted, const Use& use) {
  size_t i = 0;
  for (; i + kBlock <= count; i += kBlock) {
    if (!AnyEqual(values + i, wanted)) [[likely]]
      continue;
    for (size_t k = i; k < i + kBlock; ++k) {
      if (values[k] == wanted) use(k);
    }
  }
  for (; i < count; ++i) {
    if (values[i] == wanted) use(i);
  }
}

}  // namespace

// Sets bit e of marks[i] where entry i has an attribute whose hash fits equality e (e < 8).
void MemTable::MarkHashMatches(const RowFilter& filter, size_t span_count,
                               std::vector<uint8_t>& marks) const {
  std::array<std::vector<uint32_t>, 8> wanted;
  for (size_t e = 0; e < std::min(filter.equals_count(), wanted.size()); ++e) {
    for (const uint64_t hash : filter.hashes(e)) wanted[e].push_back(Upper(hash));
  }
  for (const Part& part : parts_) {
    const size_t members = MembersWithin(part, span_count);
    if (members == 0) continue;
    // The member whose hashes the one at `at` is among.
    const auto entry_of = [&](size_t at) {
      size_t low = 0, high = members;
      while (low < high) {  // the first whose hashes end behind it
        const size_t middle = (low + high) / 2;
        entries_[part.members[middle]].hashes_end <= at ? low = middle + 1 : high = middle;
      }
      return part.members[low];
    };
    const size_t hashes_end = entries_[part.members[members - 1]].hashes_end;
    part.hashes.ForEachRun(0, hashes_end, [&](size_t first, const uint32_t* run, size_t count) {
      for (size_t e = 0; e < wanted.size(); ++e) {
        for (const uint32_t hash : wanted[e]) {
          ForEachEqual(run, count, hash, [&](size_t i) {
            uint8_t& mark = marks[entry_of(first + i)];
            mark = static_cast<uint8_t>(mark | 1u << e);
          });
        }
      }
    });
  }
}

MemTable::Matches::Matches(const MemTable& table, const RowFilter& filter, size_t span_count)
    : table_(table),
      filter_(filter),
      span_count_(span_count),
      equals_(std::min<size_t>(filter.equals_count(), 8)),
      marks_(equals_ > 0 ? span_count : 0),
      best_(table.traces_.size(), kNoId) {
  table.MarkHashMatches(filter, span_count, marks_);
  // Per shape: does it fit, and which equalities hold through its resource or scope.
  const Schema& schema = table.schema_;
  const size_t shapes = schema.shape_count();
  fits_.resize(shapes);
  shared_.resize(shapes);
  for (uint32_t s = 0; s < shapes; ++s) {
    fits_[s] = filter.MatchesShape(schema, schema.shape(s));
    for (size_t e = 0; fits_[s] != 0 && e < equals_; ++e) {
      if (filter.SharedHas(e, schema, schema.shape(s)))
        shared_[s] = static_cast<uint8_t>(shared_[s] | 1u << e);
      any_shared_ = any_shared_ || shared_[s] != 0;
    }
  }
}

// Entries whose shape, times and hashes fit.
template <typename Visit>
void MemTable::Matches::ForEachFitting(size_t first, size_t end, const Visit& visit) const {
  const auto all = static_cast<uint8_t>((1u << equals_) - 1);
  if (equals_ > 0 &&
      !any_shared_) {  // nothing but the marks can fulfil an equality: few entries are looked at
    const auto next = [&](size_t number) {
      const void* const at = std::memchr(marks_.data() + number, all, end - number);
      return at == nullptr ? end
                           : static_cast<size_t>(static_cast<const uint8_t*>(at) - marks_.data());
    };
    for (size_t number = next(first); number < end; number = next(number + 1)) {
      const Entry& entry = table_.entries_[number];
      if (fits_[entry.shape] != 0 && filter_.MatchesTimes(entry.start_ns, entry.duration_ns))
        visit(number, entry);
    }
    return;
  }
  table_.entries_.ForEachRun(first, end, [&](size_t run_first, const Entry* run, size_t count) {
    for (size_t i = 0; i < count; ++i) {
      const Entry& entry = run[i];
      if (fits_[entry.shape] == 0 || !filter_.MatchesTimes(entry.start_ns, entry.duration_ns))
        continue;
      if (equals_ > 0 && (marks_[run_first + i] | shared_[entry.shape]) != all) continue;
      visit(run_first + i, entry);
    }
  });
}

std::vector<MemTable::Matches::Block> MemTable::Matches::Blocks() const {
  std::vector<Block> blocks;
  ForEachFitting(0, span_count_, [&](size_t number, const Entry& entry) {
    const size_t first = number / kBlockSpans * kBlockSpans;
    if (blocks.empty() || blocks.back().first != first) blocks.push_back({entry.start_ns, first});
    blocks.back().newest_ns = std::max(blocks.back().newest_ns, entry.start_ns);
  });
  std::sort(blocks.begin(), blocks.end(),
            [](const Block& a, const Block& b) { return a.newest_ns < b.newest_ns; });
  return blocks;
}

void MemTable::Matches::FindIn(const Block& block, std::vector<TraceMatch>& out) {
  Row row;
  ForEachFitting(block.first, std::min(block.first + kBlockSpans, span_count_),
                 [&](size_t number, const Entry& entry) {
                   uint32_t& newest = best_[entry.trace];
                   if (newest != kNoId && table_.entries_[newest].start_ns >= entry.start_ns)
                     return;
                   if (equals_ > 0) {
                     table_.ReadRowOf(entry, row);
                     if (!filter_.MatchesAttributes(table_.schema_, row)) return;
                   }
                   if (newest == kNoId) touched_.push_back(entry.trace);
                   newest = static_cast<uint32_t>(number);
                 });
  for (const uint32_t trace : touched_) {
    out.push_back({table_.traces_[trace].id, table_.entries_[best_[trace]].start_ns});
    best_[trace] = kNoId;
  }
  touched_.clear();
}

}  // namespace awry::columnar
