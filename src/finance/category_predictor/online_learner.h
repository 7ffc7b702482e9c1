// Learns from each label at once, between two trainings of the model: corrections of the model's
// logits, one set for all users by the n-grams of the text, one for each user by words and overall.
// Logistic regression by AdaGrad (Duchi, Hazan, Singer 2011), with the model's own judgement of the
// row as the offset; a user's corrections come on top of everybody's. Beside them the votes of label_votes.h.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "finance/category_predictor/bounded_map.h"
#include "finance/category_predictor/features.h"
#include "finance/category_predictor/inputs.h"
#include "finance/category_predictor/label_votes.h"
#include "finance/category_predictor/text_features.h"
#include "finance/category_predictor/weights.h"

namespace finance::category_predictor {

// Thread-compatible. Holds no text: words are hashes. At most 64 KiB for a user, and 100 MB for all: whose
// first label is the oldest is forgotten first. Nothing is allocated before the first label.
class OnlineLearner {
 public:
  // What is learned corrects a model with these weights, which must outlive it.
  explicit OnlineLearner(const Weights& weights) : weights_(&weights), users_(kUsersMax) {}

  // What `normalised` gains by the labels so far. An empty `user` has no corrections of its own.
  Learned Look(const std::string& user, std::string_view normalised) const;

  // A label for `row`: text, amount, date and MCC; the rest plays no part.
  void Learn(const std::string& user, const Features& row, ledger::Category category);

 private:
  static constexpr size_t kUsersMax = 1'000;
  static constexpr size_t kWordsMax = 240;  // of a user

  struct Cell {
    Logits value{};
    Logits sums{};  // of squared slopes
  };
  struct User {
    Cell overall;
    BoundedMap<uint64_t, Cell> words{kWordsMax};
  };
  static void Move(Cell& cell, const Logits& slope, float value, float rate, float floor);
  Learned Corrections(const std::string& user, std::string_view normalised, const std::vector<TextGram>& grams) const;
  VotedText VotedTextOf(bool reads, std::string_view normalised, const std::vector<TextGram>& grams) const;

  const Weights* weights_;
  std::vector<Cell> grams_;  // by hashed n-gram
  BoundedMap<std::string, User> users_;
  LabelVotes votes_;
};

}  // namespace finance::category_predictor
