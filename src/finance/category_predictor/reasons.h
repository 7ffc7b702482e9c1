// Why a row got its category, in words for the person whose row it is.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "finance/category_predictor/category_model.h"
#include "finance/category_predictor/features.h"

namespace finance::category_predictor {

// The heaviest parts that speak for the answer, at most `most`, heaviest first; never empty: when
// nothing speaks for it by itself, it says so. Codes and what they count:
//   own_labels    `count` of the `total` purchases at this merchant that this user gave a category
//   other_labels  the same of all users
//   own_changes   what the user said of other rows; other_changes: what all users said of such texts
//   code          the merchant category code, in `count`
//   words         of the description, in `words`
//   share         per cent of the user's rows that are of this category, in `count`
//   amount, date, together: an amount like this, the day, several things at once
std::vector<Reason> ReasonsOf(const Features& features, const ExplainedPrediction& explained,
                              size_t most = 3);

// One sentence: "14 of your 15 purchases at “corner” were groceries; …".
std::string JoinReasons(const std::vector<Reason>& reasons);

}  // namespace finance::category_predictor
