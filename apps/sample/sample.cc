#include "sample/sample.h"

#include <algorithm>

#include "base/file.h"
#include "codec/json.h"
#include "sample/statement_writer.h"

namespace sample {
namespace {

using awry::codec::JsonWriter;
using finance::ledger::Date;

// The same day of another month, or that month's last.
Date AddMonths(Date date, int months) {
  const int index = date.year() * 12 + date.month() - 1 + months;
  for (int day = date.day(); day > 28; --day) {
    if (const auto made = Date::FromYmd(index / 12, index % 12 + 1, day)) return *made;
  }
  return *Date::FromYmd(index / 12, index % 12 + 1, std::min(date.day(), 28));
}

}  // namespace

Period PeriodOf(const SampleOptions& options) {
  if (options.months_after <= 0) {
    return {AddMonths(options.end, -options.months).AddDays(1), options.end};
  }
  return {AddMonths(options.end, options.months_after - 1).AddDays(1),
          AddMonths(options.end, options.months_after)};
}

std::vector<PersonRows> MakePeople(const finance::category_predictor::TrainingSet& set,
                                   const SampleOptions& options, bool with_after) {
  const Market market(set);
  SampleOptions after = options;
  after.months_after = 1;
  std::vector<PersonRows> people;
  for (const Person& person : People()) {
    const Stream stream(market, person, options.seed);
    people.push_back({person, stream.Rows(PeriodOf(options)), {}});
    if (with_after) people.back().after = stream.Rows(PeriodOf(after));
  }
  return people;
}

awry::base::Result<size_t> WriteSample(const finance::category_predictor::TrainingSet& set,
                                       const SampleOptions& options, const std::string& folder) {
  awry::base::FileSystem& files = awry::base::RealFileSystem();
  RETURN_IF_ERROR(files.MakeDirs(folder + "/statements"));
  std::string users;
  std::string budgets;
  std::string truth;
  JsonWriter users_json(users);
  JsonWriter budgets_json(budgets);
  users_json.BeginArray();
  budgets_json.BeginObject();
  size_t rows = 0;
  for (const PersonRows& person : MakePeople(set, options, false)) {
    const std::string& id = person.person.id;
    users_json.String(id);
    budgets_json.Key(id).Raw(WriteBudgets(person.year, PeriodOf(options).last));
    RETURN_IF_ERROR(files.WriteAtomically(folder + "/statements/" + id + ".csv",
                                          WriteStatement(person.year, LayoutOf(id), 150'000)));
    truth += WriteTruth(id, person.year);
    rows += person.year.size();
  }
  users_json.EndArray();
  budgets_json.EndObject();
  RETURN_IF_ERROR(files.WriteAtomically(folder + "/users.json", users));
  RETURN_IF_ERROR(files.WriteAtomically(folder + "/budgets.json", budgets));
  RETURN_IF_ERROR(files.WriteAtomically(folder + "/truth.jsonl", truth));
  return rows;
}

}  // namespace sample
