#include "awry/why/operations.h"

#include <algorithm>
#include <cmath>
#include <iterator>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace awry::why {
namespace {

constexpr size_t kTooWeakMax = 8;

bool IsContext(const Cause& cause) { return cause.kind == "context"; }

void AddNew(std::vector<std::string>& to, std::vector<std::string>& from, size_t most) {
  for (std::string& text : from) {
    if (to.size() < most && std::ranges::find(to, text) == to.end()) to.push_back(std::move(text));
  }
}

void AddCauses(std::vector<Cause>& to, std::vector<Cause>& from, double score_min) {
  for (Cause& cause : from) {
    if (!IsContext(cause) && cause.score < score_min) continue;
    const bool said = std::ranges::any_of(to, [&](const Cause& other) {
      return other.kind == cause.kind && other.span == cause.span && other.attributes == cause.attributes;
    });
    if (!said || !IsContext(cause)) to.push_back(std::move(cause));
  }
}

}  // namespace

Answer PutTogether(std::vector<OperationAnswer>&& looks, double score_min, size_t limit) {
  if (looks.size() == 1) return std::move(looks.front().answer);
  Answer out;
  std::vector<std::string> names;
  const double least = score_min + std::log(static_cast<double>(looks.size()));
  for (OperationAnswer& look : looks) {
    names.push_back(look.operation);
    out.traces_bad += look.answer.traces_bad;
    out.traces_good += look.answer.traces_good;
    AddCauses(out.causes, look.answer.causes, least);
    Searched& searched = look.answer.searched;
    out.searched.facts += searched.facts;
    out.searched.relations += searched.relations;
    AddNew(out.searched.too_weak, searched.too_weak, kTooWeakMax);
    AddNew(out.searched.left_out, searched.left_out, out.searched.left_out.size() + searched.left_out.size());
    for (std::string& note : searched.notes) out.searched.notes.push_back(look.operation + ": " + note);
  }
  out.searched.notes.push_back(fmt::format("The {} most frequent operations were looked at, each by itself: {}.", names.size(), fmt::join(names, ", ")));
  std::ranges::stable_sort(out.causes, [](const Cause& x, const Cause& y) {
    return IsContext(x) != IsContext(y) ? IsContext(y) : !IsContext(x) && x.score > y.score;
  });
  if (out.causes.size() > limit) out.causes.resize(limit);
  for (size_t k = 0; k < out.causes.size(); ++k) out.causes[k].rank = k + 1;
  return out;
}

}  // namespace awry::why
