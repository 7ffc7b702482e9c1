// A person's bank rows, month by month.
#pragma once

#include <string>
#include <vector>

#include "finance/ledger/date.h"
#include "sample/market.h"
#include "sample/profile.h"

namespace sample {

enum class Kind { kKnown, kMadeUp, kAmbiguous, kContract };

struct Row {
  finance::ledger::Date date = finance::ledger::Date::FromDays(0);
  std::string description;
  int64_t amount_minor = 0;                      // EUR; money out is negative
  Category category = Category::kUncategorized;  // the truth
  Kind kind = Kind::kKnown;
};

struct Period {
  finance::ledger::Date first;
  finance::ledger::Date last;
};

// Makes the same rows for the same seed, person and days, however the days are cut into periods.
class Stream {
 public:
  // `market` must outlive the stream.
  Stream(const Market& market, const Person& person, uint64_t seed);

  // The rows of the period, sorted by date.
  std::vector<Row> Rows(const Period& period) const;

 private:
  struct Contract {
    std::string text;
    Category category;
    int64_t amount_minor;
    int day;
    double jitter;  // how much the amount moves, share
  };

  void SignContracts(awry::base::Random& random);
  void ChooseShops(awry::base::Random& random);
  // Raises the salary above what the contracts and shops take, so that people can pay for what they buy.
  void EarnEnough();
  void AddContracts(finance::ledger::Date day, awry::base::Random& random,
                    std::vector<Row>& out) const;
  void AddPurchases(finance::ledger::Date day, awry::base::Random& random,
                    std::vector<Row>& out) const;
  Row Purchase(finance::ledger::Date day, Category category, awry::base::Random& random) const;
  Row AmbiguousPurchase(finance::ledger::Date day, awry::base::Random& random) const;
  Category DrawCategory(awry::base::Random& random) const;

  const Market& market_;
  const Person person_;
  const uint64_t seed_;
  std::vector<Contract> contracts_;
  std::array<std::vector<Shop>, kClasses> shops_;
  std::vector<std::pair<const AmbiguousShop*, Category>> ambiguous_;
  double rows_a_day_ = 0;
};

}  // namespace sample
