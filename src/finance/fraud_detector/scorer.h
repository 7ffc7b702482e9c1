// Judges charges in the order in which they come, by what is known at that moment: earlier rows of the
// user, rows and known labels of the place, and, once there is one, a model learned from labels.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/status.h"
#include "finance/fraud_detector/fraud_model.h"
#include "finance/fraud_detector/history.h"
#include "finance/fraud_detector/place_book.h"
#include "finance/fraud_detector/rules.h"
#include "finance/fraud_detector/signals.h"
#include "finance/ledger/user_id.h"

namespace finance::fraud_detector {

struct Judgement {
  Assessment assessment;  // the answer
  Signals signals;        // what it was made from
};

// A label as it arrives; the charge has been added before.
struct KnownLabel {
  std::string id;
  ledger::UserId user;
  Charge charge;
  Signals signals;                 // as they were when the charge was judged
  bool fraud = false;
  bool was_fraud = false;  // an earlier label said so
};

inline constexpr int32_t kNothingKnown = -1'000'000;  // a day before any charge

// Used by one thread at a time; `history` must outlive it.
class Scorer {
 public:
  explicit Scorer(History& history) : history_(history) {}

  // Changes nothing. Fails when the user's history cannot be read.
  base::Result<Judgement> Judge(const ledger::UserId& user, const Charge& charge);

  // The charge has happened: it counts for those that come later.
  void Add(const ledger::UserId& user, const std::string& id, const Charge& charge);

  // What the stored charge says after a restart: as Add, but the user's history reads itself.
  void Restore(const Charge& charge) { places_.AddRow(PlaceOf(charge), DayOf(charge.at_ns)); }

  void Learn(const KnownLabel& label);

  // Null: the rules alone decide.
  void set_model(std::shared_ptr<const FraudModel> model) { model_ = std::move(model); }
  const std::shared_ptr<const FraudModel>& model() const { return model_; }

  // The newest day for which a label has come; rows up to it without a label are taken for right.
  // kNothingKnown before the first.
  int32_t known_day() const { return known_day_; }

 private:
  UserFrauds FraudsOf(const ledger::UserId& user, int64_t at_ns) const;

  History& history_;
  PlaceBook places_;
  std::unordered_map<ledger::UserId, std::vector<int64_t>> user_frauds_;  // times, sorted
  int32_t known_day_ = kNothingKnown;
  std::shared_ptr<const FraudModel> model_;
};

}  // namespace finance::fraud_detector
