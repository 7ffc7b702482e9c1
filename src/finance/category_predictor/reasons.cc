#include "finance/category_predictor/reasons.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "finance/category_predictor/text_features.h"

namespace finance::category_predictor {
namespace {

constexpr double kLeastPart = 0.05;  // of all that speaks for the answer; less is not worth a word
constexpr size_t kWordsMax = 3;
constexpr std::string_view kWordPrefix = "text:";

std::string Merchant(const Features& features) {
  return fmt::format("“{}”", MerchantKeyOf(features.text));
}

std::string Purchases(int64_t total, std::string_view whose) {
  return total == 1 ? fmt::format("{} one purchase", whose)
                    : fmt::format("{} {} purchases", whose, total);
}

std::string Quoted(const std::vector<std::string>& words) {
  std::string out;
  for (size_t i = 0; i < words.size(); ++i) {
    out += i == 0 ? "" : i + 1 == words.size() ? " and " : ", ";
    out += fmt::format("“{}”", words[i]);
  }
  return out;
}

class Writer {
 public:
  Writer(const Features& features, ledger::Category category)
      : features_(features), category_(category), id_(ledger::CategoryId(category)) {}

  void Add(const Contribution& part) {
    const std::string_view name = part.feature;
    if (name.starts_with(kWordPrefix)) return AddWord(name.substr(kWordPrefix.size()), part.weight);
    if (name == "text") return AddWord("", part.weight);
    if (name == "memory") return AddLabels("own_labels", features_.memory, "your", part.weight);
    if (name == "merchant_memory") {
      return AddLabels("other_labels", features_.merchant, "everybody's", part.weight);
    }
    if (name == "mcc") return AddCode(part.weight);
    if (name.starts_with("share_")) return AddShare(name.substr(6), part.weight);
    const auto& learned = features_.learned;
    const auto is_blank = [](const auto& logits) { return std::all_of(logits.begin(), logits.end(), [](float one) { return one == 0; }); };
    if ((name == "learned_own" && is_blank(learned.own)) || (name == "learned_all" && is_blank(learned.all))) {
      return Add("together", "what is known of your account fits it", part.weight);
    }
    if (name == "learned_own") {
      return Add("own_changes", "you gave rows like this one this category", part.weight);
    }
    if (name == "learned_all") {
      return Add("other_changes", "users gave descriptions like this one this category",
                 part.weight);
    }
    if (name == "amount") return Add("amount", "the amount is usual for it", part.weight);
    if (name == "date") return Add("date", "the day is usual for it", part.weight);
    Add("together", "what is known of your account fits it", part.weight);
  }

  std::vector<Reason> Take(size_t most) && {
    if (!words_.words.empty() || words_.weight > 0) FinishWords();
    // Said only when there is nothing better.
    const auto is_vague = [](const Reason& reason) { return reason.code == "together"; };
    if (!std::all_of(reasons_.begin(), reasons_.end(), is_vague)) std::erase_if(reasons_, is_vague);
    std::stable_sort(reasons_.begin(), reasons_.end(),
                     [](const Reason& a, const Reason& b) { return a.weight > b.weight; });
    double all = 0;
    for (const Reason& reason : reasons_) all += reason.weight;
    size_t kept = 0;
    while (kept < reasons_.size() && kept < most && reasons_[kept].weight >= kLeastPart * all) ++kept;
    reasons_.resize(kept);
    if (reasons_.empty()) {
      reasons_.push_back({.code = "together", .text = fmt::format("nothing speaks clearly; {} is the likeliest", id_)});
    }
    return std::move(reasons_);
  }

 private:
  void Add(std::string code, std::string text, double weight) {
    for (Reason& known : reasons_) {
      if (known.code != code) continue;
      known.weight += weight;
      return;
    }
    reasons_.push_back({.code = std::move(code), .text = std::move(text), .weight = weight});
  }

  void AddWord(std::string_view word, double weight) {
    words_.weight += weight;
    if (!word.empty() && words_.words.size() < kWordsMax) words_.words.emplace_back(word);
  }

  void FinishWords() {
    words_.code = "words";
    if (words_.words.empty()) {
      words_.text = fmt::format("the description “{}” reads like {}", features_.text, id_);
    } else {
      words_.text = fmt::format("the {} {} in the description {} {}",
                                words_.words.size() == 1 ? "word" : "words", Quoted(words_.words),
                                words_.words.size() == 1 ? "says" : "say", id_);
    }
    reasons_.push_back(std::move(words_));
  }

  // Labels for another category cannot be why.
  void AddLabels(std::string_view code, const LabelMemory& labels, std::string_view whose,
                 double weight) {
    const int64_t count = labels.top == category_      ? labels.count
                          : labels.second == category_ ? labels.total - labels.count
                                                       : 0;
    if (count <= 0) return Add("together", "what is known of your account fits it", weight);
    Reason reason{.code = std::string(code), .text = {}, .weight = weight, .count = count, .total = labels.total};
    reason.text =
        count == labels.total
            ? fmt::format("{} at {} {} {}", Purchases(count, whose), Merchant(features_),
                          count == 1 ? "was" : "were", id_)
            : fmt::format("{} of {} at {} {} {}", count, Purchases(labels.total, whose),
                          Merchant(features_), count == 1 ? "was" : "were", id_);
    reasons_.push_back(std::move(reason));
  }

  void AddCode(double weight) {
    reasons_.push_back({.code = "code",
                        .text = fmt::format("the bank's code {:04} says {}", features_.mcc, id_),
                        .weight = weight,
                        .count = features_.mcc});
  }

  // That another category is rare speaks for this one, but is no reason that one would give.
  void AddShare(std::string_view of, double weight) {
    const double share = features_.context.shares[ClassOfCategory(category_)];
    if (of != id_ || share < 0.005) return Add("together", "what is known of your account fits it", weight);
    const auto percent = static_cast<int64_t>(std::lround(share * 100));
    reasons_.push_back({.code = "share",
                        .text = fmt::format("{} % of your rows are {}", percent, id_),
                        .weight = weight,
                        .count = percent});
  }

  const Features& features_;
  const ledger::Category category_;
  const std::string_view id_;
  Reason words_;
  std::vector<Reason> reasons_;
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
