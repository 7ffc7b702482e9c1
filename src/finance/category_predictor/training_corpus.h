// The rows that a model learns from, older and newest apart, as they were seen on their days.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "finance/category_predictor/history.h"
#include "finance/category_predictor/inputs.h"
#include "finance/category_predictor/model_trainer.h"
#include "finance/category_predictor/text_features.h"
#include "finance/category_predictor/weights.h"

namespace finance::category_predictor {

struct Example {
  Features features;  // without the text
  uint32_t text = 0;  // into Corpus::texts
  uint8_t label = 0;
  float weight = 1;
  float shared = 1;
  bool has_amount = true;
};

struct Text {
  std::vector<TextGram> grams;
  TextKeys keys;
};

// Some of the newest rows, and how they were seen.
struct Part {
  std::vector<LabelledRow> rows;
  std::vector<Example> examples;  // one per row
};

struct Corpus {
  std::vector<Text> texts;
  std::vector<Example> older;  // what belongs to nobody has no date: it is always old
  std::vector<Part> newest;    // one after the other
};

// Made by the trainer, not lived: it teaches what is for persons alone in full, the rest in part.
inline bool IsMade(float shared) { return shared < 1; }

// Shares of the classes in the rows that have users.
std::array<float, kClasses> PriorOf(std::span<const LabelledRow> rows);

// The names among the rows: those of nobody that have no amount.
KnownNames NamesOf(std::span<const LabelledRow> rows);

// `rows` sorted by date; `weights` have prior and names.
Corpus MakeCorpus(std::span<const LabelledRow> rows, const TrainerOptions& options, const Weights& weights);

// Makes the features of the part's examples anew, as new users live it: all memories and the online
// learner, which corrects `weights`, begin empty.
void Replay(Part& part, const Weights& weights);

}  // namespace finance::category_predictor
