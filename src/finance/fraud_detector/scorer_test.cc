#include "finance/fraud_detector/scorer.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "base/random.h"

namespace finance::fraud_detector {
namespace {

using awry::base::Random;
using ledger::UserId;

constexpr int64_t kDayNs = int64_t{86'400} * 1'000'000'000;

struct Event {
  std::string id;
  UserId user = *UserId::Parse("u");
  Charge charge;
  bool fraud = false;
};

// Cards and terminals; a terminal turns bad, and its larger rows are fraud from then on.
std::vector<Event> World(uint64_t seed, int days, int rows_a_day) {
  Random random(seed);
  std::vector<Event> events;
  for (int day = 0; day < days; ++day) {
    for (int r = 0; r < rows_a_day; ++r) {
      Event event;
      event.id = std::to_string(events.size());
      event.user = *UserId::Parse("u" + std::to_string(random.Below(10)));
      const uint64_t terminal = random.Below(8);
      event.charge.terminal = "T" + std::to_string(terminal);
      event.charge.currency = "EUR";
      event.charge.amount_minor = -static_cast<int64_t>(500 + random.Below(4000));
      event.charge.at_ns = (19'700 + day) * kDayNs + r * kDayNs / rows_a_day;
      event.fraud = terminal == 3 && day >= days / 3 && event.charge.amount_minor < -2500;
      events.push_back(event);
    }
  }
  return events;
}

struct Stream {
  History history{[](const UserId&) { return std::vector<History::Entry>(); }};
  Scorer scorer{history};

  Judgement Take(const Event& event) {
    auto judged = scorer.Judge(event.user, event.charge);
    EXPECT_TRUE(judged.ok());
    scorer.Add(event.user, event.id, event.charge);
    return std::move(*judged);
  }
  void Label(const Event& event, const Judgement& judged) {
    scorer.Learn({event.id, event.user, event.charge, judged.signals, event.fraud, false});
  }
};

// Labels arrive `delay` rows late; `until`: no row or label after it is ever seen.
std::vector<Judgement> Replay(const std::vector<Event>& events, size_t until, size_t delay) {
  Stream stream;
  std::vector<Judgement> judged;
  for (size_t i = 0; i < until; ++i) {
    if (i >= delay) stream.Label(events[i - delay], judged[i - delay]);
    judged.push_back(stream.Take(events[i]));
  }
  return judged;
}

TEST(Scorer, NoScoreUsesItsOwnOrLaterRowsAndLabels) {
  for (uint64_t seed = 1; seed <= 5; ++seed) {
    const std::vector<Event> events = World(seed, 12, 20);
    const std::vector<Judgement> whole = Replay(events, events.size(), 15);
    // The same stream, cut short, with every label from some row on turned round.
    std::vector<Event> turned = events;
    const size_t from = 100 + seed;
    for (size_t i = from; i < turned.size(); ++i) turned[i].fraud = !turned[i].fraud;
    const std::vector<Judgement> other = Replay(turned, from + 15, 15);
    for (size_t i = 0; i < other.size(); ++i) {
      ASSERT_EQ(whole[i].signals.values, other[i].signals.values) << "seed " << seed << " row " << i;
      ASSERT_EQ(whole[i].assessment.score, other[i].assessment.score);
    }
  }
}

TEST(Scorer, JudgingChangesNothing) {
  const std::vector<Event> events = World(3, 4, 20);
  Stream stream;
  for (const Event& event : events) {
    const auto first = stream.scorer.Judge(event.user, event.charge);
    const auto again = stream.scorer.Judge(event.user, event.charge);
    ASSERT_TRUE(first.ok() && again.ok());
    EXPECT_EQ(first->signals.values, again->signals.values);
    stream.Take(event);
  }
}

TEST(Scorer, ALabelTakenBackLeavesNothing) {
  const std::vector<Event> events = World(4, 6, 20);
  Stream with;
  Stream without;
  std::vector<Judgement> judged;
  for (const Event& event : events) {
    judged.push_back(with.Take(event));
    without.Take(event);
  }
  Event wrong = events[50];
  wrong.fraud = true;
  with.Label(wrong, judged[50]);
  with.scorer.Learn({wrong.id, wrong.user, wrong.charge, judged[50].signals, false, true});
  without.scorer.Learn({wrong.id, wrong.user, wrong.charge, judged[50].signals, false, false});
  Event next = events.back();
  next.charge.terminal = wrong.charge.terminal;
  next.charge.at_ns += kDayNs;
  next.user = *UserId::Parse("nobody");
  EXPECT_EQ(with.Take(next).signals.values, without.Take(next).signals.values);
}

TEST(FraudModel, LearnsATerminalThatTurnedBadAndSaysSo) {
  const std::vector<Event> events = World(7, 50, 40);
  const std::vector<Judgement> judged = Replay(events, events.size(), 80);
  std::vector<JudgedCharge> rows;
  for (size_t i = 0; i < events.size(); ++i) {
    rows.push_back({judged[i].signals, events[i].charge.at_ns, events[i].fraud});
  }
  const auto trial = TryOut(rows, nullptr, INT64_MIN, {.boosting = {.trees = 30}});
  ASSERT_TRUE(trial.ok()) << trial.status().ToString();
  EXPECT_TRUE(trial->better()) << trial->candidate_precision << " " << trial->current_precision;
  EXPECT_GT(trial->candidate_precision, 0.9);
  auto trees = LearnTrees(rows, {.boosting = {.trees = 30}});
  ASSERT_TRUE(trees.ok());
  const FraudModel model(std::move(*trees), "m");
  size_t right = 0;
  for (size_t i = events.size() - 200; i < events.size(); ++i) {
    Assessment assessment;
    model.Judge(judged[i].signals, assessment);
    right += assessment.suspicious == events[i].fraud ? 1 : 0;
    if (!events[i].fraud || !assessment.suspicious) continue;
    EXPECT_TRUE(std::any_of(assessment.reasons.begin(), assessment.reasons.end(),
                            [](const Reason& reason) { return reason.code.starts_with("place_"); }));
  }
  EXPECT_GE(right, 194u) << "of 200";
}

TEST(FraudModel, RefusesToLearnFromTooLittle) {
  const std::vector<JudgedCharge> few(100);
  EXPECT_EQ(LearnTrees(few, {}).status().code(), base::StatusCode::kFailedPrecondition);
  EXPECT_EQ(TryOut(few, nullptr, 0, {}).status().code(), base::StatusCode::kFailedPrecondition);
}

TEST(AveragePrecision, CountsEqualScoresAsOneStep) {
  EXPECT_DOUBLE_EQ(AveragePrecision(std::vector<double>{0.9, 0.8, 0.7}, {true, false, true}), (1 + 2.0 / 3) / 2);
  EXPECT_DOUBLE_EQ(AveragePrecision(std::vector<double>{0.5, 0.5}, {true, false}), 0.5);
  EXPECT_DOUBLE_EQ(AveragePrecision(std::vector<double>{0.5}, {false}), 0);
}

TEST(Signals, TextComesBackBitForBitAndGarbageIsRefused) {
  const std::vector<Event> events = World(9, 3, 20);
  for (const Judgement& judged : Replay(events, events.size(), 5)) {
    const auto read = DecodeSignals(EncodeSignals(judged.signals));
    ASSERT_TRUE(read.ok());
    EXPECT_EQ(read->values, judged.signals.values);
  }
  EXPECT_FALSE(DecodeSignals("").ok());
  EXPECT_FALSE(DecodeSignals(std::string(kSignals * 8, 'x')).ok());
  EXPECT_FALSE(DecodeSignals(std::string(kSignals * 8, 'f')).ok()) << "no number";
  EXPECT_FALSE(DecodeSignals(std::string(kSignals * 8 + 1, '0')).ok());
}

TEST(PlaceBook, ForgetsOldDaysAndTakesRowsInAnyOrder) {
  PlaceBook book;
  for (const int32_t day : {100, 99, 101, 100}) book.AddRow("p", day);
  book.AddFraud("p", 100, true, 1);
  PlaceView view = book.View("p", 105, 101);
  EXPECT_EQ(view.rows[2], 4);
  EXPECT_EQ(view.days_since_first_unexplained, 5);
  EXPECT_EQ(view.share_since_first_unexplained, 1.0 / 3);
  EXPECT_EQ(book.View("p", 105, 99).days_since_first_unexplained, -1) << "not known yet";
  book.AddRow("p", 100 + kPlaceDaysMax + 1);
  book.AddRow("p", 1);
  EXPECT_EQ(book.View("p", 200, 200).frauds_30_days, 0);
  EXPECT_EQ(book.View("", 105, 105).rows[2], 0);
}

}  // namespace
}  // namespace finance::fraud_detector
