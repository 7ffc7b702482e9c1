// Sorts the values of an attribute into few bins.
#pragma once

#include <string>
#include <vector>

#include "awry/stats/drift.h"

namespace awry::stats {

// Made from one set of values, used for others.
class DriftBins {
 public:
  static constexpr size_t kNumericMax = 10;  // about equally many values in each
  static constexpr size_t kNamedMax = 12;    // the most frequent categories; the rest is one bin

  DriftBins(const DriftAttribute& attribute, std::vector<double> values);

  size_t size() const { return labels_.size(); }
  size_t BinOf(const DriftAttribute& attribute, double value) const;
  const std::vector<std::string>& labels() const { return labels_; }
  bool numeric() const { return numeric_; }
  // False: one bin only, or categories of which nearly every one is different.
  bool useful() const { return useful_; }

 private:
  void MakeNumeric(std::vector<double> values);
  void MakeNamed(const DriftAttribute& attribute, const std::vector<double>& values);

  bool numeric_ = false;
  bool useful_ = true;
  std::vector<double> cuts_;  // a value below cuts_[i] and not below cuts_[i - 1] is in bin i
  std::map<std::string, size_t> named_;
  std::vector<std::string> labels_;
};

}  // namespace awry::stats
