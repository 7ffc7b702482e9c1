// The files in training/: labelled purchases, household texts, brands and merchant category codes.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/random.h"
#include "base/status.h"
#include "finance/category_predictor/history.h"
#include "finance/ledger/category.h"

namespace finance::category_predictor {

// One line of household.csv: a text as banks write it, with {name}, {city}, {co}, {month}, {ref}
// and {n3}…{n6} standing for what differs from row to row. A text that may mean several things has
// one line for each.
struct HouseholdText {
  ledger::Category category = ledger::Category::kUncategorized;
  bool money_in = false;
  int64_t low_minor = 0;
  int64_t high_minor = 0;
  double weight = 1;
  std::string text;
};

struct Brand {
  std::string name;
  ledger::Category category = ledger::Category::kUncategorized;
};

struct MccEntry {
  int mcc = 0;
  std::string description;
  ledger::Category category = ledger::Category::kUncategorized;
};

// A purchase as published; `description` is not normalised yet.
struct Purchase {
  std::string description;
  std::string currency;
  std::string user;
  ledger::Date date = ledger::Date::FromDays(0);
  int64_t amount_minor = 0;
  int mcc = 0;
  ledger::Category category = ledger::Category::kUncategorized;
};

struct TrainingSet {
  std::vector<Purchase> purchases;      // sorted by date
  std::vector<Purchase> mcc_purchases;  // without users, with MCC
  std::vector<HouseholdText> household;
  std::vector<Brand> brands;
  std::vector<MccEntry> mccs;
};

// Reads the folder. kNotFound or kInvalidArgument name the file (and line) that cannot be read.
base::Result<TrainingSet> LoadTrainingSet(const std::string& folder);

// Fills the braces of a household text. Months are English or as short numbers.
std::string FillText(std::string_view text, awry::base::Random& random, int month);

// The brand as a card statement shows it: upper case, perhaps with a place or a number.
std::string StatementForm(std::string_view name, awry::base::Random& random);

// An amount between the two, small ones more often (uniform in the logarithm).
int64_t DrawAmount(int64_t low_minor, int64_t high_minor, awry::base::Random& random);

struct RowsOptions {
  ledger::Date until = ledger::Date::FromDays(INT32_MAX);  // purchases before this day only
  bool with_mcc_purchases = true;
  uint64_t seed = 1;
  int households = 800;
  int rows_per_household = 160;
  float household_weight = 0.6F;  // of a made row, in what the model says of persons and offices alike
};

// Everything as rows to train on, sorted by date: the purchases, streams of made households that
// draw from all the texts, and brands and codes as rows of nobody.
std::vector<LabelledRow> MakeTrainingRows(const TrainingSet& set, const RowsOptions& options);

// One purchase as a labelled row.
LabelledRow RowOf(const Purchase& purchase);

}  // namespace finance::category_predictor
