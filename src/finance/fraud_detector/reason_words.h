// What a reason says, apart from its English words: a page in another language writes its own from it.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace finance::fraud_detector {

struct ReasonWords {
  std::string_view says;  // "charged_twice", "burst_hour", …; "" when the words are not known here
  // Its numbers by name, as digits: {"minutes", "7"}, {"times", "3.2"}.
  std::vector<std::pair<std::string_view, std::string>> numbers;
};

// Reads the message of a reason as rules.cc and fraud_model.cc write it. Stored answers hold nothing else.
ReasonWords ReadReasonWords(std::string_view message);

}  // namespace finance::fraud_detector
