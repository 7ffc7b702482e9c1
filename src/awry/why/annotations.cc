#include "awry/why/annotations.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <map>
#include <string>

#include "trace/value.h"

namespace awry::why {
namespace {

using namespace std::string_view_literals;

constexpr std::array kWrong{"wrong"sv, "incorrect"sv, "bad"sv, "fail"sv, "failed"sv, "false"sv, "no"sv, "negative"sv, "hallucinated"sv,
                            "irrelevant"sv, "thumbs_down"sv, "thumbs-down"sv, "dislike"sv, "rejected"sv};
constexpr std::array kRight{"right"sv, "correct"sv, "good"sv, "pass"sv, "passed"sv, "true"sv, "yes"sv, "positive"sv, "factual"sv,
                            "relevant"sv, "thumbs_up"sv, "thumbs-up"sv, "like"sv, "accepted"sv};
constexpr std::array kPrefixes{"trace.annotations."sv, "annotations."sv};
constexpr std::string_view kPart = "annotation.";
constexpr size_t kAnnotationsOfSpanMax = 64;

struct Annotation {
  std::string label, explanation, name;
  std::optional<double> score;
};

// "annotations.3.annotation.label" → place 3, field "label".
bool Split(std::string_view key, bool& of_trace, size_t& place, std::string_view& field) {
  for (std::string_view prefix : kPrefixes) {
    if (!key.starts_with(prefix)) continue;
    of_trace = prefix == kPrefixes[0];
    key.remove_prefix(prefix.size());
    const auto [end, problem] = std::from_chars(key.data(), key.data() + key.size(), place);
    if (problem != std::errc() || place >= kAnnotationsOfSpanMax) return false;
    key.remove_prefix(static_cast<size_t>(end - key.data()));
    if (!key.starts_with('.')) return false;
    key.remove_prefix(1);
    if (key.starts_with(kPart)) key.remove_prefix(kPart.size());
    field = key;
    return true;
  }
  return false;
}

std::optional<double> NumberOf(const trace::ValueView& value) {
  if (value.kind == trace::ValueKind::kInt) return static_cast<double>(value.integer);
  if (value.kind == trace::ValueKind::kDouble) return value.real;
  return std::nullopt;
}

}  // namespace

std::optional<trace::Verdict> VerdictOfWord(std::string_view label) {
  std::string word(label);
  for (char& c : word) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    if (c == ' ') c = '_';
  }
  if (std::find(kWrong.begin(), kWrong.end(), word) != kWrong.end()) return trace::Verdict::kWrong;
  if (std::find(kRight.begin(), kRight.end(), word) != kRight.end()) return trace::Verdict::kRight;
  return std::nullopt;
}

std::optional<trace::Verdict> VerdictOfScore(double score) {
  if (!(score >= 0 && score <= 1)) return std::nullopt;
  return score < 0.5 ? trace::Verdict::kWrong : trace::Verdict::kRight;
}

bool IsAnnotationKey(std::string_view key) {
  return std::any_of(kPrefixes.begin(), kPrefixes.end(), [&](std::string_view prefix) { return key.starts_with(prefix); });
}

std::vector<trace::Label> AnnotationsOf(const trace::Trace& trace) {
  std::vector<trace::Label> out;
  for (const trace::Span& span : trace.spans) {
    std::map<std::pair<bool, size_t>, Annotation> found;
    for (const trace::Attribute& attribute : span.attributes) {
      bool of_trace = false;
      size_t place = 0;
      std::string_view field;
      if (!Split(attribute.key, of_trace, place, field)) continue;
      Annotation& annotation = found[{of_trace, place}];
      if (field == "score") annotation.score = NumberOf(attribute.value.view());
      const std::string text = trace::ToText(attribute.value.view());
      if (field == "label") annotation.label = text;
      if (field == "explanation") annotation.explanation = text;
      if (field == "name") annotation.name = text;
    }
    for (const auto& [where, annotation] : found) {
      auto verdict = VerdictOfWord(annotation.label);
      if (!verdict && annotation.score) verdict = VerdictOfScore(*annotation.score);
      if (!verdict) continue;
      out.push_back({.trace_id = trace.id, .span_id = where.first ? 0 : span.span_id, .verdict = *verdict,
                     .source = annotation.name.empty() ? "annotation" : annotation.name, .note = annotation.explanation,
                     .created_ns = span.end_ns});
    }
  }
  std::stable_sort(out.begin(), out.end(), [](const trace::Label& x, const trace::Label& y) { return x.created_ns < y.created_ns; });
  return out;
}

base::Result<std::vector<trace::Label>> AnnotationsOf(store::TraceStore& store, int64_t since_ns, int64_t until_ns,
                                                      size_t traces_max) {
  std::vector<trace::TraceId> ids;
  RETURN_IF_ERROR(store.FindTraces({.start_from_ns = since_ns, .start_until_ns = until_ns}, [&](const trace::TraceId& id) {
    ids.push_back(id);
    return ids.size() < traces_max;
  }));
  std::vector<trace::Label> out;
  RETURN_IF_ERROR(store.GetTraces(ids, [&](trace::Trace& trace) {
    for (trace::Label& label : AnnotationsOf(trace)) out.push_back(std::move(label));
    return true;
  }));
  return out;
}

}  // namespace awry::why
