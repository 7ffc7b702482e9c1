#include "finance/category_predictor/label_votes.h"

#include <gtest/gtest.h>

#include <numeric>

#include "base/random.h"

namespace finance::category_predictor {
namespace {

using Votes = std::array<ClassVotes, kVotes>;

constexpr size_t kRed = 3;
constexpr size_t kBlue = 7;

VotedText At(uint64_t merchant, int8_t direction = 0) {
  VotedText text{.merchant = merchant, .word = 1000 + merchant};
  text.vector[direction == 0 ? 0 : 1] = 100;
  text.probabilities[kRed] = 1;
  return text;
}

const ClassVotes& Of(const Votes& votes, Vote vote) { return votes[static_cast<size_t>(vote)]; }

Votes Ask(const LabelVotes& votes, const std::string& user, const VotedText& text) {
  Votes out;
  votes.Look(user, text, out);
  return out;
}

TEST(LabelVotes, NobodyVotesBeforeTheFirstLabel) { EXPECT_EQ(Ask(LabelVotes(), "anna", At(1)), Votes{}); }

TEST(LabelVotes, RowsThatReadAlikeVoteAndOthersDoNot) {
  LabelVotes votes;
  votes.Learn("anna", At(1, 0), kRed);
  votes.Learn("anna", At(2, 1), kBlue);
  const Votes seen = Ask(votes, "anna", At(9, 0));
  EXPECT_EQ(Of(seen, Vote::kNearest)[kRed], 1);
  EXPECT_EQ(Of(seen, Vote::kNearest)[kBlue], 0);
  EXPECT_EQ(Of(Ask(votes, "ben", At(9, 0)), Vote::kNearest), ClassVotes{});
}

TEST(LabelVotes, ANewerLabelCountsMore) {
  LabelVotes votes;
  votes.Learn("anna", At(1), kRed);
  votes.Learn("anna", At(1), kBlue);
  const Votes seen = Ask(votes, "anna", At(1));
  for (const Vote vote : {Vote::kNewest, Vote::kMerchant, Vote::kFirstWord}) {
    EXPECT_GT(Of(seen, vote)[kBlue], Of(seen, vote)[kRed]);
    EXPECT_GT(Of(seen, vote)[kRed], 0);
  }
}

TEST(LabelVotes, UsersWhoAgreeElsewhereCountMoreThanThoseWhoDiffer) {
  LabelVotes votes;
  for (uint64_t merchant = 1; merchant <= 3; ++merchant) {
    votes.Learn("anna", At(merchant), kRed);
    votes.Learn("like", At(merchant), kRed);
    votes.Learn("unlike", At(merchant), kBlue);
  }
  votes.Learn("like", At(50), kRed);
  votes.Learn("unlike", At(50), kBlue);
  const Votes seen = Ask(votes, "anna", At(50));
  EXPECT_GT(Of(seen, Vote::kAgreeing)[kRed], 4);
  EXPECT_LT(Of(seen, Vote::kAgreeing)[kBlue], 0.1F);
  // Who is not known weighs all alike.
  EXPECT_EQ(Of(Ask(votes, "", At(50)), Vote::kAgreeing)[kRed], 1);
  EXPECT_EQ(Of(Ask(votes, "", At(50)), Vote::kAgreeing)[kBlue], 1);
}

TEST(LabelVotes, AChangedMindEndsTheOldAgreement) {
  LabelVotes votes;
  for (uint64_t merchant = 1; merchant <= 3; ++merchant) {
    votes.Learn("anna", At(merchant), kRed);
    votes.Learn("ben", At(merchant), kRed);
  }
  votes.Learn("ben", At(50), kBlue);
  const float before = Of(Ask(votes, "anna", At(50)), Vote::kAgreeing)[kBlue];
  for (uint64_t merchant = 1; merchant <= 3; ++merchant) votes.Learn("anna", At(merchant), kBlue);
  EXPECT_LT(Of(Ask(votes, "anna", At(50)), Vote::kAgreeing)[kBlue], before / 100);
}

TEST(LabelVotes, WhatAUserCallsThingsDiffersFromWhatAllCallThem) {
  LabelVotes votes;
  for (int i = 0; i < 20; ++i) {
    votes.Learn("anna", At(1), kBlue);
    votes.Learn("ben", At(2), kRed);
    votes.Learn("carl", At(3), kRed);
  }
  EXPECT_GT(Of(Ask(votes, "anna", At(99)), Vote::kCalls)[kBlue], 80);
  EXPECT_GT(Of(Ask(votes, "ben", At(99)), Vote::kCalls)[kRed], 80);
}

TEST(LabelVotes, EveryVoteIsAWholeHundredthFromZeroToAHundred) {
  LabelVotes votes;
  awry::base::Random random(7);
  const auto user = [&] { return std::string(1, static_cast<char>('a' + random.Below(26))); };
  const auto text = [&] { return At(random.Below(30), static_cast<int8_t>(random.Below(2))); };
  for (int i = 0; i < 4000; ++i) votes.Learn(user(), text(), random.Below(kClasses));
  for (int i = 0; i < 200; ++i) {
    for (const ClassVotes& seen : Ask(votes, user(), text())) {
      for (const float vote : seen) {
        EXPECT_GE(vote, 0);
        EXPECT_EQ(vote, WholeHundredths(vote));
      }
      EXPECT_LE(std::accumulate(seen.begin(), seen.end(), 0.0F), 100.2F);
    }
  }
}

TEST(BoundedMap, WhoCameFirstGoesFirst) {
  BoundedMap<int, int> map(3);
  for (int i = 0; i < 4; ++i) map[i] = i;
  map[1] = 10;
  EXPECT_EQ(map.size(), 3U);
  EXPECT_EQ(map.Find(0), nullptr);
  ASSERT_NE(map.Find(1), nullptr);
  EXPECT_EQ(*map.Find(1), 10);
}

}  // namespace
}  // namespace finance::category_predictor
