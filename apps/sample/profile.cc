#include "sample/profile.h"

#include <fmt/format.h>

namespace sample {
namespace {

using finance::category_predictor::ClassOfCategory;

struct Factor {
  Category category;
  double factor;
};

constexpr std::array<Factor, 15> kEveryone = {{{Category::kGroceries, 13},
                                               {Category::kDining, 8},
                                               {Category::kShopping, 8},
                                               {Category::kHome, 3},
                                               {Category::kTransport, 7},
                                               {Category::kTravel, 1.2},
                                               {Category::kEntertainment, 4.5},
                                               {Category::kHealth, 2},
                                               {Category::kPersonalCare, 2},
                                               {Category::kEducation, 1},
                                               {Category::kServices, 2},
                                               {Category::kCash, 2},
                                               {Category::kTransfer, 2.5},
                                               {Category::kFees, 0.6},
                                               {Category::kTaxesGiving, 0.7}}};

Profile Make(std::string_view name, std::initializer_list<Factor> factors) {
  Profile profile{.name = name};
  for (const Factor& row : kEveryone) profile.monthly[ClassOfCategory(row.category)] = row.factor;
  for (const Factor& own : factors) profile.monthly[ClassOfCategory(own.category)] *= own.factor;
  return profile;
}

}  // namespace

const std::vector<Profile>& Profiles() {
  static const auto* profiles = new std::vector<Profile>{
      Make("foodie",
           {{Category::kDining, 3.6}, {Category::kGroceries, 0.6}, {Category::kShopping, 0.4}}),
      Make("gamer", {{Category::kEntertainment, 5},
                     {Category::kGroceries, 0.4},
                     {Category::kDining, 0.5},
                     {Category::kHome, 0.3}}),
      Make("commuter", {{Category::kTransport, 4},
                        {Category::kGroceries, 0.5},
                        {Category::kShopping, 0.4},
                        {Category::kDining, 0.5}}),
      Make("family", {{Category::kGroceries, 2.2},
                      {Category::kEducation, 5},
                      {Category::kHealth, 1.5},
                      {Category::kDining, 0.25},
                      {Category::kEntertainment, 0.5}}),
      Make("home office", {{Category::kServices, 8},
                           {Category::kDining, 0.4},
                           {Category::kTransport, 0.3},
                           {Category::kEntertainment, 0.4}}),
      Make("do-it-yourself",
           {{Category::kHome, 6}, {Category::kShopping, 0.5}, {Category::kDining, 0.4}}),
      Make("fashion", {{Category::kShopping, 3.2},
                       {Category::kPersonalCare, 2.5},
                       {Category::kGroceries, 0.4}}),
      Make("traveller", {{Category::kTravel, 8},
                         {Category::kDining, 1.6},
                         {Category::kGroceries, 0.3},
                         {Category::kHome, 0.2}}),
      Make("fitness",
           {{Category::kPersonalCare, 6}, {Category::kHealth, 2.5}, {Category::kDining, 0.5}}),
      Make("student", {{Category::kEducation, 8},
                       {Category::kEntertainment, 1.6},
                       {Category::kHome, 0.2},
                       {Category::kShopping, 0.6}})};
  return *profiles;
}

std::vector<Person> People() {
  std::vector<std::string> ids = {"user123", "user12"};
  for (int i = 0; i < 10; ++i) {
    if (i != 3) ids.push_back(fmt::format("user12{}", i));
  }
  for (const char* id : {"user1234", "user1235", "user12345", "user1200"}) ids.emplace_back(id);
  for (const char* id :
       {"user1", "user13", "user130", "user131", "user1301", "user2", "user20", "user200",
        "user201", "user2001", "u7", "anna", "anna.k", "ben", "ben-2", "chiara", "dilek"}) {
    ids.emplace_back(id);
  }
  for (int i = 0; i < 18; ++i) ids.push_back(fmt::format("user{}", 300 + 37 * i));
  for (int i = 0; i < 14; ++i) ids.push_back(fmt::format("household-{:04}", 11 + 97 * i));
  std::vector<Person> people;
  for (size_t i = 0; i < ids.size(); ++i)
    people.push_back({ids[i], (i * 3 + i / 10) % Profiles().size()});
  return people;
}

}  // namespace sample
