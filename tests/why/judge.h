// Scores answers by the rules of the development set's score.py.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "awry/why/answer.h"
#include "made_world.h"

namespace awry::made {

struct Verdict {
  size_t service = 0;    // rank of the first cause of the right service; 0: none
  size_t span = 0;       // right span
  size_t attribute = 0;  // right span and attribute
  size_t named = 0;      // causes that are no context
};
// A service or span "*" of a culprit stands for any.
Verdict Judge(const std::vector<Culprit>& culprits, const std::vector<why::Cause>& causes);

// "45 of 50 (90.0 %, 95 %: 78.2–96.7 %)".
std::string ShareText(size_t with, size_t of);

}  // namespace awry::made
