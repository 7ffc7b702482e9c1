// Learns from each label at once, between two trainings of the model: corrections of the model's
// logits, one set for all users by the n-grams of the text, one for each user by words and overall.
// Logistic regression by AdaGrad (Duchi, Hazan, Singer 2011), with the model's own judgement of the
// row as the offset; a user's corrections come on top of everybody's.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "finance/category_predictor/features.h"
#include "finance/category_predictor/inputs.h"
#include "finance/category_predictor/text_features.h"
#include "finance/category_predictor/weights.h"

namespace finance::category_predictor {

// Thread-compatible. Holds no text: words are hashes. Nothing is allocated before the first label.
class OnlineLearner {
 public:
  // What `normalised` gains by the labels so far. An empty `user` has no corrections of its own.
  Learned Look(std::string_view user, std::string_view normalised) const;

  // A label for `row` (text, amount, date, MCC; the rest plays no part), which `weights` judges.
  void Learn(const Weights& weights, const std::string& user, const Features& row,
             ledger::Category category);

  // Takes away what the user's labels say of the user; their share in everybody's corrections stays
  // until all is learned anew.
  void Forget(const std::string& user) { users_.erase(user); }

 private:
  struct Cell {
    Logits value{};
    Logits sums{};  // of squared slopes
  };
  struct User {
    Cell overall;
    std::unordered_map<uint64_t, Cell> words;
  };
  static void Move(Cell& cell, const Logits& slope, float value, float rate, float floor);
  Logits Everybodys(const std::vector<TextGram>& grams) const;
  const User* Known(std::string_view user) const;

  struct KeyHash {
    using is_transparent = void;
    size_t operator()(std::string_view key) const { return std::hash<std::string_view>{}(key); }
  };
  std::vector<Cell> grams_;  // by hashed n-gram
  std::unordered_map<std::string, User, KeyHash, std::equal_to<>> users_;
};

}  // namespace finance::category_predictor
