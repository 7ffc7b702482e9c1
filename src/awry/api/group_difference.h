// What differs between two groups of traces, attribute by attribute, with a test each.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <tuple>
#include <unordered_map>
#include <vector>

#include "trace/span.h"

namespace awry::api {

// Sides are 0 (a) and 1 (b).
struct AttributeDifference {
  std::string service;
  std::string span;
  std::string key;  // of the span; "resource.KEY"; "@duration", "@error", "@present"
  bool numeric = false;
  struct Value {
    std::string text;
    enum class Kind { kValue, kOther, kMissing } kind = Kind::kValue;
    std::array<uint64_t, 2> counts{};
  };
  std::vector<Value> values;                        // categorical: the most frequent first
  std::array<std::vector<double>, 2> sorted;        // numeric: the values
  double log_p = 0;                                 // natural logarithm
  double log_q = 0;                                 // after correction for all that was tried
  double effect = 0;
};

// A trace is the unit: of each span name, the first span that has the key counts. Used by one
// thread.
class GroupDifference {
 public:
  static constexpr size_t kTracesMax = 20'000;     // of one side
  static constexpr size_t kAttributesMax = 5'000;  // keys of span names
  static constexpr size_t kValuesMax = 5'000'000;  // numbers kept
  static constexpr size_t kDistinctMax = 10'000;   // texts of one attribute
  static constexpr size_t kListedMax = 20;         // values told apart in a test

  // False when the side has all that it may have.
  bool Take(size_t side, const trace::Trace& trace);
  uint64_t traces(size_t side) const { return traces_[side]; }
  // What met a limit, in words.
  std::vector<std::string> LeftOut() const;

  // Tests everything; the best evidence first.
  std::vector<AttributeDifference> Test() const;

 private:
  using Name = std::tuple<std::string, std::string, std::string>;  // service, span, key
  struct Collected {
    bool numeric = true;  // so far
    std::array<std::vector<double>, 2> numbers;
    std::unordered_map<std::string, std::array<uint64_t, 2>> texts;
    std::array<uint64_t, 2> with{};
    uint64_t last_trace = 0;  // that counted
  };

  void TakeSpan(size_t side, const trace::Span& span);
  void TakeValue(size_t side, const trace::Span& span, std::string key,
                 const trace::ValueView& value);
  void CountText(size_t side, std::string text, Collected& into);

  std::map<Name, Collected> collected_;
  std::array<uint64_t, 2> traces_{};
  uint64_t trace_number_ = 0;
  size_t numbers_kept_ = 0;
  bool attributes_left_out_ = false;
  bool values_left_out_ = false;
};

}  // namespace awry::api
