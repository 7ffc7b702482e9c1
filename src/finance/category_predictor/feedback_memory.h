// What users said about their merchants: durable in the predictor's database, in memory for
// reading.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/mutex.h"
#include "base/status.h"
#include "finance/category_predictor/category_model.h"
#include "finance/category_predictor/label_counts.h"
#include "finance/category_predictor/online_learner.h"
#include "finance/ledger/date.h"
#include "finance/ledger/money.h"
#include "finance/ledger/user_id.h"
#include "sql/database.h"

namespace finance::category_predictor {

struct FeedbackEntry {
  std::string id;  // of the transaction
  ledger::UserId user_id;
  std::string merchant_key;
  ledger::Category category = ledger::Category::kUncategorized;
  // The rest of the row, to train on: feedback_examples.h.
  std::string text;  // normalised
  ledger::Money amount;
  ledger::Date date;
  int mcc = 0;  // 0: none
};

struct LearnCounts {
  size_t created = 0;
  size_t changed = 0;    // the transaction had another category before
  size_t unchanged = 0;  // it had this one already
};

// Thread-safe.
class FeedbackMemory {
 public:
  // Reads all that was learned. `database` must outlive the memory.
  static base::Result<std::unique_ptr<FeedbackMemory>> Open(awry::sql::Database& database);

  // Durable when it returns OK, and seen by every later Of…: the last category of a transaction
  // counts, once. On failure nothing is learned.
  base::Result<LearnCounts> Learn(std::span<const FeedbackEntry> entries);

  // Forgets the user for good; returns how many labels that were. On failure nothing is forgotten.
  base::Result<int64_t> Erase(const std::string& user_id);

  LabelMemory OfUser(const ledger::UserId& user, std::string_view merchant_key) const;
  LabelMemory OfMerchant(std::string_view merchant_key) const;

  // What the labels change in the judgement of `model`, the one given to Rebase; nothing before that.
  Learned LearnedOf(const ledger::UserId& user, std::string_view normalised) const;

  // From now on labels correct `model`: all that were given so far do so anew. Takes about 10 µs a
  // label; reading goes on meanwhile, learning waits. On failure the old model stays the base.
  base::Status Rebase(std::shared_ptr<const CategoryModel> model);
  size_t size() const;  // labels

 private:
  struct KeyHash {
    using is_transparent = void;
    size_t operator()(std::string_view key) const { return std::hash<std::string_view>{}(key); }
  };
  using Map = std::unordered_map<std::string, LabelCounts, KeyHash, std::equal_to<>>;

  explicit FeedbackMemory(awry::sql::Database& database) : database_(database) {}
  base::Status Load();
  base::Status LearnAnew(std::shared_ptr<const CategoryModel> model) REQUIRES(learn_mutex_);
  void Count(const std::string& user, const std::string& key, ledger::Category category)
      REQUIRES(mutex_);
  void Uncount(const std::string& user, const std::string& key, ledger::Category category)
      REQUIRES(mutex_);

  awry::sql::Database& database_;
  mutable awry::base::Mutex mutex_;
  awry::base::Mutex
      learn_mutex_;  // one Learn at a time, so that memory follows the database's order
  Map by_user_ GUARDED_BY(mutex_);  // user NUL merchant key
  Map by_merchant_ GUARDED_BY(mutex_);
  std::optional<OnlineLearner> learner_ GUARDED_BY(mutex_);  // of base_
  std::shared_ptr<const CategoryModel> base_ GUARDED_BY(learn_mutex_);  // null before Rebase
  size_t labels_ GUARDED_BY(mutex_) = 0;
};

}  // namespace finance::category_predictor
