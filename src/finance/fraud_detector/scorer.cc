#include "finance/fraud_detector/scorer.h"

#include <algorithm>

namespace finance::fraud_detector {
namespace {

constexpr int64_t kDayNs = int64_t{86'400} * 1'000'000'000;
constexpr int64_t kUserFraudsNs = 60 * kDayNs;

}  // namespace

UserFrauds Scorer::FraudsOf(const ledger::UserId& user, int64_t at_ns) const {
  UserFrauds frauds;
  const auto found = user_frauds_.find(user);
  if (found == user_frauds_.end()) return frauds;
  for (const int64_t known : found->second) {
    if (known >= at_ns || known <= at_ns - kUserFraudsNs) continue;
    if (frauds.count++ == 0) frauds.first_ns = known;
    frauds.last_ns = known;
  }
  return frauds;
}

base::Result<Judgement> Scorer::Judge(const ledger::UserId& user, const Charge& charge) {
  ASSIGN_OR_RETURN(const std::vector<Charge> past, history_.Before(user, charge.at_ns));
  const PlaceView place = places_.View(PlaceOf(charge), DayOf(charge.at_ns), known_day_);
  PlaceRisk risk;
  (charge.terminal.empty() ? risk.merchant_frauds : risk.terminal_frauds) =
      static_cast<int64_t>(place.frauds_30_days);
  Judgement out;
  out.assessment = Assess(charge, past, risk);
  out.signals =
      MakeSignals(charge, past, FraudsOf(user, charge.at_ns), place, out.assessment.score);
  if (model_ != nullptr) model_->Judge(out.signals, out.assessment);
  return out;
}

void Scorer::Add(const ledger::UserId& user, const std::string& id, const Charge& charge) {
  Restore(charge);
  history_.Add(user, id, charge);
}

void Scorer::Learn(const KnownLabel& label) {
  known_day_ = std::max(known_day_, DayOf(label.charge.at_ns));
  if (label.fraud == label.was_fraud) return;
  places_.AddFraud(PlaceOf(label.charge), DayOf(label.charge.at_ns), IsUnexplained(label.signals),
                   label.fraud ? 1 : -1);
  std::vector<int64_t>& frauds = user_frauds_[label.user];
  const auto at = std::lower_bound(frauds.begin(), frauds.end(), label.charge.at_ns);
  if (label.fraud) {
    frauds.insert(at, label.charge.at_ns);
    history_.Remove(label.user, label.id);
  } else {
    if (at != frauds.end() && *at == label.charge.at_ns) frauds.erase(at);
    history_.Forget(label.user);
  }
}

}  // namespace finance::fraud_detector
