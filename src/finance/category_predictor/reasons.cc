#include "finance/category_predictor/reasons.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "finance/category_predictor/text_features.h"

namespace finance::category_predictor {
namespace {

constexpr double kLeastPart = 0.05;  // of all that speaks for the answer; less is not worth a word
constexpr size_t kWordsMax = 3;
constexpr std::string_view kWordPrefix = "text:";

// What a reason says; the codes of reasons.h in this order.
enum class Kind : uint8_t { kOwnLabels, kOtherLabels, kCode, kShare, kOwnChanges, kOtherChanges, kAmount, kDate, kTogether, kWords };
constexpr std::array<std::string_view, 10> kCodes = {"own_labels",    "other_labels", "code", "share",    "own_changes",
                                                     "other_changes", "amount",       "date", "together", "words"};

std::string Purchases(int64_t total, std::string_view whose) {
  std::string out(whose);
  if (total == 1) return out += " one purchase";
  return out.append(" ").append(std::to_string(total)).append(" purchases");
}

void AppendQuoted(std::string_view text, std::string& out) { out.append("“").append(text).append("”"); }

// Sums the weights of each kind; only what is said in the end is put into words.
class Writer {
 public:
  Writer(const Features& features, ledger::Category category)
      : features_(features), category_(category), id_(ledger::CategoryId(category)) {}

  void Add(const Contribution& part) {
    const std::string_view name = part.feature;
    if (!name.starts_with(kWordPrefix)) return Add(KindOf(name), part.weight);
    Add(Kind::kWords, part.weight);
    if (name.size() > kWordPrefix.size() && word_count_ < kWordsMax) words_[word_count_++] = name.substr(kWordPrefix.size());
  }

  std::vector<Reason> Take(size_t most) && {
    // Said only when there is nothing better.
    if (found_.size() > 1) std::erase_if(found_, [](const Found& found) { return found.kind == Kind::kTogether; });
    std::stable_sort(found_.begin(), found_.end(), [](const Found& a, const Found& b) { return a.weight > b.weight; });
    double all = 0;
    for (const Found& found : found_) all += found.weight;
    std::vector<Reason> reasons;
    for (const Found& found : found_) {
      if (reasons.size() == most || found.weight < kLeastPart * all) break;
      reasons.push_back(InWords(found));
    }
    if (reasons.empty()) {
      reasons.push_back({.code = "together", .text = fmt::format("nothing speaks clearly; {} is the likeliest", id_)});
    }
    return reasons;
  }

 private:
  struct Found {
    Kind kind;
    double weight;
  };

  void Add(Kind kind, double weight) {
    for (Found& known : found_) {
      if (known.kind != kind) continue;
      known.weight += weight;
      return;
    }
    found_.push_back({kind, weight});
  }

  Kind KindOf(std::string_view name) const {
    if (name == "text") return Kind::kWords;
    // Labels for another category cannot be why.
    if (name == "memory") return CountOf(features_.memory) > 0 ? Kind::kOwnLabels : Kind::kTogether;
    if (name == "merchant_memory") return CountOf(features_.merchant) > 0 ? Kind::kOtherLabels : Kind::kTogether;
    if (name == "mcc") return Kind::kCode;
    // That another category is rare speaks for this one, but is no reason that one would give.
    if (name.starts_with("share_")) return name.substr(6) == id_ && Share() >= 0.005 ? Kind::kShare : Kind::kTogether;
    const auto is_blank = [](const auto& logits) { return std::all_of(logits.begin(), logits.end(), [](float one) { return one == 0; }); };
    if (name == "learned_own") return is_blank(features_.learned.own) ? Kind::kTogether : Kind::kOwnChanges;
    if (name == "learned_all") return is_blank(features_.learned.all) ? Kind::kTogether : Kind::kOtherChanges;
    return name == "amount" ? Kind::kAmount : name == "date" ? Kind::kDate : Kind::kTogether;
  }

  double Share() const { return features_.context.shares[ClassOfCategory(category_)]; }

  // Labels for the answer.
  int64_t CountOf(const LabelMemory& labels) const {
    return labels.top == category_ ? labels.count : labels.second == category_ ? labels.total - labels.count : 0;
  }

  Reason InWords(const Found& found) const {
    Reason reason{.code = std::string(kCodes[static_cast<size_t>(found.kind)]), .text = {}, .weight = found.weight};
    switch (found.kind) {
      case Kind::kOwnLabels:
        return OfLabels(std::move(reason), features_.memory, "your");
      case Kind::kOtherLabels:
        return OfLabels(std::move(reason), features_.merchant, "everybody's");
      case Kind::kWords:
        return OfWords(std::move(reason));
      case Kind::kCode:
        reason.text = fmt::format("the bank's code {:04} says {}", features_.mcc, id_);
        reason.count = features_.mcc;
        break;
      case Kind::kShare:
        reason.count = std::lround(Share() * 100);
        reason.text = std::to_string(reason.count).append(" % of your rows are ").append(id_);
        break;
      case Kind::kOwnChanges:
        reason.text = "you gave rows like this one this category";
        break;
      case Kind::kOtherChanges:
        reason.text = "users gave descriptions like this one this category";
        break;
      case Kind::kAmount:
        reason.text = "the amount is usual for it";
        break;
      case Kind::kDate:
        reason.text = "the day is usual for it";
        break;
      case Kind::kTogether:
        reason.text = "what is known of your account fits it";
        break;
    }
    return reason;
  }

  Reason OfLabels(Reason reason, const LabelMemory& labels, std::string_view whose) const {
    reason.count = CountOf(labels);
    reason.total = labels.total;
    if (reason.count < reason.total) reason.text.append(std::to_string(reason.count)).append(" of ");
    reason.text.append(Purchases(labels.total, whose)).append(" at ");
    AppendQuoted(MerchantKeyOf(features_.text), reason.text);
    reason.text.append(reason.count == 1 ? " was " : " were ").append(id_);
    return reason;
  }

  Reason OfWords(Reason reason) const {
    if (word_count_ == 0) {
      reason.text = "the description ";
      AppendQuoted(features_.text, reason.text);
      reason.text.append(" reads like ").append(id_);
      return reason;
    }
    reason.text = word_count_ == 1 ? "the word " : "the words ";
    for (size_t i = 0; i < word_count_; ++i) {
      reason.text += i == 0 ? "" : i + 1 == word_count_ ? " and " : ", ";
      AppendQuoted(words_[i], reason.text);
      reason.words.emplace_back(words_[i]);
    }
    reason.text.append(" in the description ").append(word_count_ == 1 ? "says " : "say ").append(id_);
    return reason;
  }

  const Features& features_;
  const ledger::Category category_;
  const std::string_view id_;
  std::array<std::string_view, kWordsMax> words_;
  size_t word_count_ = 0;
  std::vector<Found> found_;
};

}  // namespace

std::vector<Reason> ReasonsOf(const Features& features, const ExplainedPrediction& explained,
                              size_t most) {
  Writer writer(features, explained.prediction.category);
  for (const Contribution& part : explained.why.contributions) {
    if (part.weight > 0) writer.Add(part);
  }
  return std::move(writer).Take(most);
}

std::string JoinReasons(const std::vector<Reason>& reasons) {
  std::string out;
  for (const Reason& reason : reasons) {
    if (!out.empty()) out += "; ";
    out += reason.text;
  }
  return out;
}

}  // namespace finance::category_predictor
