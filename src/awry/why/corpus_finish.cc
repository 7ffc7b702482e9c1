// What is known of columns and classes once all traces are in.
#include <algorithm>
#include <charconv>
#include <cmath>
#include <unordered_set>

#include <fmt/format.h>

#include "awry/why/corpus.h"
#include "base/release.h"
#include "trace/value.h"

namespace awry::why {
namespace {

// The whole text as a decimal number, or NaN. "1,5", "1e5x" and "" are none.
double NumberOf(std::string_view text) {
  if (text.empty() || text.size() > 32) return kNoNumber;
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size() && std::isfinite(value) ? value
                                                                                          : kNoNumber;
}

}  // namespace

void Corpus::FinishColumn(Column& column) {
  const size_t rows = size();
  if (!column.list.empty()) {
    column.is_list = true;
    column.list.resize(rows);
  }
  column.present = Bits(rows);
  size_t numbers = 0, texts = 0;
  column.number.resize(rows, kNoNumber);
  column.text.resize(rows, kNoText);
  for (size_t i = 0; i < rows; ++i) {
    const bool number = !std::isnan(column.number[i]);
    const bool text = column.text[i] != kNoText;
    numbers += number ? 1 : 0;
    texts += text ? 1 : 0;
    if (number || text) column.present.Set(i);
  }
  column.count = column.present.Count();
  if (column.count == 0) return;
  column.attribute_order /= std::max<double>(1, static_cast<double>(column.count));
  column.numeric = numbers > 0 && numbers >= texts;
  if (column.numeric) {
    std::unordered_set<double> seen;
    for (double v : column.number) {
      if (!std::isnan(v) && seen.size() < Column::kDistinctMax) seen.insert(v);
    }
    column.distinct = seen.size();
    if (texts == 0) base::Release(column.text);
    return;
  }
  std::unordered_set<uint32_t> seen;
  size_t readable = 0;
  std::vector<double> parsed(rows, kNoNumber);
  for (size_t i = 0; i < rows; ++i) {
    if (column.text[i] == kNoText) continue;
    if (seen.size() < Column::kDistinctMax) seen.insert(column.text[i]);
    parsed[i] = NumberOf(texts_.Text(column.text[i]));
    if (!std::isnan(parsed[i])) ++readable;
  }
  column.distinct = seen.size();
  column.number_text = readable * 10 >= column.count * 8 && readable > 0;
  column.number = column.number_text ? std::move(parsed) : std::vector<double>{};
}

void Corpus::OrderClasses() {
  for (size_t c = 0; c < classes_.size(); ++c) {
    SpanClass& span_class = classes_[c];
    const ClassState& state = states_[c];
    span_class.count.resize(size());
    span_class.errors.resize(size());
    span_class.instance.resize(size());
    span_class.present = Bits(size());
    for (size_t i = 0; i < size(); ++i) {
      if (span_class.count[i] + span_class.errors[i] > 0) span_class.present.Set(i);
    }
    const double flows = static_cast<double>(state.flows);
    span_class.position = state.flows == 0 ? 1e6 : state.position_sum / flows;
    span_class.depth = state.flows == 0 ? 0 : state.depth_sum / flows;
    size_t most = 0, below = 0;
    for (const auto& [parent, times] : state.parents) {
      below += times;
      if (times > most || (times == most && parent < span_class.parent)) {
        most = times;
        span_class.parent = parent;
      }
    }
    if (below > 0) span_class.parent_share = static_cast<double>(most) / static_cast<double>(below);
  }
}

void Corpus::Finish() {
  OrderClasses();
  for (Column& column : columns_) FinishColumn(column);
  for (ClassState& state : states_) state = {};
  const auto say = [&](size_t count, std::string_view what) {
    if (count > 0) left_out_.push_back(fmt::format("{} {}", count, what));
  };
  say(spans_dropped_, "spans beyond the limit of one trace");
  say(classes_dropped_, "spans of operations beyond the limit");
  say(columns_dropped_, "attribute values of keys beyond the limit");
  say(texts_cut_, "long attribute values, compared by their beginning and a hash");
}

std::string Corpus::ValueText(const Column& column, size_t trace) const {
  if (!column.text.empty() && column.text[trace] != kNoText) {
    return std::string(texts_.Text(column.text[trace]));
  }
  if (!column.number.empty() && !std::isnan(column.number[trace])) {
    return trace::DoubleToText(column.number[trace]);
  }
  return "";
}

}  // namespace awry::why
