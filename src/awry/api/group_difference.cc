// Categorical: Pearson's χ² over the frequent values, the rest in one, traces without the attribute
// in one; effect: Cramér's V. Numeric: Mann and Whitney's U with ties, by its normal limit; effect:
// Cliff's delta, 2U/(mn) - 1.
#include "awry/api/group_difference.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "awry/why/statistics.h"

namespace awry::api {
namespace {

using Value = AttributeDifference::Value;

constexpr double kExpectedMin = 5;  // smaller cells are joined: χ² would not hold
constexpr size_t kTextBytesMax = 256;

std::string Shortened(std::string text) {
  if (text.size() > kTextBytesMax) text.resize(kTextBytesMax);
  return text;
}

// Of a table of two by two: exact where χ² would not hold, doubled for both sides.
double LogOfTwo(const std::array<double, 2>& first, const std::array<double, 2>& second) {
  const double one = why::LogPValueCommonerInWrong({first[0], second[0], first[1], second[1]});
  const double other = why::LogPValueCommonerInWrong({second[0], first[0], second[1], first[1]});
  return std::min(0.0, std::log(2) + std::min(one, other));
}

// Fills log_p and effect from the counts.
void TestCounts(const std::vector<Value>& values, AttributeDifference& out) {
  std::array<double, 2> sides{};
  for (const Value& value : values) {
    for (size_t side = 0; side < 2; ++side) sides[side] += static_cast<double>(value.counts[side]);
  }
  const double total = sides[0] + sides[1];
  if (sides[0] == 0 || sides[1] == 0) return;
  const double smaller = std::min(sides[0], sides[1]);
  std::vector<std::array<double, 2>> cells;
  std::array<double, 2> joined{};
  for (const Value& value : values) {
    const std::array<double, 2> counts{static_cast<double>(value.counts[0]),
                                       static_cast<double>(value.counts[1])};
    if ((counts[0] + counts[1]) * smaller / total >= kExpectedMin) {
      cells.push_back(counts);
    } else {
      for (size_t side = 0; side < 2; ++side) joined[side] += counts[side];
    }
  }
  if (joined[0] + joined[1] > 0) cells.push_back(joined);
  double chi_square = 0;
  for (const auto& counts : cells) {
    for (size_t side = 0; side < 2; ++side) {
      const double expected = (counts[0] + counts[1]) * sides[side] / total;
      chi_square += (counts[side] - expected) * (counts[side] - expected) / expected;
    }
  }
  if (cells.size() < 2) return;
  out.log_p =
      cells.size() == 2
          ? LogOfTwo(cells[0], cells[1])
          : why::LogChiSquareTail(chi_square, static_cast<double>(cells.size() - 1));
  out.effect = std::sqrt(chi_square / total);
}

// U of b over a, with half for ties; and Σ (t³ - t) over ties of t values.
std::pair<double, double> RankSum(const std::vector<double>& a, const std::vector<double>& b) {
  double u = 0;
  double ties = 0;
  size_t i = 0, j = 0;
  while (i < a.size() || j < b.size()) {
    const double value = j == b.size() || (i < a.size() && a[i] <= b[j]) ? a[i] : b[j];
    size_t same_a = 0, same_b = 0;
    for (; i < a.size() && a[i] == value; ++i) ++same_a;
    for (; j < b.size() && b[j] == value; ++j) ++same_b;
    u += static_cast<double>(same_b) *
         (static_cast<double>(i - same_a) + static_cast<double>(same_a) / 2);
    const auto tied = static_cast<double>(same_a + same_b);
    ties += tied * tied * tied - tied;
  }
  return {u, ties};
}

void TestNumbers(AttributeDifference& out) {
  const auto m = static_cast<double>(out.sorted[0].size());
  const auto n = static_cast<double>(out.sorted[1].size());
  if (m == 0 || n == 0) return;
  const auto [u, ties] = RankSum(out.sorted[0], out.sorted[1]);
  out.effect = 2 * u / (m * n) - 1;
  const double total = m + n;
  const double variance = m * n / 12 * ((total + 1) - ties / (total * (total - 1)));
  if (!(variance > 0)) return;
  // Half a rank towards the middle: continuity.
  const double z = std::max(0.0, std::abs(u - m * n / 2) - 0.5) / std::sqrt(variance);
  out.log_p = std::min(0.0, std::log(2) + why::LogNormalTail(z));
}

void AppendMissing(const std::array<uint64_t, 2>& traces, const std::array<uint64_t, 2>& with,
                   std::vector<Value>& values) {
  const Value missing{"", Value::Kind::kMissing, {traces[0] - with[0], traces[1] - with[1]}};
  if (missing.counts[0] + missing.counts[1] > 0) values.push_back(missing);
}

}  // namespace

bool GroupDifference::Take(size_t side, const trace::Trace& trace) {
  if (traces_[side] >= kTracesMax) return false;
  ++traces_[side];
  ++trace_number_;
  for (const trace::Span& span : trace.spans) TakeSpan(side, span);
  return true;
}

void GroupDifference::TakeSpan(size_t side, const trace::Span& span) {
  TakeValue(side, span, "@duration",
            trace::ValueView::Double(static_cast<double>(span.duration_ns()) / 1e6));
  TakeValue(side, span, "@error",
            trace::ValueView::Bool(span.status == trace::SpanStatus::kError));
  for (const trace::Attribute& attribute : span.attributes)
    TakeValue(side, span, attribute.key, attribute.value.view());
  for (const trace::Attribute& attribute : span.resource->attributes)
    TakeValue(side, span, "resource." + attribute.key, attribute.value.view());
}

void GroupDifference::TakeValue(size_t side, const trace::Span& span, std::string key,
                                const trace::ValueView& value) {
  Name name(span.resource->service, span.name, std::move(key));
  auto at = collected_.find(name);
  if (at == collected_.end()) {
    attributes_left_out_ |= collected_.size() >= kAttributesMax;
    if (attributes_left_out_) return;
    at = collected_.emplace(std::move(name), Collected{}).first;
  }
  Collected& into = at->second;
  if (into.last_trace == trace_number_) return;
  into.last_trace = trace_number_;
  ++into.with[side];
  const bool number =
      value.kind == trace::ValueKind::kInt || value.kind == trace::ValueKind::kDouble;
  if (into.numeric && !number) {
    into.numeric = false;
    for (size_t of = 0; of < 2; ++of) {
      for (const double kept : into.numbers[of]) CountText(of, trace::DoubleToText(kept), into);
      numbers_kept_ -= into.numbers[of].size();
      into.numbers[of] = {};
    }
  }
  if (!into.numeric) {
    CountText(side, trace::ToText(value), into);
    return;
  }
  const double real = number && value.kind == trace::ValueKind::kInt
                          ? static_cast<double>(value.integer)
                          : value.real;
  if (std::isnan(real)) return;
  values_left_out_ |= numbers_kept_ >= kValuesMax;
  if (numbers_kept_ >= kValuesMax) return;
  into.numbers[side].push_back(real);
  ++numbers_kept_;
}

void GroupDifference::CountText(size_t side, std::string text, Collected& into) {
  text = Shortened(std::move(text));
  const auto at = into.texts.find(text);
  if (at != into.texts.end()) {
    ++at->second[side];
  } else if (into.texts.size() < kDistinctMax) {
    ++into.texts[std::move(text)][side];
  }
}

std::vector<std::string> GroupDifference::LeftOut() const {
  std::vector<std::string> out;
  if (attributes_left_out_)
    out.push_back(fmt::format("more than {} attributes: the rest was left out", kAttributesMax));
  if (values_left_out_)
    out.push_back(fmt::format("more than {} numbers: the rest was left out", kValuesMax));
  return out;
}

std::vector<AttributeDifference> GroupDifference::Test() const {
  std::vector<AttributeDifference> out;
  for (const auto& [name, collected] : collected_) {
    AttributeDifference difference{.service = std::get<0>(name),
                                   .span = std::get<1>(name),
                                   .key = std::get<2>(name),
                                   .numeric = collected.numeric};
    if (collected.numeric) {
      for (size_t side = 0; side < 2; ++side) {
        difference.sorted[side] = collected.numbers[side];
        std::ranges::sort(difference.sorted[side]);
      }
      TestNumbers(difference);
    } else {
      std::vector<std::pair<uint64_t, const std::string*>> order;
      for (const auto& [text, counts] : collected.texts)
        order.emplace_back(counts[0] + counts[1], &text);
      std::ranges::sort(order, [](const auto& a, const auto& b) {
        return a.first != b.first ? a.first > b.first : *a.second < *b.second;
      });
      Value other{"", Value::Kind::kOther, collected.with};
      for (size_t i = 0; i < std::min(order.size(), kListedMax); ++i) {
        const auto& counts = collected.texts.at(*order[i].second);
        difference.values.push_back({*order[i].second, Value::Kind::kValue, counts});
        for (size_t side = 0; side < 2; ++side) other.counts[side] -= counts[side];
      }
      if (other.counts[0] + other.counts[1] > 0) difference.values.push_back(other);
      AppendMissing(traces_, collected.with, difference.values);
      TestCounts(difference.values, difference);
    }
    // Whether the span itself is there is told once, by its duration.
    if (difference.key == "@duration" &&
        (collected.with[0] < traces_[0] || collected.with[1] < traces_[1])) {
      AttributeDifference present{
          .service = difference.service, .span = difference.span, .key = "@present"};
      present.values.push_back({"true", Value::Kind::kValue, collected.with});
      AppendMissing(traces_, collected.with, present.values);
      TestCounts(present.values, present);
      out.push_back(std::move(present));
    }
    out.push_back(std::move(difference));
  }
  std::vector<double> logs;
  for (const AttributeDifference& difference : out) logs.push_back(difference.log_p);
  const std::vector<double> corrected = why::BenjaminiYekutieli(logs, logs.size());
  for (size_t i = 0; i < out.size(); ++i) out[i].log_q = corrected[i];
  std::ranges::stable_sort(out, [](const AttributeDifference& a, const AttributeDifference& b) {
    return a.log_p != b.log_p ? a.log_p < b.log_p : std::abs(a.effect) > std::abs(b.effect);
  });
  return out;
}

}  // namespace awry::api
