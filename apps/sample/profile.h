// Who the made people are: their ids, and what they spend their money on.
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "finance/category_predictor/features.h"

namespace sample {

using finance::category_predictor::kClasses;
using finance::ledger::Category;

struct Profile {
  std::string_view name;
  // Rows a month by class, beside salary, rent and contracts.
  std::array<double, kClasses> monthly{};
};

// Foodie, gamer, commuter and so on.
const std::vector<Profile>& Profiles();

struct Person {
  std::string id;
  size_t profile = 0;  // into Profiles()
};

// At least 60 people. Ids have different lengths and share prefixes: "user12", "user120" to
// "user129" and longer ones agree in their first six bytes, and neighbours among them differ in
// profile.
std::vector<Person> People();

}  // namespace sample
