#include "awry/why/oddness.h"

#include <cmath>
#include <string_view>
#include <unordered_map>

namespace awry::why {
namespace {

constexpr std::string_view kEvent = "@event:";

class Oddness {
 public:
  Oddness(const Corpus& corpus, const Bits& rows) : corpus_(corpus), rows_(rows), out_(corpus.size(), kNoNumber) {}

  void AddClass(const SpanClass& span_class) {
    const Bits there = And(span_class.present, rows_);
    there.ForEach([&](size_t i) {
      if (std::isnan(out_[i])) out_[i] = 0;
    });
    Bits fails(corpus_.size());
    there.ForEach([&](size_t i) {
      if (span_class.errors[i] > 0) fails.Set(i);
    });
    AddChoice(fails, there);
    for (uint32_t c : span_class.columns) {
      const Column& column = corpus_.columns()[c];
      if (column.origin == Origin::kEvent && column.key.starts_with(kEvent)) AddChoice(And(column.present, there), there);
      if (column.is_summary()) AddNames(column, And(column.present, there));
    }
  }

  std::vector<double> Take() { return std::move(out_); }

 private:
  void AddChoice(const Bits& with, const Bits& there) {
    const auto all = static_cast<double>(there.Count()), some = static_cast<double>(with.Count());
    if (some == 0 || some == all) return;
    there.ForEach([&](size_t i) { out_[i] -= std::log((with.Test(i) ? some : all - some) / all); });
  }

  void AddNames(const Column& column, const Bits& there) {
    std::unordered_map<uint32_t, double> counts;
    there.ForEach([&](size_t i) { ++counts[column.text[i]]; });
    const auto all = static_cast<double>(there.Count());
    there.ForEach([&](size_t i) { out_[i] -= std::log(counts[column.text[i]] / all); });
  }

  const Corpus& corpus_;
  const Bits& rows_;
  std::vector<double> out_;
};

}  // namespace

std::vector<double> OddnessOf(const Corpus& corpus, const std::string& service, const Bits& rows) {
  Oddness oddness(corpus, rows);
  for (const SpanClass& span_class : corpus.classes()) {
    if (span_class.ref.service == service) oddness.AddClass(span_class);
  }
  return oddness.Take();
}

}  // namespace awry::why
