#include "awry/columnar/attribute_index.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <string>

#include "awry/columnar/attribute_merge.h"
#include "base/random.h"

namespace awry::columnar {
namespace {

struct Index {
  AttributeDirectory directory;
  std::vector<std::string> pages;
  size_t bytes = 0;

  std::vector<uint32_t> Find(uint32_t upper) const {
    const uint32_t hash = IndexHash(directory, uint64_t{upper} << 32);
    std::vector<uint32_t> groups;
    for (size_t p = 0; p < pages.size(); ++p) {
      const bool later = p + 1 < pages.size() && directory.pages[p + 1].first_hash < hash;
      if (directory.pages[p].first_hash > hash || later) continue;
      EXPECT_TRUE(FindInPage(directory, p, pages[p], hash, groups));
    }
    return groups;
  }
};

WriteAttributePage AppendTo(Index& index) {
  return [&index](std::string_view page, uint64_t& offset, uint32_t& bytes) {
    offset = index.bytes;
    bytes = static_cast<uint32_t>(page.size());
    index.bytes += page.size();
    index.pages.emplace_back(page);
    return base::OkStatus();
  };
}

using Hashes = std::vector<std::vector<uint32_t>>;  // by group

// `own` hashes that no other group has, repeated, beside some that many have.
Hashes MakeHashes(base::Random& random, uint32_t groups, size_t own) {
  Hashes hashes(groups);
  for (auto& group : hashes) {
    for (size_t i = 0; i < own; ++i) group.push_back(static_cast<uint32_t>(random.Next()));
    for (uint32_t i = 0; i < 20; ++i) {
      if (random.Chance(0.8)) group.push_back(i * 0x0a0b0c0du);
    }
    for (size_t i = 0; i < own; ++i) group.push_back(group[random.Below(own)]);
  }
  return hashes;
}

Index Build(const Hashes& hashes) {
  AttributeIndexBuilder builder;
  for (uint32_t g = 0; g < hashes.size(); ++g) builder.AddGroup(g, hashes[g]);
  Index index;
  EXPECT_TRUE(builder.Finish(static_cast<uint32_t>(hashes.size()), AppendTo(index), index.directory).ok());
  return index;
}

void ExpectAllFound(const Index& index, const Hashes& hashes, base::Random& random) {
  for (uint32_t g = 0; g < hashes.size(); ++g) {
    for (int i = 0; i < 50; ++i) {
      const auto found = index.Find(hashes[g][random.Below(hashes[g].size())]);
      EXPECT_TRUE(std::binary_search(found.begin(), found.end(), g));
      EXPECT_TRUE(std::is_sorted(found.begin(), found.end()));
      EXPECT_EQ(std::adjacent_find(found.begin(), found.end()), found.end());
    }
  }
}

TEST(AttributeIndex, FindsEveryPairOnceAndInOrder) {
  base::Random random(5);
  for (const size_t own : {size_t{1}, size_t{30}, size_t{700}, size_t{4'000}}) {
    const Hashes hashes = MakeHashes(random, 12, own);
    ExpectAllFound(Build(hashes), hashes, random);
  }
}

TEST(AttributeIndex, RepeatsCostNothing) {
  base::Random random(6);
  Hashes hashes = MakeHashes(random, 10, 3'000);
  const Index with = Build(hashes);
  for (auto& group : hashes) {
    std::sort(group.begin(), group.end());
    group.erase(std::unique(group.begin(), group.end()), group.end());
  }
  const Index without = Build(hashes);
  EXPECT_EQ(with.pages, without.pages);
}

// Five bits over their count: between 22 and 45 hashes for each pair, so a wrong group for one
// question in so many, and at most 2 bits more than the group and those five.
TEST(AttributeIndex, MeetsFewWrongGroupsInFewBits) {
  base::Random random(7);
  for (const size_t own : {size_t{2'500}, size_t{3'200}, size_t{4'000}, size_t{5'000}}) {
    const Hashes hashes = MakeHashes(random, 16, own);
    const Index index = Build(hashes);
    size_t pairs = 0, wrong = 0;
    for (const auto& page : index.directory.pages) pairs += page.entries;
    constexpr size_t kQuestions = 4'000;
    for (size_t i = 0; i < kQuestions; ++i)
      wrong += index.Find(static_cast<uint32_t>(random.Next())).size();
    EXPECT_LT(wrong, kQuestions / 16) << own;
    EXPECT_LT(static_cast<double>(index.bytes) * 8 / static_cast<double>(pairs), 11.2) << own;
  }
}

Index Merge(const std::vector<Index>& inputs, const std::vector<uint32_t>& groups) {
  std::vector<AttributeIndexInput> indexes;
  for (size_t i = 0; i < inputs.size(); ++i) {
    const Index& input = inputs[i];
    indexes.push_back({&input.directory, groups[i], [&](size_t page, std::vector<AttributeEntry>& entries) {
                         return DecodePage(input.directory, page, input.pages[page], entries)
                                    ? base::OkStatus()
                                    : base::DataLoss("malformed");
                       }});
  }
  Index merged;
  EXPECT_TRUE(MergeAttributeIndexes(indexes, [] { return false; }, AppendTo(merged), merged.directory).ok());
  return merged;
}

// Inputs keep different numbers of bits; some have no pairs at all.
TEST(AttributeIndex, MergedPagesFindWhatTheirInputsFound) {
  base::Random random(8);
  for (const size_t own : {size_t{40}, size_t{600}}) {
    std::vector<Index> inputs;
    std::vector<uint32_t> groups;
    Hashes all;
    for (const uint32_t count : {9u, 5u, 0u, 30u}) {
      const Hashes hashes = MakeHashes(random, count, count == 5 ? 40 : own);
      inputs.push_back(Build(hashes));
      groups.push_back(count);
      all.insert(all.end(), hashes.begin(), hashes.end());
    }
    const Index merged = Merge(inputs, groups);
    ExpectAllFound(merged, all, random);
    // Merged again, nothing is lost either.
    Hashes twice = all;
    twice.insert(twice.end(), all.begin(), all.end());
    const auto count = static_cast<uint32_t>(all.size());
    const Index copy = Merge(inputs, groups);
    ExpectAllFound(Merge({merged, copy}, {count, count}), twice, random);
  }
}

TEST(AttributeIndex, AMergeEndsWhenItIsStoppedOrAPageIsMalformed) {
  base::Random random(9);
  const Index index = Build(MakeHashes(random, 4, 900));
  Index merged;
  AttributeIndexInput input{&index.directory, 4, [](size_t, std::vector<AttributeEntry>&) {
                              return base::DataLoss("malformed: here");
                            }};
  EXPECT_EQ(MergeAttributeIndexes({input}, [] { return false; }, AppendTo(merged), merged.directory).code(),
            base::StatusCode::kDataLoss);
  input.read = [&](size_t page, std::vector<AttributeEntry>& entries) {
    EXPECT_TRUE(DecodePage(index.directory, page, index.pages[page], entries));
    return base::OkStatus();
  };
  EXPECT_EQ(MergeAttributeIndexes({input}, [] { return true; }, AppendTo(merged), merged.directory).code(),
            base::StatusCode::kCancelled);
}

}  // namespace
}  // namespace awry::columnar
