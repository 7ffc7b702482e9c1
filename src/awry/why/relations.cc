#include "awry/why/relations.h"

#include <algorithm>
#include <bit>
#include <cmath>


namespace awry::why {
namespace {

// Seconds since 1970 are near each other in relative terms even when they are hours apart.
double Relative(double value) { return std::abs(value) < 1e6 ? 1e-6 : 1e-12; }

bool SameNumber(double a, double b) {
  return std::abs(a - b) <= 1e-3 * Relative(a) * std::max({std::abs(a), std::abs(b), 1e-9});
}

bool Near(double a, double b, double tolerance) {
  return std::abs(a - b) <= tolerance + Relative(b) * std::abs(b);
}

std::string_view TextOf(const Corpus& corpus, const Column& column, size_t i) {
  return column.text.empty() || column.text[i] == kNoText ? std::string_view{}
                                                          : corpus.texts().Text(column.text[i]);
}

double NumberAt(const Column& column, size_t i) {
  return column.number.empty() ? kNoNumber : column.number[i];
}

bool IsWordByte(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
         static_cast<unsigned char>(c) >= 0x80;
}

// `part` stands in `text` with no letter or digit directly before or after it.
bool ContainsSegment(std::string_view text, std::string_view part) {
  for (size_t at = text.find(part); at != std::string_view::npos; at = text.find(part, at + 1)) {
    const bool left = at == 0 || !IsWordByte(text[at - 1]) || !IsWordByte(part.front());
    const size_t end = at + part.size();
    const bool right = end == text.size() || !IsWordByte(text[end]) || !IsWordByte(part.back());
    if (left && right) return true;
  }
  return false;
}

bool IsTemplate(std::string_view text, const Relation& r, std::string_view part) {
  return text.size() == r.prefix.size() + part.size() + r.suffix.size() && text.starts_with(r.prefix) &&
         text.ends_with(r.suffix) && text.substr(r.prefix.size(), part.size()) == part;
}

size_t CharacterCount(std::string_view text) {
  return static_cast<size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0) != 0x80;
  }));
}

Truth Of(bool holds) { return holds ? Truth::kHolds : Truth::kBroken; }

Truth EvaluateList(const Corpus& corpus, const Relation& r, const Column& a, const Column& b, size_t i,
                   size_t j) {
  const std::vector<uint32_t>& items = a.list[i];
  if (r.kind == RelationKind::kListCount) {
    const double count = NumberAt(b, j);
    return std::isnan(count) ? Truth::kUnknown : Of(static_cast<double>(items.size()) == count);
  }
  if (b.text.empty() || b.text[j] == kNoText || items.empty()) return Truth::kUnknown;
  if (r.kind == RelationKind::kMember) {
    return Of(std::find(items.begin(), items.end(), b.text[j]) != items.end());
  }
  const std::string_view part = corpus.texts().Text(b.text[j]);
  return Of(std::all_of(items.begin(), items.end(), [&](uint32_t item) {
    return corpus.texts().Text(item).starts_with(part);
  }));
}

Truth EvaluateText(const Corpus& corpus, const Relation& r, const Column& a, const Column& b, size_t i,
                   size_t j) {
  const std::string_view text = TextOf(corpus, a, i);
  if (r.kind == RelationKind::kLength || r.kind == RelationKind::kSameNumber) {
    const double number = NumberAt(b, j);
    if (std::isnan(number)) return Truth::kUnknown;
    if (r.kind == RelationKind::kLength) {
      return Of(static_cast<double>(CharacterCount(text)) == number);
    }
    const double read = LenientNumber(text);
    return std::isnan(read) ? Truth::kUnknown : Of(SameNumber(read, number));
  }
  const std::string_view part = TextOf(corpus, b, j);
  if (b.text.empty() || b.text[j] == kNoText) return Truth::kUnknown;
  switch (r.kind) {
    case RelationKind::kTemplate: return Of(IsTemplate(text, r, part));
    case RelationKind::kContains: return part.empty() ? Truth::kUnknown : Of(ContainsSegment(text, part));
    case RelationKind::kSameNormalised: return Of(Normalised(text) == Normalised(part));
    default: return Of(a.text[i] == b.text[j]);
  }
}

Truth EvaluateThree(const Corpus& corpus, const Relation& r, double a, double b, size_t j) {
  const Column& third = corpus.columns()[r.c];
  const double tolerance = r.tolerance;
  if (r.kind == RelationKind::kRatioBy) {
    const auto factor = r.factors.find(ValueKey(third, j));
    if (factor == r.factors.end()) return Truth::kUnknown;
    return Of(Near(a, b * factor->second, tolerance + 2e-3 * std::abs(a)));
  }
  const double c = NumberAt(third, j);
  if (std::isnan(c)) return Truth::kUnknown;
  if (r.kind == RelationKind::kSum) return Of(Near(a, b + c, tolerance));
  return Of(Near(a, b * c, tolerance));
}

}  // namespace

double LenientNumber(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  const bool negative = !text.empty() && text.front() == '-';
  if (negative) text.remove_prefix(1);
  if (text.empty() || text.size() > 24) return kNoNumber;
  const size_t separator = text.find_last_of(".,");
  const size_t behind = separator == std::string_view::npos ? 0 : text.size() - separator - 1;
  const bool decimal = behind == 1 || behind == 2 ||
                       (separator != std::string_view::npos && behind != 3);
  double value = 0, scale = 1;
  size_t digits = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c >= '0' && c <= '9') {
      ++digits;
      value = value * 10 + (c - '0');
      if (decimal && i > separator) scale *= 10;
    } else if (c != '.' && c != ',' && c != ' ' && c != '\'') {
      return kNoNumber;
    }
  }
  if (digits == 0) return kNoNumber;
  return (negative ? -value : value) / scale;
}

std::string Normalised(std::string_view text) {
  std::string out;
  for (char c : text) {
    if (!IsWordByte(c)) continue;
    out.push_back(c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c);
  }
  return out;
}

uint64_t ValueKey(const Column& column, size_t trace) {
  if (!column.text.empty() && column.text[trace] != kNoText) return uint64_t{column.text[trace]} + 1;
  if (!column.number.empty() && !std::isnan(column.number[trace])) {
    return std::bit_cast<uint64_t>(column.number[trace] + 0.0) | (uint64_t{1} << 63) | 1;
  }
  return 0;
}

Truth EvaluateAcross(const Corpus& corpus, const Relation& r, size_t i, size_t j) {
  const Column& a = corpus.columns()[r.a];
  const Column& b = corpus.columns()[r.b];
  switch (r.kind) {
    case RelationKind::kListCount:
    case RelationKind::kMember:
    case RelationKind::kItemsStartWith:
      return a.list.empty() || !a.present.Test(i) ? Truth::kUnknown : EvaluateList(corpus, r, a, b, i, j);
    case RelationKind::kKeeps:
    case RelationKind::kDetermines: {
      const uint64_t left = ValueKey(a, i);
      const auto right = r.map.find(ValueKey(b, j));
      if (left == 0 || right == r.map.end()) return Truth::kUnknown;
      const auto owner = r.owner.find(left);
      return Of(left == right->second || (owner != r.owner.end() && owner->second == right->first));
    }
    default: break;
  }
  if (!a.text.empty() && a.text[i] != kNoText) {
    if (r.kind == RelationKind::kEqual && b.text.empty()) {
      const double x = NumberAt(a, i), y = NumberAt(b, j);
      return std::isnan(x) || std::isnan(y) ? Truth::kUnknown : Of(SameNumber(x, y));
    }
    return EvaluateText(corpus, r, a, b, i, j);
  }
  const double x = NumberAt(a, i), y = NumberAt(b, j);
  if (std::isnan(x) || std::isnan(y)) return Truth::kUnknown;
  switch (r.kind) {
    case RelationKind::kEqual: return Of(SameNumber(x, y));
    case RelationKind::kRatio:
    case RelationKind::kLinear:
    case RelationKind::kOffset:
      return Of(Near(x, r.factor * y + r.offset, r.tolerance));
    case RelationKind::kWithin: return Of(x - y >= r.factor - 1e-9 && x - y <= r.offset + 1e-9);
    case RelationKind::kAtMost: return Of(x <= y + 1e-9 * std::abs(y));
    case RelationKind::kRatioBy:
    case RelationKind::kSum:
    case RelationKind::kProduct: return EvaluateThree(corpus, r, x, y, j);
    default: return Truth::kUnknown;
  }
}

Truth Evaluate(const Corpus& corpus, const Relation& relation, size_t trace) {
  return EvaluateAcross(corpus, relation, trace, trace);
}

}  // namespace awry::why
