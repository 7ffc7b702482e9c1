#include "made_names.h"

#include <array>

namespace awry::made {
namespace {

constexpr std::array kNouns{
    "claim",  "policy",  "ticket", "parcel", "route",  "ward",    "sensor",  "invoice", "playlist", "voucher", "quote",
    "garden", "shelf",   "pickup", "seat",   "fare",   "lease",   "tariff",  "meter",   "lesson",   "grade",   "recipe",
    "crate",  "depot",   "escrow", "notice", "permit", "patient", "dosage",  "harvest", "mirror",   "panel",   "relay",
    "shift",  "tender",  "vessel", "wallet", "zone2",  "beacon",  "channel", "draft",   "engine",   "filter",  "glossary"};
constexpr std::array kVerbs{"load", "read", "fetch", "resolve", "apply", "build", "score", "check", "merge", "pick"};
constexpr std::array kSyllables{"ba", "ki", "ro", "va", "lu", "ne", "si", "to", "mar", "del", "fon", "qui", "zu", "pre", "tal"};

template <typename Array>
std::string Pick(const Array& array, base::Random& random) {
  return array[random.Below(array.size())];
}

}  // namespace

Names::Names(base::Random& random) : random_(random), separator_(random.Chance(0.6) ? '.' : '_'), style_(random.Below(3)) {}

std::string Names::Fresh() {
  if (random_.Chance(0.6)) return Pick(kNouns, random_);
  std::string out;
  for (size_t k = 2 + random_.Below(2); k > 0; --k) out += Pick(kSyllables, random_);
  return out;
}

std::string Names::Word() {
  for (size_t tries = 0;; ++tries) {
    std::string word = Fresh();
    if (tries > 8) word += std::to_string(random_.Below(90));
    if (used_.insert(word).second) return word;
  }
}

std::string Names::Service() {
  const std::string word = Word();
  return style_ == 0 ? word + "-svc" : style_ == 1 ? word : word + "-" + Fresh();
}

std::string Names::Span() {
  const std::string word = Word();
  switch (style_) {
    case 0: return Pick(kVerbs, random_) + "_" + word;
    case 1: return word + "." + Pick(kVerbs, random_);
    default: return (random_.Chance(0.5) ? "GET /" : "POST /") + word;
  }
}

std::string Names::Key(const std::string& prefix, const std::string& suffix) const { return prefix + separator_ + suffix; }
std::string Names::Key(const std::string& prefix) { return prefix + separator_ + Word(); }

}  // namespace awry::made
