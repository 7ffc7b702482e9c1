// What the model is told about a user: how the user spends, over all of the history.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/status.h"
#include "finance/ledger/category.h"
#include "finance/ledger/user_id.h"

namespace finance::spending_analyzer {

namespace base = awry::base;

struct Patterns {
  ledger::UserId owner;
  int64_t avg_grocery_amount_minor = 0;  // magnitude, in `currency`; 0 without groceries
  std::string currency;                  // the one with the most groceries; "" without any
  double grocery_frequency = 0;          // share of the rows that are groceries
  std::array<int64_t, ledger::kCategoryCount> counts{};  // rows by category
  int64_t count = 0;                                      // rows in all
};

// The fields of GET /patterns/{user_id} but `cache`, as the inside of a JSON object: no braces. This
// is also what the cache keeps, owner included, so that an answer says whose patterns it holds.
std::string PatternFields(const Patterns& patterns);

// The whole answer: `fields` and where they came from.
std::string PatternAnswer(std::string_view fields, std::string_view cache_key, bool cache_hit);

}  // namespace finance::spending_analyzer
