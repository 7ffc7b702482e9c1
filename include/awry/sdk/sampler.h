// Decides which traces are recorded.
#pragma once

#include <cstdint>

namespace awry::sdk {

// Value type.
class Sampler {
 public:
  static Sampler always_on() { return Sampler(Rule::kAlways, 1); }
  static Sampler always_off() { return Sampler(Rule::kNever, 0); }
  // Keeps `ratio` (0 … 1) of all traces, chosen by trace id: every service with the same ratio
  // keeps the same traces.
  static Sampler trace_id_ratio(double ratio) { return Sampler(Rule::kRatio, ratio); }
  // Follows the parent's decision; `root` decides for spans without a parent.
  static Sampler parent_based(Sampler root) {
    root.follows_parent_ = true;
    return root;
  }

  // For the SDK.
  enum class Rule : uint8_t { kAlways, kNever, kRatio };
  Rule rule() const { return rule_; }
  double ratio() const { return ratio_; }
  bool follows_parent() const { return follows_parent_; }

 private:
  Sampler(Rule rule, double ratio) : rule_(rule), ratio_(ratio) {}
  Rule rule_;
  bool follows_parent_ = false;
  double ratio_;
};

}  // namespace awry::sdk
