#include "finance/category_predictor/history.h"

#include <cstdlib>
#include <optional>

#include "finance/category_predictor/online_learner.h"
#include "finance/category_predictor/text_features.h"

namespace finance::category_predictor {
namespace {

std::string PairKey(const std::string& user, const std::string& key) {
  std::string pair = user;
  pair.push_back('\0');
  return pair += key;
}

template <typename Map>
LabelMemory SummaryIn(const Map& map, const std::string& key) {
  const auto found = map.find(key);
  return found == map.end() ? LabelMemory{} : found->second.Summary();
}

}  // namespace

UserContext History::ContextOf(const std::string& user) const {
  UserContext context;
  const auto found = users_.find(user);
  if (found == users_.end()) return context;
  const User& known = found->second;
  context.count = known.count;
  const auto count = static_cast<double>(known.count);
  for (size_t c = 0; c < kClasses; ++c)
    context.shares[c] = static_cast<double>(known.rows[c]) / count;
  const size_t groceries = ClassOfCategory(ledger::Category::kGroceries);
  context.grocery_frequency = context.shares[groceries];
  if (known.rows[groceries] > 0) {
    context.avg_grocery_amount_minor = known.grocery_minor / known.rows[groceries];
  }
  return context;
}

LabelMemory History::MemoryOf(const std::string& user, const std::string& key) const {
  return SummaryIn(memory_, PairKey(user, key));
}

LabelMemory History::MerchantOf(const std::string& key) const { return SummaryIn(merchants_, key); }

void History::LearnContext(const std::string& user, ledger::Category category,
                           int64_t amount_minor) {
  User& known = users_[user];
  ++known.count;
  if (category == ledger::Category::kUncategorized) return;
  ++known.rows[ClassOfCategory(category)];
  if (category == ledger::Category::kGroceries) known.grocery_minor += std::abs(amount_minor);
}

void History::LearnLabel(const std::string& user, const std::string& key,
                         ledger::Category category) {
  memory_[PairKey(user, key)].Add(category);
  merchants_[key].Add(category);
}

Features FeaturesOf(const LabelledRow& row) {
  Features features;
  features.text = row.text;
  features.amount_minor = row.amount_minor;
  features.currency = row.currency;
  features.mcc = row.mcc;
  features.month = row.date.month();
  features.day = row.date.day();
  features.weekday = row.date.weekday();
  return features;
}

std::vector<Features> ReplayDays(std::span<const LabelledRow> rows, const Weights* weights) {
  History history;
  std::optional<OnlineLearner> learner;
  if (weights != nullptr) learner.emplace(*weights);
  std::vector<Features> out;
  out.reserve(rows.size());
  size_t learned = 0;
  const auto learn_until = [&](size_t until) {
    for (; learned < until; ++learned) {
      const LabelledRow& row = rows[learned];
      if (row.user.empty()) continue;
      history.LearnContext(row.user, row.category, row.amount_minor);
      history.LearnLabel(row.user, MerchantKeyOf(row.text), row.category);
      if (learner) learner->Learn(row.user, FeaturesOf(row), row.category);
    }
  };
  for (size_t i = 0; i < rows.size(); ++i) {
    if (i > 0 && rows[i].date != rows[i - 1].date) learn_until(i);
    Features features = FeaturesOf(rows[i]);
    if (!rows[i].user.empty()) {
      const std::string key = MerchantKeyOf(rows[i].text);
      features.context = history.ContextOf(rows[i].user);
      features.memory = history.MemoryOf(rows[i].user, key);
      features.merchant = history.MerchantOf(key);
      if (learner) features.learned = learner->Look(rows[i].user, rows[i].text);
    }
    out.push_back(std::move(features));
  }
  return out;
}

}  // namespace finance::category_predictor
