// Votes for the class of a row by the labels given so far: by the user's own rows that read alike, by
// users who agree with this one elsewhere, by the newest labels of the user, the merchant and the first
// word, and by what the user calls things that others call otherwise. All of bounded size.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "finance/category_predictor/bounded_map.h"
#include "finance/category_predictor/features.h"
#include "finance/category_predictor/inputs.h"
#include "finance/category_predictor/text_net.h"

namespace finance::category_predictor {

// What a vote needs to know of a text; for a user who is not known, the hashes are enough.
struct VotedText {
  uint64_t merchant = 0;  // of the merchant key
  uint64_t word = 0;      // of the first word
  std::array<int8_t, kNetWidth> vector{};  // of length 100; zero without a network
  Logits probabilities{};                  // by the text alone, as nobody's row
};

// The direction of a pooled vector, of length 100.
std::array<int8_t, kNetWidth> DirectionOf(const TextVector& vector);

// Thread-compatible. At most 8 KiB for a user and 40 MB for all. Nothing is allocated before the first label.
class LabelVotes {
 public:
  LabelVotes() : users_(kUsersMax), voters_(kMerchantsMax) {}

  bool Knows(const std::string& user) const { return !user.empty() && users_.Find(user) != nullptr; }

  // Fills `out`, in whole hundredths from 0 to 100. A user without labels has no votes of its own.
  void Look(const std::string& user, const VotedText& text, std::array<ClassVotes, kVotes>& out) const;

  // An empty `user` teaches merchant and word alone.
  void Learn(const std::string& user, const VotedText& text, size_t label);

 private:
  static constexpr size_t kUsersMax = 2000;
  static constexpr size_t kMerchantsMax = 30'000;  // of which the voters are kept

  struct OwnRow {
    std::array<int8_t, kNetWidth> vector;
    uint8_t label;
  };
  struct User {
    uint32_t number = 0;  // from 1
    ClassVotes newest{};
    std::array<ClassVotes, kClasses> calls{};  // by class of the text alone: what the user says
    std::vector<OwnRow> rows;                  // a ring
    size_t next = 0;
  };
  struct Voter {
    uint32_t user;
    uint8_t label;  // the last at this merchant
  };
  // In how many merchants two users said the same last.
  struct Pair {
    uint32_t tag = 0;
    uint16_t agree = 0;
    uint16_t differ = 0;
  };

  ClassVotes& Tally(uint64_t hash);
  const ClassVotes* FindTally(uint64_t hash) const;
  void LearnPairs(uint32_t user, uint64_t merchant, size_t label);
  Pair PairOf(uint32_t a, uint32_t b) const;
  Pair& MakePair(uint32_t a, uint32_t b);
  void AddNearest(const User& user, const VotedText& text, ClassVotes& out) const;
  void AddCalls(const User& user, const VotedText& text, ClassVotes& out) const;
  void AddAgreeing(uint32_t user, uint64_t merchant, ClassVotes& out) const;

  std::vector<ClassVotes> tallies_;  // by hash; those of one place share it
  std::array<ClassVotes, kClasses> everybodys_calls_{};
  BoundedMap<std::string, User> users_;
  BoundedMap<uint64_t, std::vector<Voter>> voters_;
  std::vector<Pair> pairs_;  // by hash; a pair that comes to another's place takes it
  uint32_t numbers_ = 0;
};

}  // namespace finance::category_predictor
