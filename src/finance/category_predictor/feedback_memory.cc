#include "finance/category_predictor/feedback_memory.h"

#include <array>
#include <vector>

#include "finance/category_predictor/feedback_examples.h"
#include "finance/category_predictor/model_versions.h"
#include "finance/jobs/traced_sql.h"

namespace finance::category_predictor {
namespace {

using awry::sql::Connection;
using awry::sql::Row;
using awry::sql::Rows;

constexpr int64_t kExamplesMax = 500'000;  // the newest that are learned anew

constexpr std::array<std::string_view, 3> kSteps = {
    "CREATE TABLE feedback ("
    " user_id TEXT NOT NULL, id TEXT NOT NULL, merchant_key TEXT NOT NULL,"
    " category TEXT NOT NULL, sequence BIGINT NOT NULL,"
    " PRIMARY KEY (user_id, id))",
    kFeedbackExampleStep, kModelVersionStep};

// What one entry did to the table.
struct Applied {
  const FeedbackEntry* entry = nullptr;
  bool replaced = false;
  std::string old_key;
  ledger::Category old_category = ledger::Category::kUncategorized;
};

std::string Pair(std::string_view user, std::string_view key) {
  std::string pair;
  pair.reserve(user.size() + key.size() + 1);
  pair.append(user);
  pair.push_back('\0');
  pair.append(key);
  return pair;
}

// What the online learner reads of a label.
Features RowOf(const FeedbackEntry& entry) {
  LabelledRow row;
  row.text = entry.text;
  row.currency = entry.amount.currency.str();
  row.date = entry.date;
  row.amount_minor = entry.amount.minor;
  row.mcc = entry.mcc;
  return FeaturesOf(row);
}

base::Result<int64_t> LastSequence(Connection& connection) {
  ASSIGN_OR_RETURN(const Rows rows,
                   connection.Query("SELECT COALESCE(MAX(sequence), 0) FROM feedback"));
  return rows.empty() ? int64_t{0} : rows[0].Int(0);
}

base::Status ApplyOne(Connection& connection, const FeedbackEntry& entry, int64_t sequence,
                      std::vector<Applied>& applied, LearnCounts& counts) {
  const std::string category(ledger::CategoryId(entry.category));
  ASSIGN_OR_RETURN(const Rows old, connection.Query("SELECT merchant_key, category FROM feedback"
                                                    " WHERE user_id = $1 AND id = $2",
                                                    {entry.user_id.str(), entry.id}));
  Applied done{.entry = &entry};
  if (old.empty()) {
    ++counts.created;
    RETURN_IF_ERROR(
        connection
            .Execute("INSERT INTO feedback (user_id, id, merchant_key, category, sequence, text,"
                     " currency, amount_minor, day, mcc)"
                     " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
                     {entry.user_id.str(), entry.id, entry.merchant_key, category, sequence, entry.text,
                      std::string(entry.amount.currency.str()), entry.amount.minor,
                      int64_t{entry.date.days()}, int64_t{entry.mcc}})
            .status());
  } else if (old[0].Text(0) == entry.merchant_key && old[0].Text(1) == category) {
    ++counts.unchanged;
    return base::OkStatus();
  } else {
    ++counts.changed;
    done.replaced = true;
    done.old_key = old[0].Text(0);
    done.old_category =
        ledger::CategoryFromId(old[0].Text(1)).value_or(ledger::Category::kUncategorized);
    RETURN_IF_ERROR(
        connection
            .Execute("UPDATE feedback SET merchant_key = $1, category = $2, sequence = $3, text = $4,"
                     " currency = $5, amount_minor = $6, day = $7, mcc = $8"
                     " WHERE user_id = $9 AND id = $10",
                     {entry.merchant_key, category, sequence, entry.text,
                      std::string(entry.amount.currency.str()), entry.amount.minor,
                      int64_t{entry.date.days()}, int64_t{entry.mcc}, entry.user_id.str(), entry.id})
            .status());
  }
  applied.push_back(std::move(done));
  return base::OkStatus();
}

}  // namespace

base::Result<std::unique_ptr<FeedbackMemory>> FeedbackMemory::Open(awry::sql::Database& database) {
  RETURN_IF_ERROR(database.Migrate(kSteps));
  std::unique_ptr<FeedbackMemory> memory(new FeedbackMemory(database));
  RETURN_IF_ERROR(memory->Load());
  return memory;
}

base::Status FeedbackMemory::Load() {
  ASSIGN_OR_RETURN(const Rows rows,
                   database_.Query("SELECT user_id, merchant_key, category FROM feedback"
                                   " ORDER BY sequence"));
  const awry::base::MutexLock lock(mutex_);
  for (const Row& row : rows) {
    const auto category = ledger::CategoryFromId(row.Text(2));
    if (!category)
      return base::DataLoss("feedback has a category that does not exist: " + row.Text(2));
    Count(row.Text(0), row.Text(1), *category);
  }
  return base::OkStatus();
}

void FeedbackMemory::Count(const std::string& user, const std::string& key,
                           ledger::Category category) {
  by_user_[Pair(user, key)].Add(category);
  by_merchant_[key].Add(category);
  ++labels_;
}

void FeedbackMemory::Uncount(const std::string& user, const std::string& key,
                             ledger::Category category) {
  by_user_[Pair(user, key)].Remove(category);
  by_merchant_[key].Remove(category);
  --labels_;
}

base::Result<LearnCounts> FeedbackMemory::Learn(std::span<const FeedbackEntry> entries) {
  const awry::base::MutexLock one_at_a_time(learn_mutex_);
  LearnCounts counts;
  std::vector<Applied> applied;
  const auto write = [&](Connection& connection) -> base::Status {
    counts = {};
    applied.clear();
    ASSIGN_OR_RETURN(int64_t sequence, LastSequence(connection));
    for (const FeedbackEntry& entry : entries) {
      RETURN_IF_ERROR(ApplyOne(connection, entry, ++sequence, applied, counts));
    }
    return base::OkStatus();
  };
  RETURN_IF_ERROR(jobs::TracedWrite(database_, "UPSERT feedback", write));
  for (const Applied& done : applied) {
    const FeedbackEntry& entry = *done.entry;
    const awry::base::MutexLock lock(mutex_);
    if (done.replaced) Uncount(entry.user_id.str(), done.old_key, done.old_category);
    Count(entry.user_id.str(), entry.merchant_key, entry.category);
    if (base_ != nullptr && !entry.text.empty()) {
      learner_->Learn(entry.user_id.str(), RowOf(entry), entry.category);
    }
  }
  return counts;
}

base::Result<int64_t> FeedbackMemory::Erase(const std::string& user_id) {
  const awry::base::MutexLock one_at_a_time(learn_mutex_);
  Rows rows;
  const auto erase = [&](Connection& connection) -> base::Status {
    ASSIGN_OR_RETURN(rows, connection.Query("SELECT merchant_key, category FROM feedback"
                                            " WHERE user_id = $1",
                                            {user_id}));
    return connection.Execute("DELETE FROM feedback WHERE user_id = $1", {user_id}).status();
  };
  RETURN_IF_ERROR(jobs::TracedWrite(database_, "DELETE feedback", erase));
  {
    const awry::base::MutexLock lock(mutex_);
    for (const Row& row : rows) {
      const auto category = ledger::CategoryFromId(row.Text(1));
      if (category) Uncount(user_id, row.Text(0), *category);
    }
  }
  // Their labels leave everybody's corrections, too.
  if (base_ != nullptr && !rows.empty()) RETURN_IF_ERROR(LearnAnew(base_));
  return static_cast<int64_t>(rows.size());
}

LabelMemory FeedbackMemory::OfUser(const ledger::UserId& user,
                                   std::string_view merchant_key) const {
  const std::string pair = Pair(user.str(), merchant_key);
  const awry::base::MutexLock lock(mutex_);
  const auto found = by_user_.find(std::string_view(pair));
  return found == by_user_.end() ? LabelMemory{} : found->second.Summary();
}

LabelMemory FeedbackMemory::OfMerchant(std::string_view merchant_key) const {
  const awry::base::MutexLock lock(mutex_);
  const auto found = by_merchant_.find(merchant_key);
  return found == by_merchant_.end() ? LabelMemory{} : found->second.Summary();
}

Learned FeedbackMemory::LearnedOf(const ledger::UserId& user, std::string_view normalised) const {
  const awry::base::MutexLock lock(mutex_);
  return learner_ ? learner_->Look(user.str(), normalised) : Learned{};
}

base::Status FeedbackMemory::Rebase(std::shared_ptr<const CategoryModel> model) {
  const awry::base::MutexLock one_at_a_time(learn_mutex_);
  if (model == base_) return base::OkStatus();
  return LearnAnew(std::move(model));
}

base::Status FeedbackMemory::LearnAnew(std::shared_ptr<const CategoryModel> model) {
  ASSIGN_OR_RETURN(const std::vector<FeedbackExample> examples,
                   ReadFeedbackExamples(database_, kExamplesMax));
  OnlineLearner learner(model->weights());
  for (const FeedbackExample& example : examples) {
    const LabelledRow& row = example.row;
    learner.Learn(row.user, FeaturesOf(row), row.category);
  }
  const awry::base::MutexLock lock(mutex_);
  learner_ = std::move(learner);
  std::swap(base_, model);  // the old one goes when nobody looks at it any more
  return base::OkStatus();
}

size_t FeedbackMemory::size() const {
  const awry::base::MutexLock lock(mutex_);
  return labels_;
}

}  // namespace finance::category_predictor
